"""Compilation: picks the corrected spec of every node and connects them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from opsflow.engine.model import (
    SUB_PROCESSES,
    EventKind,
    MultiInstance,
    Node,
    NodeKind,
    Process,
    StandardLoop,
)
from opsflow.engine.semantics.activities import (
    Activity,
    ReceiveTask,
    ScriptTask,
    SendTask,
    Work,
)
from opsflow.engine.semantics.catching import BoundaryEvent, CatchEvent, SubProcessStart
from opsflow.engine.semantics.complex import ComplexGateway
from opsflow.engine.semantics.element import Element, Flow
from opsflow.engine.semantics.gateways import (
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    ParallelGateway,
)
from opsflow.engine.semantics.listening import WAITING
from opsflow.engine.semantics.loops import Loop, MultiInstanceActivity, StandardLoopActivity
from opsflow.engine.semantics.process import (
    AdHocSubProcess,
    CallActivity,
    Container,
    EventSubProcess,
    Plan,
    ProcessRoot,
    ProcessSpec,
    SubProcess,
    Transaction,
)
from opsflow.engine.semantics.starting import StartEvent, waits_for_all
from opsflow.engine.semantics.throwing import EndEvent, ThrowEvent

ROOT = "#process"
BODY = "#body"

_BY_KIND: dict[NodeKind, type[Element]] = {
    NodeKind.START_EVENT: StartEvent,
    NodeKind.END_EVENT: EndEvent,
    NodeKind.CATCH_EVENT: CatchEvent,
    NodeKind.THROW_EVENT: ThrowEvent,
    NodeKind.BOUNDARY_EVENT: BoundaryEvent,
    NodeKind.USER_TASK: Work,
    NodeKind.SERVICE_TASK: Work,
    NodeKind.SCRIPT_TASK: ScriptTask,
    NodeKind.RECEIVE_TASK: ReceiveTask,
    NodeKind.CALL_ACTIVITY: CallActivity,
    NodeKind.SUB_PROCESS: SubProcess,
    NodeKind.TRANSACTION: Transaction,
    NodeKind.AD_HOC_SUB_PROCESS: AdHocSubProcess,
    NodeKind.EXCLUSIVE_GATEWAY: ExclusiveGateway,
    NodeKind.PARALLEL_GATEWAY: ParallelGateway,
    NodeKind.INCLUSIVE_GATEWAY: InclusiveGateway,
    NodeKind.COMPLEX_GATEWAY: ComplexGateway,
    NodeKind.EVENT_BASED_GATEWAY: EventBasedGateway,
}


def compile_spec(process: Process, ref: str, calls: Mapping[str, ProcessSpec]) -> ProcessSpec:
    """The sealed spec of a process."""
    spec = ProcessSpec(process, ref, calls)
    root = Node(
        id=process.id, kind=NodeKind.SUB_PROCESS, name=process.name, scope="", line=process.line
    )
    spec.start = ProcessRoot(spec, ROOT, root)
    for node in process.nodes.values():
        _make(spec, process, node)
    _link(spec, process)
    _attach(spec)
    _bind_compensation(spec, process)
    for container in _containers(spec):
        container.plan = _plan(spec, process, container.node.id)
    spec.has_start_events = any(
        node.kind is NodeKind.START_EVENT for node in process.inside(process.id)
    )
    for gateway in spec.task_specs.values():
        if isinstance(gateway, InclusiveGateway):
            gateway.upstream = _upstream(process, gateway.node)
    spec.awaited_with = _awaited_together(spec)
    for element in spec.task_specs.values():
        element.seal()
    return spec


def _awaited_together(spec: ProcessSpec) -> dict[str, tuple[Element, ...]]:
    """For each event behind a gateway that starts the process and needs all, the others."""
    together: dict[str, tuple[Element, ...]] = {}
    for gateway in spec.task_specs.values():
        if gateway.node.kind is NodeKind.EVENT_BASED_GATEWAY and waits_for_all(gateway.node):
            targets = [flow.target for flow in gateway.flows]
            for target in targets:
                others = tuple(other for other in targets if other is not target)
                together[target.name] = others
    return together


def _make(spec: ProcessSpec, process: Process, node: Node) -> None:
    kind = _type_of(process, node)
    if node.loop is None:
        kind(spec, node.id, node)
        return
    loops: dict[type, type[Loop]] = {
        MultiInstance: MultiInstanceActivity,
        StandardLoop: StandardLoopActivity,
    }
    holder = loops[type(node.loop)](spec, node.id, node)
    body = kind(spec, node.id + BODY, node)
    assert isinstance(body, Activity)
    body.body_of = holder
    holder.body = body
    if isinstance(node.loop, MultiInstance):
        body.holds_variables = True


def _type_of(process: Process, node: Node) -> type[Element]:
    if node.kind in SUB_PROCESSES and node.triggered_by_event:
        return EventSubProcess
    if node.kind is NodeKind.START_EVENT and _is_event_sub(process, node.scope):
        return SubProcessStart
    if node.is_human:
        return Work
    if node.kind is NodeKind.EVENT_BASED_GATEWAY and waits_for_all(node):
        return ParallelGateway
    if node.kind is NodeKind.SEND_TASK:
        return Work if node.controls.topic else SendTask
    if node.kind is NodeKind.BUSINESS_RULE_TASK:
        return Work if node.controls.topic or node.controls.decision else Activity
    return _BY_KIND.get(node.kind, Activity)


def _is_event_sub(process: Process, scope: str) -> bool:
    return scope in process.nodes and process.nodes[scope].triggered_by_event


def _link(spec: ProcessSpec, process: Process) -> None:
    for node in process.nodes.values():
        flows = tuple(
            Flow(flow.id, spec.task_specs[flow.target], flow.condition, flow.id == node.default)
            for flow in map(process.flows.__getitem__, node.outgoing)
        )
        spec.task_specs[node.id].link(flows, node.incoming)
    for source, target in _links(process):
        link = Flow(f"{source.id}->{target.id}", spec.task_specs[target.id], None)
        spec.task_specs[source.id].link((link,), source.incoming)


def _links(process: Process) -> Iterable[tuple[Node, Node]]:
    """Link throw events with the catch event of the same name in their scope."""
    catching = {
        (node.scope, event.name): node
        for node in process.nodes.values()
        for event in node.events
        if event.kind is EventKind.LINK and node.kind is NodeKind.CATCH_EVENT
    }
    for node in process.nodes.values():
        for event in node.events:
            target = catching.get((node.scope, event.name))
            if event.kind is EventKind.LINK and target and node.kind is not NodeKind.CATCH_EVENT:
                yield node, target


def _attach(spec: ProcessSpec) -> None:
    by_activity: dict[str, list[BoundaryEvent]] = defaultdict(list)
    for element in spec.task_specs.values():
        if isinstance(element, BoundaryEvent) and element.node.attached_to:
            by_activity[element.node.attached_to].append(element)
    for attached_to, boundaries in by_activity.items():
        activity = spec.task_specs.get(attached_to)
        if isinstance(activity, Activity):
            activity.catchers = tuple(b for b in boundaries if b.definitions)
            activity.handlers = tuple(b for b in boundaries if _is_handed(b.node))
    for element in spec.task_specs.values():
        if isinstance(element, SubProcessStart):
            owner = spec.task_specs[element.node.scope]
            assert isinstance(owner, EventSubProcess)
            element.owner = owner


def _bind_compensation(spec: ProcessSpec, process: Process) -> None:
    """Find what undoes each activity: a handler by association, or an event subprocess inside."""
    for association in process.associations:
        ends = [process.nodes.get(association.source), process.nodes.get(association.target)]
        for boundary, handler in (ends, reversed(ends)):
            if boundary and handler and handler.for_compensation and boundary.attached_to:
                activity = spec.task_specs.get(boundary.attached_to)
                if isinstance(activity, Loop):
                    activity = activity.body  # each instance is undone for itself
                if isinstance(activity, Activity):
                    activity.compensation = spec.task_specs[handler.id]
    for element in spec.task_specs.values():
        if isinstance(element, SubProcessStart) and _compensates(element.node):
            for name in (element.owner.node.scope, element.owner.node.scope + BODY):
                activity = spec.task_specs.get(name)
                if isinstance(activity, Activity):
                    activity.compensated_by = element


def _compensates(node: Node) -> bool:
    return any(event.kind is EventKind.COMPENSATION for event in node.events)


def _is_handed(node: Node) -> bool:
    return any(event.kind not in WAITING for event in node.events)


def _containers(spec: ProcessSpec) -> list[Container]:
    return [element for element in spec.task_specs.values() if isinstance(element, Container)]


def _plan(spec: ProcessSpec, process: Process, scope: str) -> Plan:
    inside = list(process.inside(scope))
    subs = {node.id for node in inside if node.triggered_by_event}
    events = [
        element
        for element in spec.task_specs.values()
        if isinstance(element, SubProcessStart) and element.node.scope in subs
    ]
    return Plan(
        starts=tuple(spec.task_specs[node.id] for node in _starts(inside)),
        catchers=tuple(event for event in events if event.definitions),
        handlers=tuple(event for event in events if _is_handed(event.node)),
    )


def _starts(inside: list[Node]) -> list[Node]:
    """Where a scope begins: its none start events, or every node that nothing leads to."""
    events = [node for node in inside if node.kind is NodeKind.START_EVENT]
    if events:
        plain = [node for node in events if not node.events]
        return plain or (events if len(events) == 1 else [])
    return [node for node in inside if not node.incoming and _can_begin(node)]


def _can_begin(node: Node) -> bool:
    if node.triggered_by_event or node.for_compensation:
        return False
    caught_link = node.kind is NodeKind.CATCH_EVENT and any(
        event.kind is EventKind.LINK for event in node.events
    )
    return node.kind is not NodeKind.BOUNDARY_EVENT and not caught_link


def _upstream(process: Process, gateway: Node) -> dict[str, frozenset[str]]:
    """For each incoming flow, the nodes with a path to it that does not visit the gateway."""
    before: dict[str, set[str]] = defaultdict(set)
    for flow in process.flows.values():
        before[flow.target].add(flow.source)
    for node in process.nodes.values():
        if node.attached_to is not None:
            before[node.id].add(node.attached_to)
    for source, target in _links(process):
        before[target.id].add(source.id)
    return {
        flow: frozenset(_reaching(process.flows[flow].source, before, gateway.id))
        for flow in gateway.incoming
    }


def _reaching(start: str, before: Mapping[str, set[str]], without: str) -> set[str]:
    found: set[str] = set()
    open_nodes = [start]
    while open_nodes:
        node = open_nodes.pop()
        if node != without and node not in found:
            found.add(node)
            open_nodes.extend(before.get(node, ()))
    return found
