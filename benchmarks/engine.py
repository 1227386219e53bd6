"""What the engine costs: microseconds per step, and the size of the stored state.

Run: ``python -m benchmarks.engine``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

from opsflow.engine import Execution, Expression, Program, compile_process
from opsflow.engine.model import MultiInstance, Node, NodeKind, Process, SequenceFlow

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Counts:
    """Stands in for scripts: each run adds one to ``n``."""

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        """The variables with ``n`` one higher."""
        assert (language, source) == ("python", "n = n + 1")
        n = variables["n"]
        assert isinstance(n, int)
        return {"n": n + 1}


def drawn(nodes: list[Node], *flows: tuple[str, str] | tuple[str, str, str]) -> Program:
    """A compiled process of nodes and flows; a third part of a flow is its condition."""
    known = {node.id: node for node in nodes}
    drawn_flows = {}
    for index, (source, target, *when) in enumerate(flows):
        name = f"f{index}"
        condition = Expression(when[0]) if when else None
        drawn_flows[name] = SequenceFlow(name, source, target, condition)
        out, into = known[source], known[target]
        known[source] = replace(out, outgoing=(*out.outgoing, name))
        into = known[target]
        known[target] = replace(into, incoming=(*into.incoming, name))
    process = Process(id="p", name=None, line=0, executable=True, nodes=known, flows=drawn_flows)
    return compile_process(process)


def node(name: str, kind: NodeKind, loop: MultiInstance | None = None) -> Node:
    """A node at the top of the process."""
    script = "n = n + 1" if kind is NodeKind.SCRIPT_TASK else None
    language = "python" if script else None
    return Node(
        id=name,
        kind=kind,
        name=None,
        scope="p",
        line=0,
        loop=loop,
        script=script,
        script_language=language,
    )


def chain(kind: NodeKind, length: int) -> Program:
    """Nodes of one kind in a row."""
    names = [f"t{index}" for index in range(length)]
    nodes = [node("s", NodeKind.START_EVENT), *(node(name, kind) for name in names)]
    return drawn(nodes, *zip(["s", *names], names, strict=False))


def loop(times: int) -> Program:
    """A loop drawn with gateways."""
    nodes = [
        node("s", NodeKind.START_EVENT),
        node("m", NodeKind.EXCLUSIVE_GATEWAY),
        node("a", NodeKind.SCRIPT_TASK),
        node("x", NodeKind.EXCLUSIVE_GATEWAY),
        node("e", NodeKind.END_EVENT),
    ]
    again = f"n < {times}"
    return drawn(
        nodes, ("s", "m"), ("m", "a"), ("a", "x"), ("x", "m", again), ("x", "e", f"not({again})")
    )


def instances(times: int) -> Program:
    """A parallel multi-instance user task."""
    many = MultiInstance(sequential=False, cardinality=Expression(str(times)))
    nodes = [node("s", NodeKind.START_EVENT), node("u", NodeKind.USER_TASK, many)]
    return drawn(nodes, ("s", "u"))


def timed(name: str, steps: int, action: Callable[[], object]) -> None:
    """Print the best of five, per step."""
    best = min(_seconds(action) for _ in range(5))
    print(f"{name:42} {best * 1e3:9.2f} ms {best / steps * 1e6:9.1f} µs per step")


def _seconds(action: Callable[[], object]) -> float:
    before = perf_counter()
    action()
    return perf_counter() - before


def start(program: Program) -> Execution:
    """A new instance with twenty variables."""
    variables: dict[str, object] = {f"v{index}": "text" for index in range(20)}
    return Execution.start(
        program, {**variables, "n": 0}, now=NOW, scripts=Counts(), budget=1_000_000
    )


def complete_all(program: Program) -> None:
    """Complete every user task of an instance."""
    execution = start(program)
    for step in [step.id for step in execution.steps() if step.node.id == "u" and step.parent]:
        execution.complete(step, now=NOW)


def one_move(program: Program, state: str, *, stored: bool) -> None:
    """Complete one task of an instance, restored before and saved after."""
    execution = Execution.restore(program, state)
    execution.complete(execution.steps()[0].id, {"n": 1}, now=NOW)
    execution.take_changes()
    if stored:
        execution.save()


def main() -> None:
    """Measure."""
    passing, scripts = chain(NodeKind.TASK, 200), chain(NodeKind.SCRIPT_TASK, 200)
    rounds, many = loop(10_000), instances(1000)
    timed("200 tasks passed through", 200, lambda: start(passing))
    timed("200 scripts", 200, lambda: start(scripts))
    timed("a loop of 10,000 rounds", 30_000, lambda: start(rounds))
    timed("1,000 parallel instances", 1000, lambda: complete_all(many))
    work = chain(NodeKind.USER_TASK, 50)
    state = start(work).save()
    timed("restore, complete, save", 1, lambda: one_move(work, state, stored=True))
    print(f"{'stored state':42} {len(state):9} bytes")


if __name__ == "__main__":
    main()
