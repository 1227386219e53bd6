"""Cron expressions as timer cycles, and cycles on the clock of a time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.engine.cron import CronInvalid, parse_cron
from opsflow.engine.model import TimerKind
from opsflow.engine.timers import schedule

from .conftest import NOW, Build, Run, timer

Start = Callable[..., Run]
FROM = datetime(2026, 1, 31, 12, 0, 30, tzinfo=UTC)  # a Saturday


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("* * * * *", at(2026, 1, 31, 12, 1)),
        ("*/15 * * * *", at(2026, 1, 31, 12, 15)),
        ("0 9 * * 1-5", at(2026, 2, 2, 9)),
        ("0 9 * * MON,WED", at(2026, 2, 2, 9)),
        ("30 8-10/2 1 * *", at(2026, 2, 1, 8, 30)),
        ("0 0 29 2 *", at(2028, 2, 29)),
        ("0 0 13 * 5", at(2026, 2, 6)),
        ("0 0 1 JAN *", at(2027, 1, 1)),
        ("0 0 * * 7", at(2026, 2, 1)),
        ("0 0 L * *", at(2026, 2, 28)),
        ("0 0 * * 5L", at(2026, 2, 27)),
        ("0 0 * * 2#1", at(2026, 2, 3)),
        ("0/20 * * * * *", at(2026, 1, 31, 12, 0, 40)),
        ("0 0 12 13 * 5", at(2026, 2, 13, 12)),
        ("0 0 12 ? * 2", at(2026, 2, 2, 12)),
        ("0 0 12 ? * SUN", at(2026, 2, 1, 12)),
        ("0 0 12 1 1 ? 2030", at(2030, 1, 1, 12)),
        ("0 0 12 ? * L", at(2026, 2, 7, 12)),
        ("@daily", at(2026, 2, 1)),
        ("CRON_TZ=Europe/Berlin 0 9 * * *", at(2026, 2, 1, 8)),
    ],
)
def test_a_cron_expression_is_due(text: str, due: datetime) -> None:
    assert schedule(TimerKind.CYCLE, text, FROM).due_at == due


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "1,,2 * * * *",
        "9" * 5000 + " * * * *",
        "0 0 0 ? * 0",
        "CRON_TZ=Nowhere/Here * * * * *",
    ],
)
def test_what_is_not_a_cron_expression_is_refused(text: str) -> None:
    with pytest.raises(CronInvalid):
        parse_cron(text)


def test_a_day_that_never_comes_is_refused_in_time() -> None:
    with pytest.raises(CronInvalid):
        parse_cron("0 0 30 2 *").next_after(FROM)


def test_a_skipped_time_is_due_when_it_would_have_been_and_a_repeated_one_once() -> None:
    spring = parse_cron("CRON_TZ=Europe/Berlin 30 2 * * *")
    assert spring.next_after(at(2026, 3, 28, 12)) == at(2026, 3, 29, 1, 30)
    assert spring.next_after(at(2026, 10, 24, 12)) == at(2026, 10, 25, 0, 30)
    assert spring.next_after(at(2026, 10, 25, 0, 30)) == at(2026, 10, 26, 1, 30)


def test_an_hourly_expression_does_not_pause_when_the_clock_goes_back() -> None:
    every = parse_cron("CRON_TZ=Europe/Berlin 0 * * * *")
    moment, found = at(2026, 10, 24, 23), []
    for _ in range(4):
        moment = every.next_after(moment)
        found.append(moment.hour)
    assert found == [0, 1, 2, 3]


@given(st.integers(0, 59), st.integers(0, 23), st.integers(0, 10**8))
def test_the_next_time_is_later_and_fits_and_none_lies_between(
    minute: int, hour: int, ahead: int
) -> None:
    moment = at(2026, 1, 1) + timedelta(seconds=ahead)
    found = parse_cron(f"{minute} {hour} * * *").next_after(moment)
    assert timedelta() < found - moment <= timedelta(days=1)
    assert (found.hour, found.minute, found.second) == (hour, minute, 0)


def test_a_cycle_of_days_keeps_its_time_of_day_where_the_clocks_change() -> None:
    every = schedule(TimerKind.CYCLE, "R/2026-03-28T09:00:00@Europe/Berlin/P1D", at(2026, 3, 1))
    assert every.due_at == at(2026, 3, 28, 8)
    following = every.after_firing(every.due_at)
    assert following is not None
    assert following.due_at == at(2026, 3, 29, 7)


def test_a_cycle_of_hours_is_exact_where_the_clocks_change() -> None:
    text = "R/2026-10-24T09:00:00@Europe/Berlin/PT24H"
    following = schedule(TimerKind.CYCLE, text, at(2026, 10, 1)).after_firing(at(2026, 10, 24, 8))
    assert following is not None
    assert following.due_at == at(2026, 10, 25, 7)


def test_a_boundary_event_fires_at_each_time_of_its_cron_expression(run: Start) -> None:
    b = (
        Build()
        .start()
        .user("work", "ring")
        .boundary("b", "work", timer("cycle", "0 */2 * * *"), interrupting=False)
    )
    r = run(b.flow("start", "work").flow("b", "ring"))
    assert r.execution.next_due() == NOW.replace(hour=10)
    r.advance(hours=1).advance(hours=2)
    assert r.waiting == ["ring", "ring", "work"]
    assert r.execution.next_due() == NOW.replace(hour=14)
