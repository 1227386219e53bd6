"""Run every contender in turns, and print what was measured beside the bars.

Each round has one short turn of every contender; a ratio is taken within a round, so that
whatever else the machine does disturbs both sides of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from statistics import median

from benchmarks.jobs import embedded, several
from benchmarks.jobs.filling import prepare
from benchmarks.purchase.bars import Bar, table
from benchmarks.purchase.places import Place, postgres_place, sqlite_place
from opsflow.jobs import Pace

PARTS = ("drain", "timers", "delays", "workers", "procrastinate")
SHARE, FULL_SHARE = 0.4, 0.8
START_MS, LATE_SECONDS = 15.0, 1.0
TWO_WORKERS = 1.5
DISTRIBUTED, DISTRIBUTED_SHARE = 120.0, 0.6

Contenders = dict[str, Callable[[], float]]


def contenders(place: Place, given: argparse.Namespace) -> Contenders:
    """What takes turns on this kind of database, each with the sizes that were asked for."""
    found: Contenders = {}
    count, pace, url = given.jobs, Pace(), prepare(place.fresh())
    executor = partial(embedded.drained, url, count, pace)
    if "drain" in given.parts:
        found["bare loop"] = partial(embedded.bare, url, count)
        found["run_until_idle"] = partial(embedded.drained, url, count, None)
    if {"drain", "timers"} & set(given.parts):
        found["executor"] = executor
    if "timers" in given.parts:
        full = prepare(place.fresh(), given.timers)
        found["executor, timers waiting"] = partial(embedded.drained, full, count, pace)
    if "delays" in given.parts:
        found["commit to start, ms"] = partial(embedded.commit_to_start, url, 20)
        found["timer lateness p95, s"] = partial(embedded.lateness, url, 100)
    if "workers" in given.parts:
        apart = prepare(place.fresh())
        found["one worker"] = partial(several.together, apart, count, 1)
        found["two workers"] = partial(several.together, apart, count, 2)
    if "procrastinate" in given.parts and place.name == "PostgreSQL":
        from benchmarks.jobs import many_machines

        told = prepare(place.fresh())
        found["bare Procrastinate"] = partial(many_machines.bare, told, count)
        found["Procrastinate"] = partial(many_machines.distributed, told, count)
    return found


def bars(database: str, rounds: Mapping[str, Sequence[float]]) -> list[Bar]:
    """Every bar of which both sides were measured."""
    ratios = (
        ("run_until_idle", "bare loop", SHARE),
        ("executor", "bare loop", SHARE),
        ("executor, timers waiting", "executor", FULL_SHARE),
        ("two workers", "one worker", TWO_WORKERS),
        ("Procrastinate", "bare Procrastinate", DISTRIBUTED_SHARE),
    )
    found = []
    for ours, theirs, bar in ratios:
        if ours in rounds and theirs in rounds:
            pairs = zip(rounds[ours], rounds[theirs], strict=True)
            values = [one / other for one, other in pairs]
            found.append(Bar(database, f"{ours} : {theirs}", values, bar, "x", at_least=True))
    for what, bar in (
        ("commit to start, ms", START_MS),
        ("timer lateness p95, s", LATE_SECONDS),
    ):
        if what in rounds:
            found.append(Bar(database, what, rounds[what], bar))
    if "Procrastinate" in rounds:
        told = rounds["Procrastinate"]
        found.append(Bar(database, "Procrastinate, jobs/s", told, DISTRIBUTED, at_least=True))
    return found


def measure(place: Place, given: argparse.Namespace) -> list[Bar]:
    """Let the contenders take turns; prints what each of them did."""
    taking_turns = contenders(place, given)
    rounds: dict[str, list[float]] = {name: [] for name in taking_turns}
    for _ in range(given.rounds):
        for name, turn in taking_turns.items():
            rounds[name].append(turn())
    print(f"{place.name}: {place.settings()}")
    for name, values in rounds.items():
        low, high = min(values), max(values)
        print(f"    {name:28}{median(values):10,.2f}    {low:,.2f}..{high:,.2f}")
    return bars(place.name, rounds)


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.jobs")
    kinds = ("sqlite", "postgresql")
    parser.add_argument("--databases", nargs="+", choices=kinds, default=kinds)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=300, help="jobs of one turn")
    parser.add_argument("--timers", type=int, default=100_000, help="timers that wait")
    given = parser.parse_args()
    found: list[Bar] = []
    with ExitStack() as stack:
        if "sqlite" in given.databases:
            found += measure(stack.enter_context(sqlite_place()), given)
        if "postgresql" in given.databases:
            found += measure(stack.enter_context(postgres_place()), given)
    print(table(found))


if __name__ == "__main__":
    main()
