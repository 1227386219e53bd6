"""The rounds: each contender plays in turn, again and again, on databases of one kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from benchmarks.purchase.bars import p50, p95
from benchmarks.purchase.ours import Ours, require_sound
from benchmarks.purchase.places import Place
from benchmarks.purchase.workers import Worker
from benchmarks.purchase.workload import Played, play, repeat

LIMITS = ("SQL", "ORM")
WIDTHS = (11, 8, 11, 8, 14, 8)
"""Of the columns of a printed line."""


def contest(
    place: Place, filled: str, full: str, *, rounds: int, seconds: float
) -> dict[str, list[Played]]:
    """What every contender did in every round.

    ``filled`` is a database of opsflow with open instances, which plays under the name ``full``.
    """
    kinds = [*LIMITS, "naive", "in memory", *(["viewflow"] if find_spec("viewflow") else [])]
    empty = place.fresh()
    Ours.set_up(empty).close()
    workers = {kind: Worker(kind, place.fresh()) for kind in kinds}
    workers |= {"opsflow": Worker("opsflow", empty), full: Worker("opsflow", filled)}
    try:
        for kind, worker in workers.items():
            _turn(kind, worker, seconds / 2)
        played: dict[str, list[Played]] = {kind: [] for kind in workers}
        for _ in range(rounds):
            for kind, worker in workers.items():
                played[kind].append(_turn(kind, worker, seconds))
        workers["opsflow"].ask(require_sound)
    finally:
        for worker in workers.values():
            worker.close()
    return played


def _turn(kind: str, worker: Worker, seconds: float) -> Played:
    return worker.ask(_does(kind), seconds)


def _does(kind: str) -> Callable[[Any, float], Played]:
    return repeat if kind in LIMITS else play


@dataclass(frozen=True, slots=True)
class Clients:
    """How much is done per second by one client, and by two at a time."""

    one: float
    two: float

    @property
    def times(self) -> float:
        """How much more two do than one."""
        return self.two / self.one


class Pair:
    """Two clients of one kind."""

    def __init__(self, kind: str, urls: tuple[str, str], seconds: float) -> None:
        self._kind = kind
        self._seconds = seconds
        self._clients = [Worker(kind, url) for url in urls]
        for client in self._clients:
            _turn(kind, client, seconds / 2)

    def turn(self, alone: int) -> Clients:
        """One of them alone, then both."""
        one = _turn(self._kind, self._clients[alone], self._seconds)
        for client in self._clients:
            client.begin(_does(self._kind), self._seconds)
        return Clients(one.rate, sum(client.end().rate for client in self._clients))

    def close(self) -> None:
        """Let them go."""
        for client in self._clients:
            client.close()


def two_clients(place: Place, url: str, *, rounds: int, seconds: float) -> dict[str, list[Clients]]:
    """opsflow on a database; in turns with it the ORM limit, to see what the machine can give."""
    pairs = {
        "opsflow": Pair("opsflow", (url, url), seconds),
        "ORM": Pair("ORM", (place.fresh(), place.fresh()), seconds),
    }
    turns: dict[str, list[Clients]] = {kind: [] for kind in pairs}
    for number in range(rounds):
        for kind, pair in pairs.items():
            turns[kind].append(pair.turn(number % 2))
    for pair in pairs.values():
        pair.close()
    return turns


def rates_table(rounds: dict[str, list[Played]]) -> str:
    """A line per contender: all its rounds together. CPU is that of the client, per one done."""
    heads = ("per second", "CPU ms", "start p50", "p95", "complete p50", "p95")
    lines = [_line("", heads)]
    for kind, played in rounds.items():
        done = sum(each.done for each in played)
        starts = [each for one in played for each in one.starts]
        completions = [each for one in played for each in one.completions]
        cells = (
            f"{done / sum(each.seconds for each in played):.1f}",
            _ms(sum(each.cpu for each in played) / done),
            *((_ms(p50(starts)), _ms(p95(starts))) if starts else ("", "")),
            _ms(p50(completions)),
            _ms(p95(completions)),
        )
        lines.append(_line(f"{kind}, transactions" if kind in LIMITS else kind, cells))
    return "\n".join(lines)


def _line(name: str, cells: Sequence[str]) -> str:
    filled = (f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))
    return f"{name:24}" + "".join(filled)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f}"
