"""Processes made of blocks, and every state of a small one by brute force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from hypothesis import strategies as st

from opsflow.engine.expressions import Expression
from opsflow.engine.model import Node, NodeKind, Process, SequenceFlow

START, END, TASK = NodeKind.START_EVENT, NodeKind.END_EVENT, NodeKind.TASK
XOR, AND, OR = (
    NodeKind.EXCLUSIVE_GATEWAY,
    NodeKind.PARALLEL_GATEWAY,
    NodeKind.INCLUSIVE_GATEWAY,
)
Block: TypeAlias = tuple[str, tuple["Block", ...]]
_CONDITION = Expression("x")


def blocks(
    *, loops: bool = True, inclusive: bool = True, leaves: int = 6
) -> st.SearchStrategy[Block]:
    """Block-structured processes: tasks, sequences, splits with their joins, loops."""
    kinds = ["sequence", "xor", "and", *(["or"] if inclusive else []), *(["loop"] if loops else [])]
    task: st.SearchStrategy[Block] = st.just(("task", ()))
    return st.recursive(
        task,
        lambda inner: st.tuples(
            st.sampled_from(kinds), st.lists(inner, min_size=2, max_size=3).map(tuple)
        ),
        max_leaves=leaves,
    )


@dataclass
class Drawing:
    """A process being drawn, one node and flow after the other."""

    nodes: dict[str, NodeKind] = field(default_factory=dict)
    flows: list[tuple[str, str]] = field(default_factory=list)

    def node(self, kind: NodeKind) -> str:
        id = f"n{len(self.nodes)}"
        self.nodes[id] = kind
        return id

    def block(self, block: Block, before: str) -> str:
        """Draw a block behind a node. Returns its last node."""
        kind, inner = block
        if kind == "task":
            return self._next(before, TASK)
        if kind == "sequence":
            for one in inner:
                before = self.block(one, before)
            return before
        if kind == "loop":
            return self._loop(inner, before)
        gateway = {"xor": XOR, "and": AND, "or": OR}[kind]
        split, join = self._next(before, gateway), self.node(gateway)
        for one in inner:
            self.flows.append((self.block(one, split), join))
        return join

    def _loop(self, inner: tuple[Block, ...], before: str) -> str:
        first, last = self._next(before, XOR), self.node(XOR)
        self.flows.append((self.block(inner[0], first), last))
        self.flows.append((self.block(inner[1], last), first))
        return last

    def _next(self, before: str, kind: NodeKind) -> str:
        node = self.node(kind)
        self.flows.append((before, node))
        return node

    def process(self) -> Process:
        flows = {
            f"f{n}": SequenceFlow(f"f{n}", source, target, _CONDITION)
            for n, (source, target) in enumerate(self.flows)
        }
        nodes = {
            id: Node(
                id=id,
                kind=kind,
                name=None,
                scope="p",
                line=0,
                incoming=tuple(f.id for f in flows.values() if f.target == id),
                outgoing=tuple(f.id for f in flows.values() if f.source == id),
            )
            for id, kind in self.nodes.items()
        }
        for node in nodes.values():
            if node.kind not in (XOR, OR):
                for flow in node.outgoing:
                    flows[flow] = replace(flows[flow], condition=None)
        return Process("p", None, 0, True, nodes, flows)


def drawn(block: Block) -> Drawing:
    """A block between a start and an end event."""
    drawing = Drawing()
    last = drawing.block(block, drawing.node(START))
    drawing.flows.append((last, drawing.node(END)))
    return drawing


@dataclass
class Truth:
    """What brute force says of a process of tasks, exclusive and parallel gateways."""

    stuck: set[str] = field(default_factory=set)
    """Joins at which tokens lie in a state where nothing can move."""
    doubled: bool = False
    moved: set[str] = field(default_factory=set)
    endless: bool = False
    whole: bool = True


Marking: TypeAlias = frozenset[tuple[str, int]]


def brute_force(process: Process, most: int = 3_000) -> Truth:
    """Every interleaving of every token, no state left out."""
    truth = Truth()
    start = next(node for node in process.nodes.values() if node.kind is START)
    first: Marking = frozenset({(flow, 1) for flow in start.outgoing})
    truth.moved.add(start.id)
    after: dict[Marking, set[Marking]] = {}
    todo = [first]
    while todo:
        marking = todo.pop()
        if marking in after:
            continue
        after[marking] = set()
        if len(after) > most or any(count > 2 for _, count in marking):
            truth.whole = False
            return truth
        truth.doubled |= any(
            count > 1 and process.nodes[process.flows[flow].target].kind is not END
            for flow, count in marking
        )
        for node, following in _steps(process, dict(marking)):
            truth.moved.add(node)
            after[marking].add(following)
            todo.append(following)
        if marking and not after[marking]:
            truth.stuck |= {process.flows[flow].target for flow, _ in marking}
    truth.endless = _endless(after)
    return truth


def _steps(process: Process, marking: dict[str, int]) -> Iterator[tuple[str, Marking]]:
    for node in process.nodes.values():
        joins = node.kind is AND
        takes = [node.incoming] if joins else [(flow,) for flow in node.incoming]
        for taken in takes:
            if taken and all(marking.get(flow) for flow in taken):
                chosen = [(f,) for f in node.outgoing] if node.kind is XOR else [node.outgoing]
                for given in chosen:
                    counts = dict(marking)
                    for flow in taken:
                        counts[flow] -= 1
                    for flow in given:
                        counts[flow] = counts.get(flow, 0) + 1
                    yield node.id, frozenset((f, n) for f, n in counts.items() if n)


def _endless(after: dict[Marking, set[Marking]]) -> bool:
    good = {marking for marking, following in after.items() if not following}
    changed = True
    while changed:
        more = {m for m, following in after.items() if m not in good and following & good}
        good |= more
        changed = bool(more)
    return len(good) < len(after)
