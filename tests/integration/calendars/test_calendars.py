"""Calendars that are kept: defined, changed, given to units, counted in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opsflow.app import Opsflow
from opsflow.calendars import Definition
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, NotFound, StaleRevision

OFFICE: dict[str, Any] = {"zone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}}
LATE: dict[str, Any] = {"zone": "UTC", "hours": {"mon-fri": ["12:00-20:00"]}}


def entries(flow: Opsflow) -> list[str]:
    return [entry.type for entry in flow.history.of_stream("calendars")]


def test_a_calendar_is_defined_changed_and_written_to_the_history(flow: Opsflow) -> None:
    made = flow.calendars.define("office", OFFICE, by="ann")
    assert (made.revision, made.changed_by) == (1, "ann")
    again = flow.calendars.define("office", {**OFFICE, "name": None}, by="bob")
    assert (again.revision, again.changed_by) == (1, "ann")
    changed = flow.calendars.define("office", LATE, by="bob")
    assert (changed.revision, changed.changed_by) == (2, "bob")
    assert flow.calendars.get("office").definition == Definition.of(LATE)
    assert entries(flow) == ["CalendarDefined", "CalendarDefined"]
    assert flow.history.verify().holds


def test_another_revision_is_refused(flow: Opsflow) -> None:
    flow.calendars.define("office", OFFICE)
    with pytest.raises(StaleRevision):
        flow.calendars.define("office", LATE, revision=7)
    with pytest.raises(NotFound):
        flow.calendars.define("other", LATE, revision=1)
    assert flow.calendars.get("office").definition == Definition.of(OFFICE)


@pytest.mark.parametrize("key", ["unit", "default", "always", "", " ", " office", "x" * 300])
def test_a_key_that_is_none_is_refused(flow: Opsflow, key: str) -> None:
    with pytest.raises(Invalid):
        flow.calendars.define(key, OFFICE)
    assert flow.calendars.all() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"zone": "../../etc/passwd"}, "no time zone"),
        ({"zone": None}, "zone"),
        ({"hours": {}}, "no working time"),
        ({"hours": None}, "has hours"),
        ({"hours": {"moonday": ["09:00-17:00"]}}, "no weekday"),
        ({"hours": {"fri-mon": ["09:00-17:00"]}}, "backwards"),
        ({"hours": {"mon-fri": ["09:00-17:00"], "mon": ["09:00-10:00"]}}, "twice"),
        ({"hours": {"mon": ["17:00-09:00"]}}, "behind midnight"),
        ({"hours": {"mon": ["09:00-24:30"]}}, "behind midnight"),
        ({"hours": {"mon": ["9-17"]}}, "not a span"),
        ({"hours": {"mon": [7]}}, "not a span"),
        ({"hours": {"mon": ["09:00-12:00", "11:00-17:00"]}}, "overlap"),
        ({"hours": {"mon": ["09:00-09:30"] * 25}}, "24 spans"),
        ({"country": "Narnia"}, "country"),
        ({"country": "country_holidays"}, "country"),
        ({"country": "DE", "subdivision": "ZZ"}, "subdivision"),
        ({"subdivision": "BY"}, "country"),
        ({"country": 7}, "a text"),
        ({"holidays": {"2026-02-30": "?"}}, "not a date"),
        ({"holidays": "2026-02-03"}, "list of dates"),
        ({"holidays": {"2026-02-03": 7}}, "a text"),
        ({"working_days": {"2026-02-03": ["late"]}}, "not a span"),
        ({"holidays": [f"{2000 + n // 28}-02-{n % 28 + 1:02}" for n in range(2001)]}, "up to"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_definition_that_is_wrong_says_where_and_changes_nothing(
    flow: Opsflow, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        flow.calendars.define("office", {**OFFICE, **change})
    assert flow.calendars.all() == []
    assert entries(flow) == []


def test_a_unit_goes_by_the_calendar_above_it(flow: Opsflow) -> None:
    flow.people.add_unit("company")
    flow.people.add_unit("plant", parent="company")
    flow.people.add_unit("workshop", parent="plant")
    flow.people.add_role("fitter", unit="workshop")
    calendars = flow.calendars
    for key in ("office", "plant", "fallback"):
        calendars.define(key, OFFICE)
    assert calendars.of_unit("workshop") is None
    calendars.make_default("fallback")
    assert (calendars.of_unit("workshop"), calendars.of_unit(None)) == ("fallback", "fallback")
    calendars.assign("company", "office")
    assert calendars.of_roles(["nobody", "fitter"]) == "office"
    calendars.assign("plant", "plant")
    assert calendars.of_unit("workshop") == "plant"
    assert calendars.assignments() == {"company": "office", "plant": "plant"}
    calendars.assign("plant", None)
    assert calendars.of_unit("workshop") == "office"
    calendars.make_default("office")
    calendars.assign("company", None)
    assert calendars.of_unit("workshop") == "office"
    calendars.make_default(None)
    assert calendars.of_unit("workshop") is None
    said = entries(flow)
    calendars.make_default(None)
    calendars.assign("company", None)
    assert entries(flow) == said


def test_what_is_not_there_is_not_assigned(flow: Opsflow) -> None:
    flow.calendars.define("office", OFFICE)
    flow.people.add_unit("company")
    with pytest.raises(NotFound):
        flow.calendars.assign("nowhere", "office")
    with pytest.raises(NotFound):
        flow.calendars.assign("company", "none")
    with pytest.raises(NotFound):
        flow.calendars.make_default("none")
    assert flow.calendars.assignments() == {}


def test_the_words_of_diagrams_mean_calendars(flow: Opsflow) -> None:
    flow.people.add_unit("company")
    flow.people.add_role("clerk", unit="company")
    for key in ("office", "late"):
        flow.calendars.define(key, OFFICE)
    flow.calendars.make_default("late")
    flow.calendars.assign("company", "office")
    calendars = flow.calendars
    assert calendars.resolve("unit", ("clerk",)) == "office"
    assert calendars.resolve("unit", ("nobody",)) == "late"
    assert calendars.resolve("default", ("clerk",)) == "late"
    assert calendars.resolve("always", ("clerk",)) is None
    assert calendars.resolve(None, ("clerk",)) is None
    assert calendars.resolve("office", ()) == "office"


def test_time_is_counted_in_a_calendar(flow: Opsflow, clock: ManualClock) -> None:
    flow.calendars.define("office", OFFICE)
    calendars = flow.calendars
    friday = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
    assert calendars.add("office", friday, "PT2H") == datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
    assert calendars.add("office", friday, timedelta(hours=1)) == friday + timedelta(hours=1)
    assert calendars.between("office", friday, friday + timedelta(days=3)) == timedelta(hours=8)
    saturday = friday + timedelta(days=1)
    assert calendars.next_open("office", saturday) == datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
    with pytest.raises(Invalid, match="no time zone"):
        calendars.add("office", friday.replace(tzinfo=None), "PT2H")
    with pytest.raises(Invalid, match="PT8H or P2D"):
        calendars.add("office", friday, "two hours")
    with pytest.raises(NotFound):
        calendars.add("none", friday, "PT2H")


def test_a_preview_says_what_lies_between(flow: Opsflow) -> None:
    flow.calendars.define("cn", {**OFFICE, "zone": "Asia/Shanghai", "country": "CN"})
    start = datetime.fromisoformat("2026-04-30T16:00+08:00")
    found = flow.calendars.preview("cn", start, "PT8H")
    assert found.due_at == datetime.fromisoformat("2026-05-06T16:00+08:00")
    assert found.is_open
    assert [day.day for day, _ in found.holidays] == [1, 2, 4, 5]
    assert found.holidays[0][1] == "Labor Day"


def test_two_who_define_at_once_leave_one_calendar(url: str, clock: ManualClock) -> None:
    with Opsflow(url, clock=clock) as one, Opsflow(url, clock=clock) as other:

        def define(flow: Opsflow, said: dict[str, Any]) -> object:
            return flow.calendars.define("office", said)

        with ThreadPoolExecutor(2) as pool:
            pairs = ((one, OFFICE), (other, LATE))
            for made in [pool.submit(define, *pair) for pair in pairs]:
                made.exception()
        (calendar,) = one.calendars.all()
        assert calendar.definition in (Definition.of(OFFICE), Definition.of(LATE))
        assert len(entries(one)) == calendar.revision
        with ThreadPoolExecutor(2) as pool:
            for flow in (one, other):
                pool.submit(flow.calendars.make_default, "office")
        assert one.calendars.get("office").is_default
        assert one.history.verify().holds


def test_a_definition_survives_being_written_down() -> None:
    said = Definition.of(
        {
            **OFFICE,
            "country": "CN",
            "holidays": ["2026-12-31"],
            "working_days": {"2026-01-04": ["09:00-12:00"], "2026-01-05": []},
        }
    )
    assert Definition.read(said.document) == said
