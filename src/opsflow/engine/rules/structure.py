"""Rules about processes, scopes and sequence flows (BPMN 2.0.2 §8.3.13, §10.5)."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.engine.model import (
    ACTIVITIES,
    EVENTS,
    Model,
    Node,
    NodeKind,
    Process,
)
from opsflow.engine.rule import Check, Remark, error, warning
from opsflow.engine.rules.reachable import stands_alone, unreached
from opsflow.engine.rules.walk import (
    at_flow,
    at_node,
    executable,
    flows,
    is_choreography,
    nodes,
    outgoing,
    scopes,
)

_BEGINNING = frozenset({NodeKind.START_EVENT, NodeKind.BOUNDARY_EVENT})
_ENDING = frozenset({NodeKind.END_EVENT, NodeKind.BOUNDARY_EVENT, NodeKind.THROW_EVENT})
"""A boundary event has a rule of its own; a link that is jumped from is a throwing event."""


def _no_executable(model: Model) -> Iterator[Remark]:
    if not any(executable(model)):
        yield Remark("there is no executable process in the file")


def _empty(model: Model) -> Iterator[Remark]:
    for process in executable(model):
        if not process.nodes:
            yield _at_process(process, "there is nothing to do in this process")


def _dangling(model: Model) -> Iterator[Remark]:
    for process, flow in flows(model):
        for end, named in (("from", flow.source), ("to", flow.target)):
            if named not in process.nodes and not is_choreography(model, named):
                yield at_flow(flow, f"it leads {end} {named!r}, which is no node of this process")


def _across_scopes(model: Model) -> Iterator[Remark]:
    for process, flow in flows(model):
        source, target = process.nodes.get(flow.source), process.nodes.get(flow.target)
        if source and target and source.scope != target.scope:
            yield at_flow(flow, f"it leads across the border of {_inner(process, source, target)}")


def _inner(process: Process, source: Node, target: Node) -> str:
    return repr(target.scope if source.scope == process.id else source.scope)


def _into_start(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, (NodeKind.START_EVENT, NodeKind.BOUNDARY_EVENT)):
        if node.incoming:
            yield at_node(node, "a sequence flow leads to it")


def _out_of_end(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, (NodeKind.END_EVENT,)):
        if node.outgoing:
            yield at_node(node, "a sequence flow leads from it")


def _default_not_outgoing(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model):
        if node.default is not None and node.default not in node.outgoing:
            yield at_node(node, f"its default flow {node.default!r} does not leave it")


def _default_with_condition(model: Model) -> Iterator[Remark]:
    for process, node in nodes(model):
        flow = process.flows.get(node.default or "")
        if flow is not None and flow.condition is not None:
            yield at_flow(flow, "it is a default flow, and its condition is not looked at")


def _condition_after_event(model: Model) -> Iterator[Remark]:
    for process, flow in flows(model):
        source = process.nodes.get(flow.source)
        if flow.condition and source and source.kind in EVENTS:
            yield at_flow(flow, f"it has a condition, but leaves an event ({source.label})")


def _end_without_start(model: Model) -> Iterator[Remark]:
    for process, scope, inside in _scopes(model):
        started = _has(inside, NodeKind.START_EVENT) or any(node.instantiate for node in inside)
        if _has(inside, NodeKind.END_EVENT) and not started and not _is_ad_hoc(process, scope):
            yield _at_scope(process, scope, "it has an end event, but no start event")


def _is_ad_hoc(process: Process, scope: str) -> bool:
    """A rule of its own keeps start and end events out of those."""
    around = process.nodes.get(scope)
    return around is not None and around.kind is NodeKind.AD_HOC_SUB_PROCESS


def _start_without_end(model: Model) -> Iterator[Remark]:
    for process, scope, inside in _scopes(model):
        if _has(inside, NodeKind.START_EVENT) and not _has(inside, NodeKind.END_EVENT):
            yield _at_scope(process, scope, "it has a start event, but no end event")


def _scopes(model: Model) -> Iterator[tuple[Process, str, list[Node]]]:
    for process in executable(model):
        for scope, inside in scopes(process).items():
            yield process, scope, inside


def _has(inside: list[Node], kind: NodeKind) -> bool:
    return any(node.kind is kind for node in inside)


def _no_incoming(model: Model) -> Iterator[Remark]:
    for _, _, inside in _scopes(model):
        if _has(inside, NodeKind.START_EVENT):
            for node in inside:
                if not node.incoming and node.kind not in _BEGINNING and not _begins(node):
                    yield at_node(node, "no flow leads to it")


def _begins(node: Node) -> bool:
    return node.instantiate or stands_alone(node)


def _no_outgoing(model: Model) -> Iterator[Remark]:
    for _, _, inside in _scopes(model):
        if _has(inside, NodeKind.END_EVENT):
            for node in inside:
                if not node.outgoing and node.kind not in _ENDING and not stands_alone(node):
                    yield at_node(node, "no flow leaves it, so the path ends here")


def _single_condition(model: Model) -> Iterator[Remark]:
    for process, node in nodes(model, ACTIVITIES):
        leaving = outgoing(process, node)
        if len(leaving) == 1 and leaving[0].condition is not None:
            yield at_flow(leaving[0], "it has a condition, and no other flow leaves its activity")


def _unreachable(model: Model) -> Iterator[Remark]:
    for process in executable(model):
        for node in unreached(process):
            yield at_node(node, "no path leads to it")


def _attached_to_nothing(model: Model) -> Iterator[Remark]:
    for process, node in nodes(model, (NodeKind.BOUNDARY_EVENT,)):
        host = process.nodes.get(node.attached_to or "")
        if host is None:
            yield at_node(node, f"it is attached to {node.attached_to!r}, which is not there")
        elif host.kind not in ACTIVITIES:
            yield at_node(node, f"it is attached to {host.label!r}, which is no activity")
        elif host.scope != node.scope:
            yield at_node(node, f"it lies in another scope than {host.label!r}")


def _boundary_leads_nowhere(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, (NodeKind.BOUNDARY_EVENT,)):
        if not node.outgoing and not any(e.kind == "compensation" for e in node.events):
            yield at_node(node, "nothing follows when it happens")


def _lane_of_nothing(model: Model) -> Iterator[Remark]:
    known = {node for process in model.processes.values() for node in process.nodes}
    for lane in model.lanes:
        for listed in lane.nodes:
            if listed not in known:
                yield Remark(f"it lists {listed!r}, which is no node", lane.id, lane.name)


def _at_process(process: Process, message: str) -> Remark:
    return Remark(message, element=process.id, name=process.name, line=process.line)


def _at_scope(process: Process, scope: str, message: str) -> Remark:
    node = process.nodes.get(scope)
    return at_node(node, message) if node is not None else _at_process(process, message)


CHECKS: tuple[Check, ...] = (
    Check(
        error(
            "bpmn.process.not-executable",
            "At least one process of the file is executable.",
            'Write isExecutable="true" on the process that is to run.',
            "BPMN 2.0.2 §10.1",
        ),
        _no_executable,
    ),
    Check(
        warning(
            "bpmn.process.empty",
            "An executable process has flow nodes; one without ends as it starts.",
            'Draw the process, or set isExecutable="false".',
            "BPMN 2.0.2 §10.1",
        ),
        _empty,
    ),
    Check(
        error(
            "bpmn.flow.dangling",
            "Both ends of a sequence flow are nodes of its process.",
            "Connect the flow to a node of the same process; between pools use a message flow.",
            "BPMN 2.0.2 §8.3.13",
        ),
        _dangling,
    ),
    Check(
        error(
            "bpmn.flow.across-scopes",
            "A sequence flow does not cross the border of a subprocess.",
            "End the flow at the subprocess itself, or use a boundary event.",
            "BPMN 2.0.2 §7.6.1",
        ),
        _across_scopes,
    ),
    Check(
        error(
            "bpmn.flow.into-start",
            "No sequence flow leads to a start event or a boundary event.",
            "Lead the flow to the node after the event.",
            "BPMN 2.0.2 §10.5.2, §10.5.4",
        ),
        _into_start,
    ),
    Check(
        error(
            "bpmn.flow.out-of-end",
            "No sequence flow leaves an end event.",
            "Use an intermediate event, or remove the flow.",
            "BPMN 2.0.2 §10.5.3",
        ),
        _out_of_end,
    ),
    Check(
        error(
            "bpmn.flow.default",
            "A default flow is one of the flows that leave its node.",
            "Choose one of the node's outgoing flows as default.",
            "BPMN 2.0.2 §10.6",
        ),
        _default_not_outgoing,
    ),
    Check(
        warning(
            "bpmn.flow.default-condition",
            "A default flow has no condition.",
            "Remove the condition, or choose another default.",
            "BPMN 2.0.2 §8.3.13",
        ),
        _default_with_condition,
    ),
    Check(
        warning(
            "bpmn.flow.event-condition",
            "Conditional flows leave activities and gateways, not events.",
            "Put an exclusive or inclusive gateway after the event.",
            "BPMN 2.0.2 §8.3.13",
        ),
        _condition_after_event,
    ),
    Check(
        error(
            "bpmn.scope.no-start",
            "Where there is an end event, there is a start event.",
            "Add a start event, or remove the end events.",
            "BPMN 2.0.2 §10.5.3",
        ),
        _end_without_start,
    ),
    Check(
        warning(
            "bpmn.scope.no-end",
            "Where there is a start event, there is an end event.",
            "Add an end event.",
            "BPMN 2.0.2 §10.5.2",
        ),
        _start_without_end,
    ),
    Check(
        error(
            "bpmn.node.no-incoming",
            "Where there is a start event, a flow leads to every other node.",
            "Connect the node, or remove it.",
            "BPMN 2.0.2 §10.5.2",
        ),
        _no_incoming,
    ),
    Check(
        warning(
            "bpmn.node.no-outgoing",
            "Where there is an end event, a flow leaves every other node.",
            "Lead the path to an end event.",
            "BPMN 2.0.2 §10.5.3",
        ),
        _no_outgoing,
    ),
    Check(
        error(
            "bpmn.flow.single-condition",
            "Where a conditional flow leaves an activity, another flow does too.",
            "Add a default flow, or remove the condition.",
            "BPMN 2.0.2 §8.3.13",
        ),
        _single_condition,
    ),
    Check(
        warning(
            "bpmn.node.unreachable",
            "Every node can be reached.",
            "Connect the node, or remove it.",
            "BPMN 2.0.2 §13.2",
        ),
        _unreachable,
    ),
    Check(
        error(
            "bpmn.boundary.attached",
            "A boundary event is attached to an activity of its own scope.",
            "Attach the event to the border of an activity.",
            "BPMN 2.0.2 §10.5.4",
        ),
        _attached_to_nothing,
    ),
    Check(
        warning(
            "bpmn.boundary.no-outgoing",
            "A sequence flow leaves a boundary event.",
            "Say what follows when the event happens.",
            "BPMN 2.0.2 §10.5.4",
        ),
        _boundary_leads_nowhere,
    ),
    Check(
        warning(
            "bpmn.lane.node",
            "A lane lists nodes of its process.",
            "Remove the entry from the lane.",
            "BPMN 2.0.2 §10.8",
        ),
        _lane_of_nothing,
    ),
)
