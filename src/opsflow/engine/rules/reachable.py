"""Which nodes a token can come to."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.engine.model import SUB_PROCESSES, EventKind, Node, NodeKind, Process
from opsflow.engine.rules.walk import boundaries, scopes


def unreached(process: Process) -> list[Node]:
    """The nodes that no token can come to, in document order."""
    inside, attached = scopes(process), boundaries(process)
    reached: set[str] = set()
    todo = [node.id for node in _beginnings(process, inside[process.id])]
    while todo:
        current = todo.pop()
        if current in reached or current not in process.nodes:
            continue
        reached.add(current)
        todo += _next(process, process.nodes[current], inside)
        todo += [boundary.id for boundary in attached.get(current, ())]
    return [node for node in process.nodes.values() if node.id not in reached]


def _beginnings(process: Process, scope: list[Node]) -> Iterator[Node]:
    """Where tokens appear when a scope is entered (BPMN 2.0.2 §13.2, §13.3.4)."""
    starts = [node for node in scope if node.kind is NodeKind.START_EVENT or node.instantiate]
    yield from starts
    for node in scope:
        first = not starts and not node.incoming and node.kind is not NodeKind.BOUNDARY_EVENT
        if first or stands_alone(node) or _in_ad_hoc(process, node):
            yield node


def _next(process: Process, node: Node, inside: dict[str, list[Node]]) -> Iterator[str]:
    for flow in node.outgoing:
        yield process.flows[flow].target
    if node.kind in SUB_PROCESSES:
        for first in _beginnings(process, inside.get(node.id, [])):
            yield first.id


def stands_alone(node: Node) -> bool:
    """Whether a node begins by other means than a sequence flow."""
    return node.triggered_by_event or node.for_compensation or _is_link_target(node)


def _is_link_target(node: Node) -> bool:
    """Rules about links see to it that one leads there."""
    return node.kind is NodeKind.CATCH_EVENT and any(
        definition.kind is EventKind.LINK for definition in node.events
    )


def _in_ad_hoc(process: Process, node: Node) -> bool:
    around = process.nodes.get(node.scope)
    return around is not None and around.kind is NodeKind.AD_HOC_SUB_PROCESS and not node.incoming
