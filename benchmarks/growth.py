"""Whether a step costs the same late in a long run as early, and whether the state stays small.

For a loop of 1,000 rounds and multi-instances of 1,000 items the cost of a completed step is
compared with that of its own first ten; and the size of the stored
state with the live work it holds. Run: ``python -m benchmarks.growth``.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from benchmarks.engine import NOW, Counts, drawn, node
from opsflow.engine import Execution, Expression, Program
from opsflow.engine.model import MultiInstance, Node, NodeKind

FIRST, ALL = 10, 1000
LIMIT = 2.0
"""How many times the cost of the first steps the later ones may cost."""


@dataclass(frozen=True)
class Growth:
    """One comparison; costs in microseconds per completed step, sizes in bytes."""

    name: str
    first: float
    all: float
    state: int
    live: int

    @property
    def ratio(self) -> float:
        """Cost of a step of all over that of one of the first."""
        return self.all / self.first

    @property
    def holds(self) -> bool:
        """Whether cost is flat and the state no larger than its live work."""
        return self.ratio <= LIMIT and self.state <= self.live


def automatic_loop() -> Program:
    """A loop drawn with gateways round a script, which it leaves after ``limit`` rounds."""
    return drawn(
        [
            node("s", NodeKind.START_EVENT),
            node("m", NodeKind.EXCLUSIVE_GATEWAY),
            node("a", NodeKind.SCRIPT_TASK),
            node("x", NodeKind.EXCLUSIVE_GATEWAY),
            node("u", NodeKind.USER_TASK),
        ],
        ("s", "m"),
        ("m", "a"),
        ("a", "x"),
        ("x", "m", "n < limit"),
        ("x", "u", "not(n < limit)"),
    )


def waiting_loop() -> Program:
    """A loop round a user task that never ends."""
    return drawn(
        [
            node("s", NodeKind.START_EVENT),
            node("m", NodeKind.EXCLUSIVE_GATEWAY),
            node("u", NodeKind.USER_TASK),
        ],
        ("s", "m"),
        ("m", "u"),
        ("u", "m"),
    )


def instances(kind: NodeKind, *, sequential: bool) -> Program:
    """A multi-instance activity over ``items``, and work that waits behind it."""
    many = MultiInstance(sequential=sequential, collection=Expression("items"), element="item")
    names: list[Node] = [node("s", NodeKind.START_EVENT), node("u", kind, many)]
    return drawn([*names, node("z", NodeKind.USER_TASK)], ("s", "u"), ("u", "z"))


class Stamps(Counts):
    """The script, which notes when each of its runs began."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        """The variables with ``n`` one higher."""
        self.at.append(perf_counter())
        return super().run(language, source, variables)


def start(program: Program, scripts: Counts | None = None) -> Execution:
    """A new instance that will make 1,000 rounds or instances."""
    given = {"n": 0, "limit": ALL, "items": list(range(ALL))}
    return Execution.start(program, given, now=NOW, scripts=scripts, budget=10_000_000)


def work(execution: Execution) -> list[str]:
    """The user tasks that wait."""
    return [
        step.id
        for step in execution.steps()
        if step.node.id == "u" and (step.parent or step.node.loop is None)
    ]


def run_automatic(program: Program) -> tuple[float, float, Execution]:
    """Seconds per step that the engine takes by itself: of the first ten, and of all."""
    stamps = Stamps()
    gc.collect()
    before = perf_counter()
    execution = start(program, stamps)
    spent = perf_counter() - before
    return (stamps.at[FIRST] - stamps.at[0]) / FIRST, spent / ALL, execution


def run_completing(program: Program) -> tuple[float, float, Execution]:
    """Seconds to complete a user task and take the changes: of the first ten, and of all."""
    execution = start(program)
    spent: list[float] = []
    waiting = work(execution)
    gc.collect()
    while len(spent) < ALL:
        waiting = waiting or work(execution)
        step = waiting.pop(0)
        before = perf_counter()
        execution.complete(step, now=NOW)
        execution.take_changes()
        spent.append(perf_counter() - before)
    return sum(spent[:FIRST]) / FIRST, sum(spent) / ALL, execution


def compare(
    name: str, program: Program, run: Callable[[Program], tuple[float, float, Execution]]
) -> Growth:
    """Measure a process several times."""
    run(program)
    runs = [run(program) for _ in range(9)]
    first = median(first for first, _, _ in runs)
    everything = median(every for _, every, _ in runs)
    execution = runs[-1][2]
    state = len(execution.save())
    return Growth(name, first * 1e6, everything * 1e6, state, live_work(execution))


def live_work(execution: Execution) -> int:
    """The most the state may take: 400 bytes for each live place, and the variables."""
    places = len(execution.steps()) + len(execution.subscriptions()) + 1
    return places * 400 + len(str(execution.variables()))


def measure() -> list[Growth]:
    """Every comparison."""
    user, script = NodeKind.USER_TASK, NodeKind.SCRIPT_TASK
    parallel, sequential = instances(user, sequential=False), instances(user, sequential=True)
    return [
        compare("loop of scripts", automatic_loop(), run_automatic),
        compare("loop of user tasks", waiting_loop(), run_completing),
        compare("parallel instances, scripts", instances(script, sequential=False), run_automatic),
        compare("parallel instances, user tasks", parallel, run_completing),
        compare("sequential instances, scripts", instances(script, sequential=True), run_automatic),
        compare("sequential instances, user tasks", sequential, run_completing),
    ]


def while_running() -> list[tuple[str, int, int]]:
    """Per multi-instance: the size of its state with 1,000 items open, and with ten left."""
    rows = []
    for sequential in (False, True):
        execution = start(instances(NodeKind.USER_TASK, sequential=sequential))
        full = len(execution.save())
        for _ in range(ALL - FIRST):
            execution.complete(work(execution)[0], now=NOW)
        name = "sequential" if sequential else "parallel"
        rows.append((name, full, len(execution.save())))
    return rows


def main() -> int:
    """Print the figures; 1 where cost or state grows."""
    found = measure()
    print(f"{'':34} {'first 10':>10} {'1,000':>10} {'ratio':>6} {'state':>8} {'live work':>9}")
    for row in found:
        print(
            f"{row.name:34} {row.first:7.1f} µs {row.all:7.1f} µs {row.ratio:6.2f}"
            f" {row.state:6} B {row.live:7} B"
        )
    for name, full, left in while_running():
        print(f"{name} instances: state of 1,000 open {full} B, with 10 left {left} B")
    return 0 if all(row.holds for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
