"""One scope as a net: where tokens can lie, and how each node moves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations

from opsflow.engine.model import ACTIVITIES, EventKind, Node, NodeKind, Process, SequenceFlow

_CHOOSING = frozenset({NodeKind.EXCLUSIVE_GATEWAY, NodeKind.EVENT_BASED_GATEWAY})
_JOINING = frozenset({NodeKind.PARALLEL_GATEWAY, NodeKind.INCLUSIVE_GATEWAY})
_LEAVING = frozenset({EventKind.ERROR, EventKind.CANCEL})
_MOST_OPTIONAL = 6
"""Conditional flows of one node beyond which their combinations are not followed."""


class TooWide(Exception):
    """A node has more combinations of outgoing flows than are followed."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a node can go on: the flows that get a token.

    ``clears`` takes every other token of the scope away; ``leaves`` says that the scope is
    then left by an error or a cancellation, and does not complete.
    """

    flows: tuple[str, ...]
    by: str | None = None
    """The boundary event through which the node is left."""
    clears: bool = False
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How a scope can end: what the node around it can do."""

    completes: bool = True
    leaves: bool = False


@dataclass(frozen=True)
class Net:
    """The nodes and flows directly in one scope.

    A place is the id of a flow, or ``>node`` where a node begins by itself. ``places`` are
    ordered along the flow, so that the tokens that are furthest behind can go first.
    """

    nodes: Mapping[str, Node]
    places: tuple[str, ...]
    target: Mapping[str, str]
    source: Mapping[str, str]
    starts: tuple[tuple[str, ...], ...]
    """Each way in which the scope can begin: the places that have a token then."""
    ways: Mapping[str, tuple[Way, ...]]
    upstream: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For each flow into an inclusive join, the places from which a token can still come."""

    def joins(self, node: str) -> bool:
        """Whether the node waits for tokens of several flows."""
        found = self.nodes[node]
        return found.kind in _JOINING and len(found.incoming) > 1


def net_of(
    process: Process,
    inside: list[Node],
    attached: Mapping[str, list[Node]],
    endings: Mapping[str, Ending],
) -> Net:
    """The net of a scope; ``attached`` holds boundary events by activity. Raises TooWide."""
    nodes = {node.id: node for node in inside}
    starts = tuple(tuple(f">{one.id}" for one in group) for group in _starts(inside))
    flows = [process.flows[flow] for node in inside for flow in node.outgoing]
    target = {flow.id: flow.target for flow in flows}
    target |= {place: place[1:] for group in starts for place in group}
    ways = {
        node.id: tuple(
            _ways(process, node, inside, attached.get(node.id, []), endings.get(node.id, Ending()))
        )
        for node in inside
    }
    return Net(
        nodes=nodes,
        places=_ordered(nodes, target, starts, ways),
        target=target,
        source={flow.id: flow.source for flow in flows},
        starts=starts,
        ways=ways,
        upstream=_upstream(nodes, target, ways),
    )


def _starts(inside: list[Node]) -> Iterator[list[Node]]:
    """None starts begin together; each event that starts the scope begins it alone."""
    events = [node for node in inside if node.kind is NodeKind.START_EVENT]
    plain = [node for node in events if not node.events]
    if plain:
        yield plain
    yield from ([node] for node in events if node.events)
    instantiating = [node for node in inside if node.instantiate and not node.incoming]
    yield from ([node] for node in instantiating)
    if not events and not instantiating:
        yield [node for node in inside if not node.incoming and _begins(node)]


def _begins(node: Node) -> bool:
    if node.triggered_by_event or node.for_compensation or is_link(node, NodeKind.CATCH_EVENT):
        return False
    return node.kind is not NodeKind.BOUNDARY_EVENT


def is_link(node: Node, kind: NodeKind) -> bool:
    """Whether the node is one end of a link."""
    return node.kind is kind and any(event.kind is EventKind.LINK for event in node.events)


def _ways(
    process: Process, node: Node, inside: list[Node], attached: list[Node], ending: Ending
) -> Iterator[Way]:
    leaving = [process.flows[flow] for flow in node.outgoing]
    if node.kind is NodeKind.END_EVENT:
        yield _end(node)
    elif is_link(node, NodeKind.THROW_EVENT):
        for other in inside:
            if is_link(other, NodeKind.CATCH_EVENT) and _link(other) == _link(node):
                yield Way(other.outgoing, by=other.id)
    elif node.kind in _CHOOSING and node.event_gateway_type != "Parallel":
        yield from (Way((flow.id,)) for flow in leaving)
        if not leaving:
            yield Way(())
    elif node.kind in (NodeKind.PARALLEL_GATEWAY, NodeKind.EVENT_BASED_GATEWAY):
        yield Way(node.outgoing)
    elif node.kind in ACTIVITIES:
        yield from _activity(node, leaving, attached, ending)
    else:
        yield from (Way(taken) for taken in _taken(node, leaving))


def _end(node: Node) -> Way:
    kinds = {event.kind for event in node.events}
    leaves = bool(kinds & _LEAVING)
    return Way((), clears=leaves or EventKind.TERMINATE in kinds, leaves=leaves)


def _link(node: Node) -> str | None:
    return next((event.name for event in node.events if event.kind is EventKind.LINK), None)


def _activity(
    node: Node, leaving: list[SequenceFlow], attached: list[Node], ending: Ending
) -> Iterator[Way]:
    boundaries = [
        boundary
        for boundary in attached
        if not any(event.kind is EventKind.COMPENSATION for event in boundary.events)
    ]
    if ending.completes:
        for taken in _taken(node, leaving):
            yield Way(taken)
            for boundary in boundaries:
                if not boundary.interrupting:
                    yield Way((*taken, *boundary.outgoing), by=boundary.id)
    for boundary in boundaries:
        if boundary.interrupting:
            yield Way(boundary.outgoing, by=boundary.id)
    if ending.leaves:
        yield Way((), clears=True, leaves=True)


def _taken(node: Node, leaving: list[SequenceFlow]) -> Iterator[tuple[str, ...]]:
    """The sets of flows that can be taken: those with a condition may be, the default else."""
    always = [f.id for f in leaving if f.condition is None and f.id != node.default]
    optional = [f.id for f in leaving if f.condition is not None and f.id != node.default]
    if len(optional) > _MOST_OPTIONAL:
        raise TooWide
    for chosen in _subsets(optional):
        if chosen:
            yield (*always, *chosen)
        elif node.default is not None and node.default in node.outgoing:
            yield (*always, node.default)
        elif always or not leaving:
            yield tuple(always)


def _subsets(flows: list[str]) -> Iterable[tuple[str, ...]]:
    return chain.from_iterable(combinations(flows, size) for size in range(len(flows) + 1))


def _ordered(
    nodes: Mapping[str, Node],
    target: Mapping[str, str],
    starts: tuple[tuple[str, ...], ...],
    ways: Mapping[str, tuple[Way, ...]],
) -> tuple[str, ...]:
    """All places in reverse postorder: along the flow, but for the loops."""
    after = {node: dict.fromkeys(f for way in ways[node] for f in way.flows) for node in nodes}
    finished: list[str] = []
    seen: set[str] = set()
    for place in (*chain.from_iterable(starts), *target):
        _visit(place, target, after, seen, finished)
    return tuple(reversed(finished))


def _visit(
    first: str,
    target: Mapping[str, str],
    after: Mapping[str, Mapping[str, None]],
    seen: set[str],
    finished: list[str],
) -> None:
    """Depth first without recursion: a process can be thousands of nodes long."""
    if first in seen:
        return
    seen.add(first)
    stack = [(first, iter(after[target[first]]))]
    while stack:
        place, following = stack[-1]
        unseen = next((one for one in following if one not in seen), None)
        if unseen is None:
            finished.append(place)
            stack.pop()
        else:
            seen.add(unseen)
            stack.append((unseen, iter(after[target[unseen]])))


def _upstream(
    nodes: Mapping[str, Node], target: Mapping[str, str], ways: Mapping[str, tuple[Way, ...]]
) -> dict[str, frozenset[str]]:
    """BPMN 2.0.2 §13.4.3: from where a flow can be reached without visiting its gateway."""
    before: dict[str, set[str]] = {}
    leads_to: dict[str, set[str]] = {}
    for place, node in target.items():
        leads_to.setdefault(node, set()).add(place)
    for node, those in ways.items():
        for flow in (flow for way in those for flow in way.flows):
            before.setdefault(flow, set()).update(leads_to.get(node, ()))
    found: dict[str, frozenset[str]] = {}
    for join in nodes.values():
        if join.kind is NodeKind.INCLUSIVE_GATEWAY and len(join.incoming) > 1:
            own = set(join.incoming)
            for flow in join.incoming:
                found[flow] = _backwards(flow, before, own)
    return found


def _backwards(flow: str, before: Mapping[str, set[str]], without: set[str]) -> frozenset[str]:
    seen: set[str] = set()
    todo = [flow]
    while todo:
        for place in before.get(todo.pop(), ()):
            if place not in seen and place not in without:
                seen.add(place)
                todo.append(place)
    return frozenset(seen)
