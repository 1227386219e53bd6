"""Rules about events (BPMN 2.0.2 §10.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from opsflow.engine.document import local
from opsflow.engine.model import (
    EVENTS,
    EventKind,
    Model,
    Node,
    NodeKind,
    Process,
)
from opsflow.engine.rule import Check, Remark, error
from opsflow.engine.rules.positions import ALLOWED, WITHOUT_DEFINITION, position_of
from opsflow.engine.rules.walk import at_element, at_node, definitions, executable, nodes

_THROWING = frozenset({NodeKind.THROW_EVENT, NodeKind.END_EVENT})


def _wrong_position(model: Model) -> Iterator[Remark]:
    for process, node, definition in definitions(model):
        position = position_of(process, node)
        if definition.kind not in ALLOWED[position]:
            yield at_node(node, f"{_a(definition.kind)} event cannot be {position.value}")


def _a(kind: EventKind) -> str:
    return f"{'an' if kind.value[0] in 'aeiou' else 'a'} {kind.value}"


def _no_definition(model: Model) -> Iterator[Remark]:
    for process, node in nodes(model, EVENTS):
        position = position_of(process, node)
        if not node.events and position not in WITHOUT_DEFINITION:
            yield at_node(node, f"{position.value} needs an event definition")


def _no_message(model: Model) -> Iterator[Remark]:
    return _not_named(model, EventKind.MESSAGE)


def _no_signal(model: Model) -> Iterator[Remark]:
    return _not_named(model, EventKind.SIGNAL)


def _not_named(model: Model, kind: EventKind) -> Iterator[Remark]:
    for _, node, definition in definitions(model):
        if definition.kind is kind and not definition.name and not definition.declared:
            yield at_node(node, f"it does not say which {kind}")


def _no_code(model: Model) -> Iterator[Remark]:
    for process, node, definition in definitions(model):
        if node.kind not in _THROWING or definition.code is not None:
            continue
        if definition.kind not in ALLOWED[position_of(process, node)]:
            continue
        if definition.kind in (EventKind.ERROR, EventKind.ESCALATION):
            yield at_node(node, f"the {definition.kind} that it throws has no code")


def _no_timer(model: Model) -> Iterator[Remark]:
    for _, node, definition in definitions(model):
        if definition.kind is EventKind.TIMER and definition.expression is None:
            yield at_node(node, "it does not say when")


def _no_condition(model: Model) -> Iterator[Remark]:
    for _, node, definition in definitions(model):
        if definition.kind is EventKind.CONDITIONAL and definition.expression is None:
            yield at_node(node, "it does not say on which condition")


def _cancel_outside(model: Model) -> Iterator[Remark]:
    for process, node, definition in definitions(model):
        if definition.kind is not EventKind.CANCEL:
            continue
        if node.kind is NodeKind.END_EVENT and not _in_transaction(process, node):
            yield at_node(node, "a cancel end event lies outside of a transaction")
        host = process.nodes.get(node.attached_to or "")
        if host is not None and host.kind is not NodeKind.TRANSACTION:
            yield at_node(node, f"a cancel event is attached to {host.label!r}, no transaction")


def _in_transaction(process: Process, node: Node) -> bool:
    """Directly, or in subprocesses inside of it."""
    around = process.nodes.get(node.scope)
    while around is not None:
        if around.kind is NodeKind.TRANSACTION:
            return True
        around = process.nodes.get(around.scope)
    return False


def _links(model: Model, kind: NodeKind) -> Iterator[tuple[Process, Node, str | None]]:
    for process, node, definition in definitions(model):
        if definition.kind is EventKind.LINK and node.kind is kind:
            yield process, node, definition.name


def _link_flows(model: Model) -> Iterator[Remark]:
    for _, node, _ in _links(model, NodeKind.THROW_EVENT):
        if node.outgoing:
            yield at_node(node, "a flow leaves a link that is jumped from")
    for _, node, _ in _links(model, NodeKind.CATCH_EVENT):
        if node.incoming:
            yield at_node(node, "a flow leads to a link that is jumped to")


def _link_pairs(model: Model) -> Iterator[Remark]:
    throws = list(_links(model, NodeKind.THROW_EVENT))
    catches = list(_links(model, NodeKind.CATCH_EVENT))
    sources = {(process.id, node.scope, name) for process, node, name in throws}
    targets = Counter((process.id, node.scope, name) for process, node, name in catches)
    for process, node, name in throws:
        count = targets[process.id, node.scope, name]
        if count != 1:
            yield at_node(node, f"{count} links {name!r} to jump to are in its scope")
    for process, node, name in catches:
        if (process.id, node.scope, name) not in sources:
            yield at_node(node, f"no link {name!r} to jump from is in its scope")


def _nested_definition(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for element in model.document.all("eventDefinitionRef"):
        found = model.document.find((element.text or "").strip().rpartition(":")[2])
        parent = found.getparent() if found is not None else None
        if parent is not None and local(parent) != "definitions":
            yield at_element(element, f"it uses the definition {element.text!r} of another event")


def _compensation_without_handler(model: Model) -> Iterator[Remark]:
    handled = {end for process in executable(model) for end in _beside_handlers(process)}
    for _, node, definition in definitions(model):
        is_boundary = node.kind is NodeKind.BOUNDARY_EVENT
        if definition.kind is EventKind.COMPENSATION and is_boundary and node.id not in handled:
            yield at_node(node, "no compensation activity is associated with it")


def _beside_handlers(process: Process) -> Iterator[str]:
    """What an association connects with an activity that is for compensation."""
    for one in process.associations:
        for end, other in ((one.source, one.target), (one.target, one.source)):
            handler = process.nodes.get(other)
            if handler is not None and handler.for_compensation:
                yield end


def _compensated_nothing(model: Model) -> Iterator[Remark]:
    for process, node, definition in definitions(model):
        activity = definition.activity
        if activity is not None and activity not in process.nodes:
            yield at_node(node, f"it compensates {activity!r}, which is no activity here")


def _compensation_flow(model: Model) -> Iterator[Remark]:
    for _, node, definition in definitions(model):
        is_boundary = node.kind is NodeKind.BOUNDARY_EVENT
        if definition.kind is EventKind.COMPENSATION and is_boundary and node.outgoing:
            yield at_node(node, "a sequence flow leaves it")


CHECKS: tuple[Check, ...] = (
    Check(
        error(
            "bpmn.event.position",
            "An event is of a kind that may stand where it stands.",
            "Use another kind of event, or another place for it.",
            "BPMN 2.0.2 table 10.93",
        ),
        _wrong_position,
    ),
    Check(
        error(
            "bpmn.event.no-definition",
            "Catching and boundary events, and starts of event subprocesses, say what for.",
            "Choose what the event waits for.",
            "BPMN 2.0.2 table 10.93",
        ),
        _no_definition,
    ),
    Check(
        error(
            "bpmn.event.no-message",
            "A message event names its message.",
            "Declare a message and refer to it.",
            "BPMN 2.0.2 §10.5.5",
        ),
        _no_message,
    ),
    Check(
        error(
            "bpmn.event.no-signal",
            "A signal event names its signal.",
            "Declare a signal and refer to it.",
            "BPMN 2.0.2 §10.5.5",
        ),
        _no_signal,
    ),
    Check(
        error(
            "bpmn.event.no-code",
            "An event that throws an error or an escalation says which one.",
            "Declare the error or escalation with a code, and refer to it.",
            "BPMN 2.0.2 table 10.88, §10.5.5",
        ),
        _no_code,
    ),
    Check(
        error(
            "bpmn.event.no-time",
            "A timer event has exactly one of date, duration and cycle.",
            "Write one of them, for example PT1H as duration.",
            "BPMN 2.0.2 §10.5.5",
        ),
        _no_timer,
    ),
    Check(
        error(
            "bpmn.event.no-condition",
            "A conditional event has a condition.",
            "Write the condition in FEEL.",
            "BPMN 2.0.2 §10.5.5",
        ),
        _no_condition,
    ),
    Check(
        error(
            "bpmn.event.cancel",
            "Cancel events belong to transactions.",
            "Use a transaction, or an error event.",
            "BPMN 2.0.2 §10.5.3, §10.5.4",
        ),
        _cancel_outside,
    ),
    Check(
        error(
            "bpmn.event.link-flow",
            "No flow leaves a link that is jumped from, and none leads to its target.",
            "Remove the flow, or use a none event.",
            "BPMN 2.0.2 §10.5.4",
        ),
        _link_flows,
    ),
    Check(
        error(
            "bpmn.event.link-pair",
            "Links of one name are in one scope, with exactly one target.",
            "Give source and target the same name, in the same scope.",
            "BPMN 2.0.2 §10.5.4, §10.5.5",
        ),
        _link_pairs,
    ),
    Check(
        error(
            "bpmn.event.definition-reference",
            "An event definition that is referred to stands at the top of the file.",
            "Move the definition out of the event that contains it.",
            "BPMN 2.0.2 §10.5.1",
        ),
        _nested_definition,
    ),
    Check(
        error(
            "bpmn.event.compensation-handler",
            "An association leads from a compensation boundary event to its handler.",
            'Associate it with an activity that has isForCompensation="true".',
            "BPMN 2.0.2 §10.7",
        ),
        _compensation_without_handler,
    ),
    Check(
        error(
            "bpmn.event.compensation-flow",
            "No sequence flow leaves a compensation boundary event.",
            "Use an association to the compensation activity.",
            "BPMN 2.0.2 §10.5.4",
        ),
        _compensation_flow,
    ),
    Check(
        error(
            "bpmn.event.compensated-activity",
            "What a compensation event refers to is an activity of its process.",
            "Refer to an activity, or to none to compensate the whole scope.",
            "BPMN 2.0.2 §10.5.5",
        ),
        _compensated_nothing,
    ),
)
