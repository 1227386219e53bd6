"""What the search finds in each scope, put as facts about nodes, with the way that leads there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from opsflow.engine.model import EVENTS, SUB_PROCESSES, Node, NodeKind, Process
from opsflow.engine.soundness.net import Ending, Net, TooWide, net_of
from opsflow.engine.soundness.search import Budget, Found, Move, Search, State

MOST = 200_000
"""Tokens that are looked at for one process, before the search gives up."""
_MOST_NODES = 5_000


@dataclass(frozen=True, slots=True)
class Deadlock:
    """A join that waits for a token which cannot come any more."""

    node: Node
    path: tuple[Node, ...]
    missing: tuple[Node, ...]
    """The nodes from which no token comes."""


@dataclass(frozen=True, slots=True)
class Doubled:
    """A node to which a second token can come while the first is there."""

    node: Node
    path: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Dead:
    """A node that never happens, though flows lead to it, and what never happens behind it."""

    node: Node
    behind: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Endless:
    """A node from which no way leads to an end."""

    node: Node
    path: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class GaveUp:
    """A scope that is too large to be looked at as a whole; ``node`` is None for the process."""

    node: Node | None


Fact: TypeAlias = Deadlock | Doubled | Dead | Endless | GaveUp


def unsound(process: Process, *, most: int = MOST) -> Iterator[Fact]:
    """What can go wrong in a process, inner scopes first. Bounded by ``most``."""
    if not _is_well_formed(process):
        return
    inside, attached = _scopes(process), _attached(process)
    budget = Budget(most)
    endings: dict[str, Ending] = {}
    for scope in reversed(inside):
        around = process.nodes.get(scope)
        endings[scope], facts = _scope(process, around, inside[scope], attached, endings, budget)
        yield from facts


def _is_well_formed(process: Process) -> bool:
    """Other rules speak about flows that lead nowhere or out of their scope."""
    return all(
        flow.source in process.nodes
        and flow.target in process.nodes
        and process.nodes[flow.source].scope == process.nodes[flow.target].scope
        for flow in process.flows.values()
    )


def _scopes(process: Process) -> dict[str, list[Node]]:
    """The nodes of each scope; a scope stands after the one that contains it."""
    found: dict[str, list[Node]] = {process.id: []}
    for node in process.nodes.values():
        if node.kind in SUB_PROCESSES:
            found.setdefault(node.id, [])
        found.setdefault(node.scope, []).append(node)
    return found


def _attached(process: Process) -> dict[str, list[Node]]:
    """The boundary events of each activity."""
    found: dict[str, list[Node]] = {}
    for node in process.nodes.values():
        if node.attached_to is not None:
            found.setdefault(node.attached_to, []).append(node)
    return found


def _scope(
    process: Process,
    around: Node | None,
    inside: list[Node],
    attached: Mapping[str, list[Node]],
    endings: Mapping[str, Ending],
    budget: Budget,
) -> tuple[Ending, list[Fact]]:
    if not inside or (around is not None and around.kind is NodeKind.AD_HOC_SUB_PROCESS):
        return Ending(), []
    if any(_is_beyond(node) for node in inside):
        return Ending(leaves=True), []
    if len(inside) > _MOST_NODES or budget.left < 0:
        return Ending(leaves=True), [GaveUp(around)]
    try:
        net = net_of(process, inside, attached, endings)
    except TooWide:
        return Ending(leaves=True), [GaveUp(around)]
    found = Search(net, budget).run()
    facts = list(_Told(net, found).facts(escapable=_is_escapable(process, around, inside)))
    if budget.left < 0:
        return Ending(leaves=True), [*facts, GaveUp(around)]
    interrupted = any(_interrupts(process, node) for node in inside)
    sure = found.whole and not interrupted
    return Ending(found.completes or not sure, found.leaves or not sure), facts


def _is_beyond(node: Node) -> bool:
    """What counts tokens by conditions and quantities is not followed."""
    return (
        node.kind is NodeKind.COMPLEX_GATEWAY
        or node.start_quantity != 1
        or (node.completion_quantity != 1)
    )


def _interrupts(process: Process, node: Node) -> bool:
    """Whether a node is an event subprocess that ends its scope."""
    return node.triggered_by_event and any(
        inner.kind is NodeKind.START_EVENT and inner.interrupting
        for inner in process.inside(node.id)
    )


def _is_escapable(process: Process, around: Node | None, inside: list[Node]) -> bool:
    """Whether something from outside of the flow ends the scope."""
    if any(_interrupts(process, node) for node in inside):
        return True
    return around is not None and any(b.interrupting for b in process.boundary_of(around.id))


class _Told:
    """The findings of one search as facts."""

    def __init__(self, net: Net, found: Found) -> None:
        self._net = net
        self._found = found

    def facts(self, *, escapable: bool) -> Iterator[Fact]:
        """Everything, each node once per kind."""
        deadlocks = list(self._deadlocks())
        yield from deadlocks
        yield from self._doubled()
        if self._found.whole:
            yield from self._dead({fact.node.id for fact in deadlocks})
            if not escapable:
                yield from self._endless()

    def _deadlocks(self) -> Iterator[Deadlock]:
        told: set[str] = set()
        for state in self._found.stuck:
            for place in state:
                node = self._net.nodes[self._net.target[self._net.places[place]]]
                if node.id not in told and self._net.joins(node.id):
                    told.add(node.id)
                    yield Deadlock(node, self._path(state, place), self._missing(node, state))

    def _missing(self, join: Node, state: State) -> tuple[Node, ...]:
        there = {self._net.places[place] for place in state}
        return tuple(
            self._net.nodes[self._net.source[flow]] for flow in join.incoming if flow not in there
        )

    def _doubled(self) -> Iterator[Doubled]:
        told: set[str] = set()
        for state, place in self._found.doubled:
            node = self._net.nodes[self._net.target[self._net.places[place]]]
            if node.kind is not NodeKind.END_EVENT and node.id not in told:
                told.add(node.id)
                yield Doubled(node, self._path(state, place))

    def _dead(self, told: set[str]) -> Iterator[Dead]:
        """The first of the nodes that never move; those behind it are named with it."""
        dead = {node.id: node for node in self._expected() if node.id not in self._found.moved}
        for node in dead.values():
            sources = [self._net.source[flow] for flow in node.incoming]
            first = any(source in self._found.moved for source in sources)
            if first and node.id not in told:
                yield Dead(node, tuple(self._behind(node, dead)))

    def _expected(self) -> Iterator[Node]:
        """The nodes that flows lead to from where the scope begins."""
        reached: set[str] = set()
        attached: dict[str, list[str]] = {}
        for node in self._net.nodes.values():
            attached.setdefault(node.attached_to or "", []).append(node.id)
        todo = [place[1:] for group in self._net.starts for place in group]
        while todo:
            current = todo.pop()
            if current not in reached:
                reached.add(current)
                todo += attached.get(current, ())
                todo += [self._net.target[flow] for flow in self._net.nodes[current].outgoing]
        return (node for node in self._net.nodes.values() if node.id in reached)

    def _behind(self, first: Node, dead: Mapping[str, Node]) -> Iterator[Node]:
        seen = {first.id}
        todo = [first]
        while todo:
            for flow in todo.pop(0).outgoing:
                following = self._net.target[flow]
                if following in dead and following not in seen:
                    seen.add(following)
                    todo.append(dead[following])
                    yield dead[following]

    def _endless(self) -> Iterator[Endless]:
        """The first state that comes again, and can come to no end and to no deadlock."""
        before: dict[State, list[State]] = {}
        for state, following in self._found.next_of.items():
            for one in following:
                before.setdefault(one, []).append(state)
        ends = {(), *self._found.stuck}
        todo = list(ends)
        while todo:
            for state in before.get(todo.pop(), ()):
                if state not in ends:
                    ends.add(state)
                    todo.append(state)
        number = {state: n for n, state in enumerate(self._found.came_by)}
        for state in number:
            again = any(number[one] >= number[state] for one in before.get(state, ()))
            if again and state not in ends:
                place = state[0]
                node = self._net.nodes[self._net.target[self._net.places[place]]]
                yield Endless(node, self._path(state, place))
                return

    def _path(self, state: State, place: int) -> tuple[Node, ...]:
        """The nodes that a token came along to a place, from the start on."""
        path = [self._net.target[self._net.places[place]]]
        for move in self._moves_to(state):
            if place in move.gave:
                path += [move.way.by] if move.way.by and self._by_event(move, place) else []
                path.append(move.node)
                place = move.took[0]
        return tuple(self._net.nodes[node] for node in reversed(path))

    def _by_event(self, move: Move, place: int) -> bool:
        event = self._net.nodes[move.way.by or ""]
        return event.kind in EVENTS and self._net.places[place] in event.outgoing

    def _moves_to(self, state: State) -> Iterator[Move]:
        """The moves that led to a state, the last one first."""
        step = self._found.came_by.get(state)
        while step is not None:
            before, move = step
            yield move
            step = self._found.came_by.get(before)
