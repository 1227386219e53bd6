"""When timers are due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.engine.model import TimerKind
from opsflow.engine.timers import Interval, TimerInvalid, parse_interval, schedule
from opsflow.feel import YearsMonthsDuration

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
DATE, DURATION, CYCLE = TimerKind.DATE, TimerKind.DURATION, TimerKind.CYCLE


@pytest.mark.parametrize(
    ("kind", "value", "due"),
    [
        (DURATION, "PT5S", NOW + timedelta(seconds=5)),
        (DURATION, "PT0.5S", NOW + timedelta(milliseconds=500)),
        (DURATION, "P1W", NOW + timedelta(days=7)),
        (DURATION, "P1M", datetime(2026, 2, 28, 12, 0, tzinfo=UTC)),
        (DURATION, "P1Y1DT1H", datetime(2027, 2, 1, 13, 0, tzinfo=UTC)),
        (DURATION, "-PT5S", NOW - timedelta(seconds=5)),
        (DURATION, timedelta(hours=1), NOW + timedelta(hours=1)),
        (DURATION, YearsMonthsDuration(1), datetime(2026, 2, 28, 12, 0, tzinfo=UTC)),
        (DATE, "2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, 0, tzinfo=UTC)),
        (DATE, "2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, 0, tzinfo=UTC)),
        (DATE, "2026-03-01T10:00:00", datetime(2026, 3, 1, 10, 0, tzinfo=UTC)),
        (DATE, "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (DATE, date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC)),
        (DATE, NOW, NOW),
        (DATE, "2026-07-01T10:00:00@Europe/Berlin", datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
        (CYCLE, "0 0 12 * * ?", datetime(2026, 2, 1, 12, 0, tzinfo=UTC)),
        (CYCLE, "R3/PT10S", NOW + timedelta(seconds=10)),
        (CYCLE, "R/2026-01-01T00:00:00Z/P1D", datetime(2026, 2, 1, tzinfo=UTC)),
        (CYCLE, "R/2026-05-01T00:00:00Z/P1D", datetime(2026, 5, 1, tzinfo=UTC)),
        (CYCLE, timedelta(minutes=1), NOW + timedelta(minutes=1)),
    ],
)
def test_a_timer_is_due(kind: TimerKind, value: Any, due: datetime) -> None:
    assert schedule(kind, value, NOW).due_at == due


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (DURATION, "5"),
        (DURATION, "P"),
        (DURATION, "PT"),
        (DURATION, "P1DT"),
        (DURATION, None),
        (DURATION, "P999999999999D"),
        (DURATION, "P999999Y"),
        (DATE, "tomorrow"),
        (DATE, 5),
        (DATE, "9999-12-31T23:00:00-05:00"),
        (DATE, "0001-01-01T00:00:00+05:00"),
        (CYCLE, "0 0 12 * *  * * *"),
        (CYCLE, "R" + "9" * 5000 + "/PT1S"),
        (DURATION, "P" + "9" * 5000 + "D"),
        (DURATION, "PT" + "9" * 5000 + "S"),
        (DURATION, "P" + "9" * 5000 + "Y"),
        (CYCLE, "R/P" + "9" * 4000 + "M"),
        (DATE, "2026-03-01T10:00:00@Nowhere/Place"),
        (CYCLE, "R0/PT1S"),
        (CYCLE, "R3/PT0S"),
        (CYCLE, "R3/-PT1S"),
        (CYCLE, "R2/2020-01-01T00:00:00Z/P1D"),
        (CYCLE, "R/a/b/c"),
    ],
)
def test_what_is_not_a_timer_is_refused(kind: TimerKind, value: Any) -> None:
    with pytest.raises(TimerInvalid):
        schedule(kind, value, NOW)


def test_months_are_counted_from_the_origin() -> None:
    """31 January + P1M + P1M is 31 March: the short month in between costs nothing."""
    times = schedule(CYCLE, "R/2026-01-31T00:00:00Z/P1M", datetime(2026, 1, 1, tzinfo=UTC))
    found = []
    for _ in range(3):
        found.append(times.due_at.date().isoformat())
        following = times.after_firing(times.due_at)
        assert following is not None
        times = following
    assert found == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_a_cycle_ends_after_its_last_time_and_missed_times_count() -> None:
    times = schedule(CYCLE, "R3/PT10S", NOW)
    late = times.after_firing(NOW + timedelta(seconds=25))
    assert late is not None
    assert late.due_at == NOW + timedelta(seconds=30)
    assert late.after_firing(late.due_at) is None


def test_a_cycle_ends_at_its_end_date() -> None:
    times = schedule(CYCLE, "R/PT1H/2026-01-31T14:30:00Z", NOW)
    second = times.after_firing(times.due_at)
    assert second is not None
    assert second.after_firing(second.due_at) is None


@given(st.integers(0, 1000), st.integers(0, 10**12))
def test_an_interval_is_its_text(months: int, micro: int) -> None:
    interval = Interval(months, timedelta(microseconds=micro))
    assert parse_interval(interval.text) == interval


def test_a_cycle_that_runs_off_the_calendar_comes_to_its_end() -> None:
    first = schedule(CYCLE, "R/P5000Y", NOW)
    assert first.due_at.year == 7026
    assert first.after_firing(first.due_at) is None
    assert schedule(CYCLE, "R5/PT1H", NOW).after_firing(NOW + timedelta(hours=9)) is None


def office(moment: datetime, duration: Interval) -> datetime:
    """Counts each hour of a duration as a day."""
    return moment + duration.exact * 24 + timedelta(days=duration.days * 10)


def test_a_duration_is_counted_by_the_calendar_that_is_given() -> None:
    assert schedule(DURATION, "PT2H", NOW, office).due_at == NOW + timedelta(days=2)
    assert schedule(DURATION, "P1D", NOW, office).due_at == NOW + timedelta(days=10)
    assert schedule(DURATION, timedelta(days=1, hours=1), NOW, office).due_at == NOW + timedelta(11)
    assert schedule(DATE, "2026-03-01", NOW, office).due_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_counted_cycle_passes_over_what_was_missed_and_keeps_its_rhythm() -> None:
    first = schedule(CYCLE, "R5/PT1H", NOW, office)
    assert first.due_at == NOW + timedelta(days=1)
    second = first.after_firing(NOW + timedelta(days=3, hours=5))
    assert second is not None
    assert (second.due_at, second.left) == (NOW + timedelta(days=4), 2)
    assert second.after_firing(NOW + timedelta(days=9)) is None


def test_a_counted_cycle_ends_at_its_end_date_and_begins_at_its_start() -> None:
    ends = schedule(CYCLE, f"R/PT1H/{(NOW + timedelta(days=2)).isoformat()}", NOW, office)
    assert (ends.due_at, ends.left) == (NOW + timedelta(days=1), 2)
    begun = schedule(CYCLE, f"R/{(NOW - timedelta(days=2, hours=1)).isoformat()}/PT1H", NOW, office)
    assert begun.due_at == NOW + timedelta(hours=23)
    begins = schedule(CYCLE, f"R/{(NOW + timedelta(hours=1)).isoformat()}/PT1H", NOW, office)
    assert begins.due_at == NOW + timedelta(hours=1)
