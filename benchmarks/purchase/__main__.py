"""``python -m benchmarks.purchase``: measure, and print."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median

from benchmarks.purchase import bars, contest, over_http, profiling, sizes
from benchmarks.purchase.bars import Bar
from benchmarks.purchase.ours import Ours, fill, list_tasks
from benchmarks.purchase.places import Place, postgres_place, sqlite_place
from benchmarks.purchase.workers import Worker

PAGE, LARGE_PAGE = 20, 100
"""Tasks of a list that are read at once; the bars are for the first."""
READS = 20
"""Times that a list is read in a round."""
LISTERS = {"ann": "nearly all of them", "dan": "one in a hundred"}
"""Whose lists are read, and how many of the open tasks are for them."""
DATABASES = ("sqlite", "postgresql")
PARTS = ("speed", "sizes", "lists", "clients", "http")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    seconds: float
    open: int
    listed: int
    counted: int


FULL = Plan(rounds=30, seconds=0.5, open=10_000, listed=100_000, counted=1000)
QUICK = Plan(rounds=4, seconds=0.25, open=200, listed=400, counted=100)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for."""
    asked = _parser().parse_args(arguments)
    plan = _plan(asked)
    places: dict[str, AbstractContextManager[Place]] = {
        "sqlite": sqlite_place(),
        "postgresql": postgres_place(),
    }
    found: list[Bar] = []
    for name in asked.databases:
        with places[name] as place:
            print(f"\n{place.name}: {place.settings()}", flush=True)
            if asked.profile:
                print(profiling.profile(place, plan.counted))
            else:
                found += _measure(place, plan, asked.parts)
    if found:
        print("\n" + bars.table(found))
        print(f"\n{sum(bar.is_met for bar in found)} of {len(found)} bars are met")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.purchase", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less than a minute, small sizes")
    parser.add_argument("--profile", action="store_true", help="only where a completion's time is")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, help="turns of each contender")
    parser.add_argument("--seconds", type=float, help="length of a turn")
    parser.add_argument("--open", type=int, help="open instances of the full database")
    parser.add_argument("--listed", type=int, help="open instances behind the longest task list")
    parser.add_argument("--counted", type=int, help="instances that are counted, or profiled")
    return parser


def _plan(asked: argparse.Namespace) -> Plan:
    base = QUICK if asked.quick or asked.profile else FULL
    given = {name: getattr(asked, name) for name in Plan.__slots__}
    return Plan(
        **{name: getattr(base, name) if value is None else value for name, value in given.items()}
    )


def _measure(place: Place, plan: Plan, parts: Collection[str]) -> Iterator[Bar]:
    filled = _new(place)
    open_bytes = sizes.stored_open(place, filled, plan.open)
    longest = place.copy(filled)
    if "speed" in parts:
        yield from _speed(place, plan, filled)
    if "sizes" in parts:
        yield from _sizes(place, plan, open_bytes)
    if "lists" in parts:
        yield from _lists(place, plan, filled, longest)
    if "clients" in parts and place.name == "PostgreSQL":
        yield from _clients(place, plan)
    if "http" in parts and over_http.is_there():
        yield from _http(place, plan)


def _speed(place: Place, plan: Plan, filled: str) -> list[Bar]:
    full = f"{plan.open:,} open"
    rounds = contest.contest(place, filled, full, rounds=plan.rounds, seconds=plan.seconds)
    print(contest.rates_table(rounds))
    print(bars.processor_shares(rounds), flush=True)
    return bars.speed_bars(place.name, rounds, full)


def _sizes(place: Place, plan: Plan, open_bytes: float) -> list[Bar]:
    size = sizes.measure(place, plan.counted)
    print(
        f"an instance: {size.statements:.1f} statements, {size.start_statements:.1f} of them to "
        f"start, {size.reading_again:.1f} to read the open tasks again; {size.row_writes:.1f} rows "
        f"written, {size.wal:,.0f} bytes of log; {size.completed:,.0f} bytes stored when "
        f"completed, {open_bytes:,.0f} while open",
        flush=True,
    )
    measured = [
        ("statements of an instance", size.statements, bars.INSTANCE_STATEMENTS, ""),
        ("statements of a completion", size.completion_statements, bars.COMPLETION_STATEMENTS, ""),
        ("stored by a completed instance", size.completed, bars.COMPLETED_BYTES, "B"),
        ("stored by an open instance", open_bytes, bars.OPEN_BYTES, "B"),
    ]
    if place.name == "PostgreSQL":
        measured.append(("log of an instance", size.wal, bars.WAL_BYTES, "B"))
    return [Bar(place.name, what, [value], bar, unit) for what, value, bar, unit in measured]


def _lists(place: Place, plan: Plan, filled: str, longest: str) -> Iterator[Bar]:
    """The lists of two persons at both sizes, in turns."""
    some, more = Worker("opsflow", filled), Worker("opsflow", longest)
    more.ask(fill, plan.listed - plan.open)
    workers = {plan.open: some, plan.listed: more}
    for person, share in LISTERS.items():
        for worker in workers.values():
            worker.ask(list_tasks, person, LARGE_PAGE, READS)
        medians: dict[tuple[int, int], list[float]] = {}
        for _ in range(plan.rounds):
            for count, worker in workers.items():
                for page in (PAGE, LARGE_PAGE):
                    taken = worker.ask(list_tasks, person, page, READS)
                    medians.setdefault((count, page), []).append(median(taken) * 1e3)
        said = "; ".join(
            f"{page} of {count:,}: {median(each):.2f} ms" for (count, page), each in medians.items()
        )
        print(f"task list of {person} ({share}): {said}", flush=True)
        long, short = medians[plan.listed, PAGE], medians[plan.open, PAGE]
        yield Bar(place.name, f"list of {person}, {plan.listed:,} open", long, bars.LIST_MS, "ms")
        times = [one / other for one, other in zip(long, short, strict=True)]
        yield Bar(place.name, f"the same : {plan.open:,} open", times, bars.LIST_TIMES, "x")
    more.close()
    some.close()


def _clients(place: Place, plan: Plan) -> Iterator[Bar]:
    turns = contest.two_clients(place, _new(place), rounds=plan.rounds, seconds=plan.seconds)
    ours, orm = turns["opsflow"], turns["ORM"]
    print(
        f"one client: {median(each.one for each in ours):.1f} instances/s, two: "
        f"{median(each.two for each in ours):.1f}; two of the ORM limit, on databases of their "
        f"own: {median(each.times for each in orm):.2f} x",
        flush=True,
    )
    times = [each.times for each in ours]
    yield Bar(place.name, "two clients : one", times, bars.TWO_CLIENTS_TIMES, "x", True)


def _http(place: Place, plan: Plan) -> Iterator[Bar]:
    medians = over_http.compare(_new(place), plan.rounds)
    facade, http = (median(side) * 1e3 for side in zip(*medians, strict=True))
    print(f"a claimed task completed: {facade:.2f} ms; over HTTP: {http:.2f} ms", flush=True)
    added = [(http - facade) * 1e3 for facade, http in medians]
    yield Bar(place.name, "HTTP adds to a completion", added, bars.HTTP_MS, "ms")


def _new(place: Place) -> str:
    url = place.fresh()
    Ours.set_up(url).close()
    return url


if __name__ == "__main__":
    main()
