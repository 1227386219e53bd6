from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.calendars import BusinessCalendar, Definition
from opsflow.engine import Interval, parse_interval
from opsflow.errors import Invalid

SHANGHAI = {
    "zone": "Asia/Shanghai",
    "country": "CN",
    "hours": {"mon-fri": ["09:00-12:00", "13:00-18:00"]},
}
BERLIN = {"zone": "Europe/Berlin", "hours": {"mon-sun": ["00:00-24:00"]}}
NIGHT = {"zone": "Europe/Berlin", "hours": {"mon-sun": ["00:00-06:00", "22:00-24:00"]}}
OFFICE = {"zone": "UTC", "hours": {"mon-thu": ["09:00-17:00"], "fri": ["09:00-14:00"]}}
HAVANA = {"zone": "America/Havana", "hours": {"mon-sun": ["00:00-03:00", "12:00-24:00"]}}
SANTIAGO = {"zone": "America/Santiago", "hours": {"mon-fri": ["20:00-24:00"], "sat": "22:30-24:00"}}


def calendar(written: Mapping[str, object]) -> BusinessCalendar:
    return BusinessCalendar(Definition.of(written))


def at(text: str) -> datetime:
    plain, _, zone = text.partition("@")
    return datetime.fromisoformat(plain).replace(tzinfo=ZoneInfo(zone) if zone else UTC)


def add(written: Mapping[str, object], start: str, duration: str) -> datetime:
    return calendar(written).add(at(start), parse_interval(duration))


def test_hours_run_over_the_lunch_break_and_the_night() -> None:
    due = add(SHANGHAI, "2026-03-02T10:00@Asia/Shanghai", "PT8H")
    assert due == at("2026-03-03T10:00@Asia/Shanghai")


def test_hours_end_with_the_day_rather_than_begin_the_next_one() -> None:
    due = add(SHANGHAI, "2026-03-02T09:00@Asia/Shanghai", "PT8H")
    assert due == at("2026-03-02T18:00@Asia/Shanghai")


def test_a_holiday_of_the_country_is_left_out() -> None:
    due = add(SHANGHAI, "2026-04-30T17:00@Asia/Shanghai", "PT2H")
    assert due == at("2026-05-06T10:00@Asia/Shanghai")


def test_a_make_up_day_of_the_country_is_worked_on() -> None:
    saturday = date(2026, 5, 9)
    assert len(calendar(SHANGHAI).openings(saturday)) == 2
    due = add(SHANGHAI, "2026-05-08T17:00@Asia/Shanghai", "PT2H")
    assert due == at("2026-05-09T10:00@Asia/Shanghai")


def test_own_holidays_and_working_days_come_before_those_of_the_country() -> None:
    own = {
        **SHANGHAI,
        "holidays": {"2026-05-06": "Founding day"},
        "working_days": {"2026-05-02": ["10:00-12:00"], "2026-05-03": []},
    }
    found = calendar(own)
    assert found.openings(date(2026, 5, 6)) == ()
    assert found.holiday(date(2026, 5, 6)) == "Founding day"
    assert found.openings(date(2026, 5, 2)) == ((at("2026-05-02T02:00"), at("2026-05-02T04:00")),)
    assert len(found.openings(date(2026, 5, 3))) == 2
    assert found.holiday(date(2026, 5, 2)) is None


def test_days_keep_the_time_of_day_on_working_days() -> None:
    assert add(OFFICE, "2026-03-05T10:30", "P2D") == at("2026-03-09T10:30")


def test_a_day_that_ends_earlier_ends_the_count() -> None:
    assert add(OFFICE, "2026-03-05T16:00", "P1D") == at("2026-03-06T14:00")


def test_days_from_a_weekend_count_from_the_next_opening() -> None:
    assert add(OFFICE, "2026-03-07T11:00", "P1D") == at("2026-03-10T09:00")


def test_days_and_hours_backwards() -> None:
    assert add(OFFICE, "2026-03-10T10:00", "-PT2H") == at("2026-03-09T16:00")
    assert add(OFFICE, "2026-03-09T10:30", "-P1D") == at("2026-03-06T10:30")
    assert add(OFFICE, "2026-03-08T10:30", "-P1D") == at("2026-03-05T14:00")


def test_months_are_those_of_the_calendar_and_end_in_working_time() -> None:
    assert add(OFFICE, "2026-01-31T10:00", "P1M") == at("2026-03-02T09:00")


def test_midnight_ends_the_day_before() -> None:
    office = {"zone": "UTC", "hours": {"mon-fri": ["16:00-24:00"]}}
    friday_night = at("2026-03-07T00:00")
    assert add(office, "2026-03-06T16:00", "PT8H") == friday_night
    assert add(office, "2026-03-07T00:00", "P1D") == at("2026-03-10T00:00")


def test_the_hour_that_spring_leaves_out_is_not_worked() -> None:
    night = calendar(NIGHT)
    day = date(2026, 3, 29)
    assert sum((b - a for a, b in night.openings(day)), timedelta()) == timedelta(hours=7)


def test_the_hour_that_autumn_repeats_is_worked_twice() -> None:
    night = calendar(NIGHT)
    day = date(2026, 10, 25)
    assert sum((b - a for a, b in night.openings(day)), timedelta()) == timedelta(hours=9)


def test_an_opening_in_the_hour_that_is_left_out_begins_when_the_clock_is_put_forward() -> None:
    early = calendar({"zone": "Europe/Berlin", "hours": {"sun": ["02:30-04:00"]}})
    assert early.openings(date(2026, 3, 29)) == ((at("2026-03-29T01:00"), at("2026-03-29T02:00")),)


def test_an_opening_inside_the_hour_that_is_left_out_is_none() -> None:
    early = calendar({"zone": "Europe/Berlin", "hours": {"mon-sun": ["02:15-02:45"]}})
    assert early.openings(date(2026, 3, 29)) == ()
    assert early.next_open(at("2026-03-29T00:00")) == at("2026-03-30T00:15")


def test_a_calendar_that_is_never_open_says_so() -> None:
    never = calendar({"zone": "UTC", "hours": {}})
    with pytest.raises(Invalid, match="no working time"):
        never.next_open(at("2026-03-02T09:00"))
    with pytest.raises(Invalid, match="no working time"):
        never.add(at("2026-03-02T09:00"), Interval(exact=timedelta(hours=1)))
    assert never.between(at("2026-03-02T09:00"), at("2026-04-02T09:00")) == timedelta()


def test_working_time_is_counted_twenty_years_ahead_and_no_further() -> None:
    with pytest.raises(Invalid, match="twenty years"):
        add(OFFICE, "2026-03-02T09:00", "PT90000H")
    with pytest.raises(Invalid, match="twenty years"):
        add(OFFICE, "2026-03-02T09:00", "P9999D")
    with pytest.raises(Invalid, match="twenty years"):
        add(OFFICE, "2026-03-02T09:00", "-P9999D")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "1969-12-31T09:00"])
def test_moments_that_no_calendar_is_about_are_refused(moment: str) -> None:
    with pytest.raises(Invalid, match="1970 to 2200"):
        add(BERLIN, moment, "PT1H")
    with pytest.raises(Invalid, match="1970 to 2200"):
        calendar(BERLIN).next_open(at(moment))
    with pytest.raises(Invalid, match="1970 to 2200"):
        calendar(BERLIN).between(at(moment), at("2026-03-02T09:00"))


@pytest.mark.parametrize("moment", ["1970-01-01T00:00", "2200-12-31T09:00"])
@pytest.mark.parametrize("duration", ["PT100H", "-PT100H", "P30D", "P1Y"])
def test_the_first_and_the_last_year_are_counted_in(moment: str, duration: str) -> None:
    assert add(SHANGHAI, moment, duration) != at(moment)


CALENDARS = [calendar(each) for each in (SHANGHAI, BERLIN, NIGHT, OFFICE, HAVANA, SANTIAGO)]
EVERY = st.sampled_from(CALENDARS)
SOMETIME = st.one_of(
    st.integers(0, 4 * 366 * 24 * 60 * 60).map(
        lambda s: at("2024-01-01T00:00") + timedelta(seconds=s)
    ),
    st.sampled_from(["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05"]).flatmap(
        lambda day: st.integers(-1500, 3000).map(
            lambda minutes: at(day) + timedelta(minutes=minutes)
        )
    ),
)
TIME = st.timedeltas(timedelta(), timedelta(hours=300))
MORE = st.timedeltas(timedelta(seconds=1), timedelta(hours=300))
BOUNDED = settings(max_examples=150, deadline=None)


@BOUNDED
@given(EVERY, SOMETIME, TIME)
def test_adding_then_counting_gives_the_time_back(
    found: BusinessCalendar, start: datetime, time: timedelta
) -> None:
    assert found.between(start, found.add(start, Interval(exact=time))) == time


@BOUNDED
@given(EVERY, SOMETIME, MORE)
def test_taking_away_then_counting_gives_the_time_back(
    found: BusinessCalendar, start: datetime, time: timedelta
) -> None:
    assert found.between(found.add(start, Interval(exact=-time)), start) == time


@BOUNDED
@given(EVERY, SOMETIME, SOMETIME, TIME)
def test_what_begins_later_does_not_end_earlier(
    found: BusinessCalendar, one: datetime, other: datetime, time: timedelta
) -> None:
    first, second = sorted((one, other))
    assert found.add(first, Interval(exact=time)) <= found.add(second, Interval(exact=time))


@BOUNDED
@given(EVERY, SOMETIME, TIME, TIME)
def test_in_two_parts_or_at_once_is_the_same(
    found: BusinessCalendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    at_once = found.add(start, Interval(exact=one + other))
    assert found.add(found.add(start, Interval(exact=one)), Interval(exact=other)) == at_once


@BOUNDED
@given(EVERY, SOMETIME, st.sampled_from(["PT5H", "P3D", "-P2D", "P1DT3H", "P1M", "-PT7H", "PT0S"]))
def test_it_never_ends_outside_of_working_time(
    found: BusinessCalendar, start: datetime, duration: str
) -> None:
    due = found.add(start, parse_interval(duration))
    moments = (due, due - timedelta(microseconds=1))
    assert any(map(found.is_open, moments)), due
    assert due.tzinfo is UTC


@BOUNDED
@given(EVERY, SOMETIME, st.integers(1, 40))
def test_days_count_working_days(found: BusinessCalendar, start: datetime, days: int) -> None:
    one = found.add(start, Interval(days=days))
    assert one > start
    assert found.add(start, Interval(days=days + 1)) > one


@BOUNDED
@given(EVERY, SOMETIME, SOMETIME, SOMETIME)
def test_time_between_adds_up(
    found: BusinessCalendar, one: datetime, other: datetime, third: datetime
) -> None:
    whole = found.between(one, third)
    assert found.between(one, other) + found.between(other, third) == whole
    assert found.between(third, one) == -whole


@BOUNDED
@given(SOMETIME, st.timedeltas(timedelta(hours=-900), timedelta(hours=900)))
def test_around_the_clock_is_plain_arithmetic(start: datetime, time: timedelta) -> None:
    always = calendar(BERLIN)
    assert always.add(start, Interval(exact=time)) == start + time
    assert always.between(start, start + time) == time
    assert always.next_open(start) == start


@BOUNDED
@given(EVERY, SOMETIME)
def test_the_next_opening_is_open_and_nothing_is_lost_before_it(
    found: BusinessCalendar, start: datetime
) -> None:
    opens = found.next_open(start)
    assert opens >= start
    assert found.is_open(opens)
    assert found.between(start, opens) == timedelta()
