"""Joins of the new version that would wait for ever: a branch begins before the instance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from opsflow.engine.migration.compatibility import finding
from opsflow.engine.migration.walking import Place
from opsflow.engine.model import EventKind, Node, NodeKind, Process
from opsflow.engine.semantics.live import LiveWorkflow
from opsflow.engine.semantics.process import CallActivity, Container
from opsflow.engine.semantics.token import SpiffTask
from opsflow.findings import Finding, Severity


def stranded(live: LiveWorkflow, places: Mapping[str, Place]) -> Iterator[Finding]:
    """Parallel joins that tokens can get to, and that miss a token that none can bring.

    Each scope is looked at by itself. What a token could do is taken too widely rather than
    too narrowly, so that a join that is named does wait for ever if it is come to.
    """
    for id, place in places.items():
        if not place.listener and isinstance(place.new, Container):
            yield from _of_scope(live.tasks[id], place)


def _of_scope(task: SpiffTask, place: Place) -> Iterator[Finding]:
    process = place.inner.new.process
    inside = task.scope is None or isinstance(place.new, CallActivity)
    scope = process.id if inside else place.new.node.id
    tokens = {token.task_spec.node.id: token for token in task.inner_tokens}
    for join in process.inside(scope):
        if join.kind is NodeKind.PARALLEL_GATEWAY and len(join.incoming) > 1:
            held = tokens.get(join.id)
            filled = set(held.internal_data.get("arrived", ())) if held else set()
            yield from _of_join(process, join, tokens.keys() - {join.id}, filled)


def _of_join(
    process: Process, join: Node, tokens: Iterable[str], filled: Set[str]
) -> Iterator[Finding]:
    reached = _reached(process, tokens, join.id)
    awaited = [flow for flow in join.incoming if flow not in filled]
    missing = [flow for flow in awaited if process.flows[flow].source not in reached]
    if missing and (filled or len(missing) < len(awaited)):
        sources = ", ".join(repr(process.flows[flow].source) for flow in missing)
        yield finding(
            Severity.WARNING,
            "stranded",
            join,
            f"it would wait for ever for what comes from {sources}: that branch begins before "
            "the place where the instance is",
            "Let the instance go on to behind the join first, or leave it on its version.",
        )


def _reached(process: Process, tokens: Iterable[str], without: str) -> set[str]:
    """The nodes that tokens at these nodes can get to, without passing one of them."""
    found: set[str] = set()
    todo = list(tokens)
    while todo:
        name = todo.pop()
        if name not in found and name != without:
            found.add(name)
            todo += _next(process, process.nodes[name])
    return found


def _next(process: Process, node: Node) -> Iterator[str]:
    for flow in node.outgoing:
        yield process.flows[flow].target
    for boundary in process.boundary_of(node.id):
        yield boundary.id
    for name in (event.name for event in node.events if event.kind is EventKind.LINK):
        for other in process.inside(node.scope):
            if any(e.kind is EventKind.LINK and e.name == name for e in other.events):
                yield other.id
