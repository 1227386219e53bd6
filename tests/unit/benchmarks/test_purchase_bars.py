from __future__ import annotations

import pytest

from benchmarks.purchase.bars import (
    Bar,
    p95,
    processor_shares,
    rate,
    ratios,
    speed_bars,
    table,
    tail,
)
from benchmarks.purchase.workload import STEPS, Played, Task, play, play_count


def played(done: int, *completions: float, seconds: float = 1.0) -> Played:
    return Played(done, seconds, starts=[0.001], completions=list(completions))


class Paper:
    """A desk on paper: it notes what is done."""

    def __init__(self) -> None:
        self.amounts: list[int] = []
        self.done: list[str] = []
        self._open: list[Task] = []

    def start(self, amount: int) -> str:
        self.amounts.append(amount)
        nodes = "ABCD" if amount > 1000 else "ACD"
        self._open = [Task(str(number), node) for number, node in enumerate(nodes)]
        return str(len(self.amounts))

    def open_tasks(self, instance: str) -> list[Task]:
        assert instance == str(len(self.amounts))
        return self._open[:1]

    def complete(self, instance: str, task: Task) -> None:
        assert self._open.pop(0) == task
        self.done.append(task.node)


def test_every_second_instance_has_one_task_more() -> None:
    paper = Paper()
    result = play_count(paper, 4)
    assert paper.amounts == [500, 1500, 500, 1500]
    assert "".join(paper.done) == "ACDABCD" * 2
    assert (len(result.starts) + len(result.completions)) / result.done == STEPS


def test_a_round_ends_with_as_many_large_instances_as_small_ones() -> None:
    paper = Paper()
    result = play(paper, 0)
    assert result.done == 2
    assert result.seconds > 0


def test_rounds_are_compared_in_pairs() -> None:
    ours, theirs = [played(50), played(10)], [played(900), played(90)]
    assert ratios(rate, ours, theirs, STEPS) == [0.25, 0.5]


def test_processor_time_is_compared_like_the_speed() -> None:
    rounds = {"opsflow": [played(10)], "ORM": [played(90)], "naive": [played(40)]}
    for (each,), cpu in zip(rounds.values(), (2.0, 2.0, 1.0), strict=True):
        each.cpu = cpu
    told = processor_shares(rounds)
    assert told == "by the clients' CPU, ORM limit/4.5: 0.50 x, naive: 0.12 x"


def test_the_tail_is_told_by_the_slowest_twentieth() -> None:
    times = [1.0] * 95 + [3.0] * 5
    assert tail(played(1, *times)) == pytest.approx(p95(times))
    assert 1 < p95(times) < 3
    assert p95([0.7]) == 0.7


@pytest.mark.parametrize(
    ("values", "at_least", "met"),
    [([0.9], True, True), ([0.8], True, False), ([0.9], False, True), ([1.0], False, False)],
)
def test_a_bar_is_met_on_its_own_side(values: list[float], at_least: bool, met: bool) -> None:
    assert Bar("SQLite", "x", values, 0.9, at_least=at_least).is_met is met


def test_the_median_round_decides() -> None:
    assert Bar("SQLite", "x", [0.1, 1.0, 9.0], 1.0, at_least=True).is_met


def test_the_speed_is_held_against_each_limit() -> None:
    rounds = {
        "opsflow": [played(100, 0.001, 0.001)],
        "100 open": [played(95, 0.001)],
        "ORM": [played(900, 0.001)],
        "naive": [played(200, 0.001)],
    }
    found = {bar.what: bar for bar in speed_bars("SQLite", rounds, "100 open")}
    assert {what: bar.is_met for what, bar in found.items()} == {
        "instances/s : ORM limit/4.5": False,
        "instances/s : naive": False,
        "instances/s with 100 open : empty": True,
        "complete p50 : ORM limit's": True,
        "complete p95 : its own p50": True,
    }
    rounds["viewflow"] = [played(40, 0.001)]
    assert speed_bars("SQLite", rounds, "100 open")[2].measured == 2.5


def test_the_table_shows_the_rounds_and_the_verdict() -> None:
    lines = table(
        [
            Bar("SQLite", "log", [20_001], 20_000, "B"),
            Bar("SQLite", "rate", [0.5, 0.6, 0.7], 0.55, "x", True),
        ]
    ).splitlines()
    assert lines[1].split() == ["SQLite", "log", "20,001", "B", "<=", "20,000", "B", "MISSED"]
    assert lines[2].split()[2:] == ["0.60", "x", "0.50..0.70", ">=", "0.55", "x", "met"]
