"""Every state that the tokens of a scope can be in, as far as it must be looked at.

A token that lies before a node which takes tokens one by one can be moved without regard to
the others, for nothing else can take it. So in each state the token furthest behind goes
alone, in all its ways; only where that leads back to a known state, all move. (Stubborn sets:
Valmari, Stubborn sets for reduced state space generation, 1990.) What looks at the absence of
tokens, inclusive joins and ends that clear the scope, comes last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from opsflow.engine.model import NodeKind
from opsflow.engine.soundness.net import Net, Way

State: TypeAlias = tuple[int, ...]
"""The places that have a token, by their number in ``Net.places``; twice for two tokens."""


@dataclass(frozen=True, slots=True)
class Move:
    """A node that took tokens and went on in one of its ways."""

    node: str
    took: tuple[int, ...]
    gave: tuple[int, ...]
    way: Way


@dataclass
class Budget:
    """How much may still be done; shared by all scopes of a model."""

    left: int

    def spend(self, amount: int) -> bool:
        """Whether there was enough left."""
        self.left -= amount
        return self.left >= 0


@dataclass
class Found:
    """The states that were found, and how each was come to first."""

    came_by: dict[State, tuple[State, Move] | None] = field(default_factory=dict)
    next_of: dict[State, list[State]] = field(default_factory=dict)
    stuck: list[State] = field(default_factory=list)
    doubled: list[tuple[State, int]] = field(default_factory=list)
    """States in which a place has a second token for the first time, with the place."""
    moved: set[str] = field(default_factory=set)
    """The nodes that went on in some state, boundary events that were taken included."""
    completes: bool = False
    leaves: bool = False
    whole: bool = True
    """False when states were left out: nothing can be said about what never happens."""


class Search:
    """One walk through the states of a net, breadth first."""

    def __init__(self, net: Net, budget: Budget) -> None:
        self._net = net
        self._budget = budget
        self._number = {place: number for number, place in enumerate(net.places)}
        self._node = [net.target[place] for place in net.places]
        self._incoming = {
            node.id: tuple(self._number[flow] for flow in node.incoming if flow in self._number)
            for node in net.nodes.values()
        }
        self._turn = [
            max(self._incoming[node]) if net.joins(node) else place
            for place, node in enumerate(self._node)
        ]
        """When a token's node has its turn: a join after everything that leads to it."""
        self._upstream = {
            self._number[flow]: frozenset(self._number[place] for place in places)
            for flow, places in net.upstream.items()
        }
        self.found = Found()

    def run(self) -> Found:
        """Find the states."""
        todo = deque(tuple(sorted(map(self._number.__getitem__, s))) for s in self._net.starts)
        for state in todo:
            self.found.came_by.setdefault(state, None)
        while todo:
            state = todo.popleft()
            if state not in self.found.next_of:
                todo += self._look(state)
                if self._budget.left < 0:
                    self.found.whole = False
                    break
        return self.found

    def _look(self, state: State) -> list[State]:
        """Move on from a state. Returns the states that are new."""
        early, late = self._enabled(state)
        self.found.next_of[state] = []
        if not early and not late:
            if state:
                self.found.stuck.append(state)
            return []
        first = early[0] if early else [move for group in late for move in group]
        fresh = self._follow(state, first)
        if not fresh and early and any(_goes_back(move) for move in first):
            rest = [move for group in (*early[1:], *late) for move in group]
            fresh = self._follow(state, rest)
        return fresh

    def _follow(self, state: State, moves: list[Move]) -> list[State]:
        fresh: list[State] = []
        for move in moves:
            if not self._budget.spend(1 + len(state)):
                break
            self.found.moved.add(move.node)
            self.found.moved.update([move.way.by] if move.way.by else [])
            reached = self._after(state, move)
            if reached is None:
                self.found.whole = False
                continue
            self.found.completes |= not reached and not move.way.leaves
            self.found.leaves |= move.way.leaves
            self.found.next_of[state].append(reached)
            if reached not in self.found.came_by:
                self.found.came_by[reached] = (state, move)
                fresh.append(reached)
                self._note_doubled(state, reached)
        return fresh

    def _after(self, state: State, move: Move) -> State | None:
        """The state after a move; None where a place would get a third token."""
        if move.way.clears:
            return ()
        tokens = list(state)
        for place in move.took:
            tokens.remove(place)
        tokens += move.gave
        if any(tokens.count(place) > 2 for place in move.gave):
            return None
        return tuple(sorted(tokens))

    def _note_doubled(self, before: State, after: State) -> None:
        if len(set(before)) == len(before):
            for place in sorted({place for place in after if after.count(place) > 1}):
                self.found.doubled.append((after, place))

    def _enabled(self, state: State) -> tuple[list[list[Move]], list[list[Move]]]:
        """The moves of each node that can go on; those that look at other tokens apart."""
        early: list[list[Move]] = []
        late: list[list[Move]] = []
        present = set(state)
        for place in sorted({self._turn[place] for place in present}):
            node = self._node[place]
            if self._net.joins(node):
                self._joined(node, present, early, late)
            else:
                self._one_by_one(node, place, early, late)
        return early, late

    def _one_by_one(
        self, node: str, place: int, early: list[list[Move]], late: list[list[Move]]
    ) -> None:
        moves = list(self._moves(node, (place,)))
        plain = [move for move in moves if not move.way.clears]
        clearing = [move for move in moves if move.way.clears]
        early += [plain] if plain else []
        late += [clearing] if clearing else []

    def _joined(
        self, node: str, present: set[int], early: list[list[Move]], late: list[list[Move]]
    ) -> None:
        incoming = self._incoming[node]
        full = tuple(place for place in incoming if place in present)
        if self._net.nodes[node].kind is NodeKind.PARALLEL_GATEWAY:
            if len(full) == len(incoming):
                early.append(list(self._moves(node, full)))
        elif not self._awaits(incoming, present):
            late.append(list(self._moves(node, full)))

    def _awaits(self, incoming: tuple[int, ...], present: set[int]) -> bool:
        """Whether an inclusive join waits for a token that can still come."""
        empty: set[int] = set()
        covered: set[int] = set()
        for place in incoming:
            (covered if place in present else empty).update(self._upstream[place])
        return bool((empty - covered) & present)

    def _moves(self, node: str, took: tuple[int, ...]) -> Iterator[Move]:
        for way in self._net.ways[node]:
            gave = tuple(self._number[flow] for flow in way.flows)
            yield Move(node, took, gave, way)


def _goes_back(move: Move) -> bool:
    """Whether it closes a loop: without such a move no state comes again on one path."""
    return any(place <= min(move.took) for place in move.gave)
