"""Rules about gateways (BPMN 2.0.2 §10.6)."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.engine.model import (
    GATEWAYS,
    EventDefinition,
    EventKind,
    Model,
    Node,
    NodeKind,
    Process,
)
from opsflow.engine.rule import Check, Remark, error, information, warning
from opsflow.engine.rules.walk import (
    at_element,
    at_flow,
    at_node,
    boundaries,
    executable,
    nodes,
    outgoing,
)

_WAITABLE = frozenset({EventKind.MESSAGE, EventKind.SIGNAL, EventKind.TIMER, EventKind.CONDITIONAL})


def _direction(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for _, node in nodes(model, GATEWAYS):
        element = model.document.find(node.id)
        said = element.get("gatewayDirection") if element is not None else None
        wrong = _contradicted(said, node)
        if element is not None and wrong:
            yield at_element(element, f"its gatewayDirection is {said}, but it has {wrong}")


def _contradicted(said: str | None, node: Node) -> str | None:
    many_in, many_out = len(node.incoming) > 1, len(node.outgoing) > 1
    if said in ("Converging", "Mixed") and not many_in:
        return "not several incoming flows"
    if said in ("Diverging", "Mixed") and not many_out:
        return "not several outgoing flows"
    if said == "Converging" and many_out:
        return "several outgoing flows"
    if said == "Diverging" and many_in:
        return "several incoming flows"
    return None


def _without_condition(model: Model, kind: NodeKind) -> Iterator[Remark]:
    for process, node in nodes(model, (kind,)):
        leaving = outgoing(process, node)
        for flow in leaving:
            if len(leaving) > 1 and flow.condition is None and flow.id != node.default:
                yield at_flow(flow, f"it leaves {node.label!r} without a condition")


def _exclusive_without_condition(model: Model) -> Iterator[Remark]:
    return _without_condition(model, NodeKind.EXCLUSIVE_GATEWAY)


def _inclusive_without_condition(model: Model) -> Iterator[Remark]:
    return _without_condition(model, NodeKind.INCLUSIVE_GATEWAY)


def _no_default(model: Model) -> Iterator[Remark]:
    for process, node in nodes(model, (NodeKind.EXCLUSIVE_GATEWAY, NodeKind.INCLUSIVE_GATEWAY)):
        leaving = outgoing(process, node)
        if len(leaving) > 1 and node.default is None and all(f.condition for f in leaving):
            yield at_node(node, "when no condition holds, the instance stops here")


def _useless_condition(model: Model) -> Iterator[Remark]:
    for process, node in nodes(model, (NodeKind.PARALLEL_GATEWAY, NodeKind.EVENT_BASED_GATEWAY)):
        for flow in outgoing(process, node):
            if flow.condition is not None:
                yield at_flow(flow, f"it leaves {node.label!r}, which looks at no conditions")


def _event_gateways(model: Model) -> Iterator[tuple[Process, Node, list[Node]]]:
    for process, node in nodes(model, (NodeKind.EVENT_BASED_GATEWAY,)):
        targets = (process.nodes.get(flow.target) for flow in outgoing(process, node))
        yield process, node, [target for target in targets if target is not None]


def _too_few_events(model: Model) -> Iterator[Remark]:
    for _, node, targets in _event_gateways(model):
        if len(targets) < 2:
            yield at_node(node, f"it has {len(targets)} events to choose from")


def _wrong_target(model: Model) -> Iterator[Remark]:
    for _, node, targets in _event_gateways(model):
        for target in targets:
            if not _can_be_awaited(target):
                yield at_node(target, f"it cannot follow the event-based gateway {node.label!r}")


def _can_be_awaited(node: Node) -> bool:
    if node.kind is NodeKind.RECEIVE_TASK:
        return True
    return node.kind is NodeKind.CATCH_EVENT and all(e.kind in _WAITABLE for e in node.events)


def _messages_and_receivers(model: Model) -> Iterator[Remark]:
    for _, node, targets in _event_gateways(model):
        receives = any(target.kind is NodeKind.RECEIVE_TASK for target in targets)
        catches = any(e.kind is EventKind.MESSAGE for target in targets for e in _caught(target))
        if receives and catches:
            yield at_node(node, "message events and receive tasks both follow it")


def _caught(node: Node) -> tuple[EventDefinition, ...]:
    return () if node.kind is NodeKind.RECEIVE_TASK else node.events


def _receiver_with_boundary(model: Model) -> Iterator[Remark]:
    hosts = {host for process in executable(model) for host in boundaries(process)}
    for _, node, targets in _event_gateways(model):
        for target in targets:
            if target.id in hosts:
                message = f"it follows the event-based gateway {node.label!r}"
                yield at_node(target, f"{message}, and has a boundary event")


def _second_way_in(model: Model) -> Iterator[Remark]:
    for _, node, targets in _event_gateways(model):
        for target in targets:
            if len(target.incoming) > 1:
                message = f"it is reached by other ways than the gateway {node.label!r}"
                yield at_node(target, message)


def _instantiating_with_incoming(model: Model) -> Iterator[Remark]:
    for _, node, _ in _event_gateways(model):
        if node.instantiate and node.incoming:
            yield at_node(node, "it starts the process, and yet a flow leads to it")


def _parallel_not_instantiating(model: Model) -> Iterator[Remark]:
    for _, node, _ in _event_gateways(model):
        if node.event_gateway_type == "Parallel" and not node.instantiate:
            yield at_node(node, "it waits for all its events, which only a starting gateway can")


CHECKS: tuple[Check, ...] = (
    Check(
        error(
            "bpmn.gateway.direction",
            "A gateway has as many flows as its gatewayDirection says.",
            "Mend the flows, or leave gatewayDirection out.",
            "BPMN 2.0.2 §8.3.9",
        ),
        _direction,
    ),
    Check(
        error(
            "bpmn.gateway.exclusive-condition",
            "Every flow out of a diverging exclusive gateway has a condition or is the default.",
            "Write a condition on the flow, or make it the default.",
            "BPMN 2.0.2 §10.6.2",
        ),
        _exclusive_without_condition,
    ),
    Check(
        warning(
            "bpmn.gateway.inclusive-condition",
            "Every flow out of a diverging inclusive gateway has a condition or is the default.",
            "Write a condition on the flow; without one it is always taken.",
            "BPMN 2.0.2 §10.6.3",
        ),
        _inclusive_without_condition,
    ),
    Check(
        information(
            "bpmn.gateway.no-default",
            "A diverging exclusive or inclusive gateway has a default flow.",
            "Choose a default flow, so that the instance goes on when no condition holds.",
            "BPMN 2.0.2 §10.6.2, §10.6.3",
        ),
        _no_default,
    ),
    Check(
        error(
            "bpmn.gateway.ignored-condition",
            "Flows that leave a parallel or event-based gateway have no condition.",
            "Remove the condition, or use an exclusive or inclusive gateway.",
            "BPMN 2.0.2 §8.3.13, §10.6.6",
        ),
        _useless_condition,
    ),
    Check(
        error(
            "bpmn.gateway.event-count",
            "At least two flows leave an event-based gateway.",
            "Add another event, or remove the gateway.",
            "BPMN 2.0.2 §10.6.6",
        ),
        _too_few_events,
    ),
    Check(
        error(
            "bpmn.gateway.event-target",
            "Receive tasks and catching message, signal, timer or conditional events follow "
            "an event-based gateway.",
            "Put a catching event between the gateway and the node.",
            "BPMN 2.0.2 §10.6.6",
        ),
        _wrong_target,
    ),
    Check(
        error(
            "bpmn.gateway.event-messages",
            "Message events and receive tasks do not follow one event-based gateway together.",
            "Use either message events or receive tasks.",
            "BPMN 2.0.2 §10.6.6",
        ),
        _messages_and_receivers,
    ),
    Check(
        error(
            "bpmn.gateway.event-boundary",
            "A receive task that follows an event-based gateway has no boundary events.",
            "Remove the boundary event, or lead the gateway to a further event instead.",
            "BPMN 2.0.2 §10.6.6",
        ),
        _receiver_with_boundary,
    ),
    Check(
        error(
            "bpmn.gateway.event-incoming",
            "Only the gateway's flow leads to what follows an event-based gateway.",
            "Give the other way an event of its own.",
            "BPMN 2.0.2 §10.6.6",
        ),
        _second_way_in,
    ),
    Check(
        error(
            "bpmn.gateway.instantiating-incoming",
            "No flow leads to an event-based gateway that starts the process.",
            'Remove the flow, or instantiate="true".',
            "BPMN 2.0.2 §10.6.6",
        ),
        _instantiating_with_incoming,
    ),
    Check(
        error(
            "bpmn.gateway.parallel-events",
            "Only an event-based gateway that starts the process can be parallel.",
            'Set eventGatewayType="Exclusive".',
            "BPMN 2.0.2 §10.6.6",
        ),
        _parallel_not_instantiating,
    ),
)
