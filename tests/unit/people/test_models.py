from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.errors import Invalid, WrongState
from opsflow.people import Absence, Membership, Person
from opsflow.people.models import require_span, require_text

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
LAST = 8

days = st.integers(0, LAST)
ends = st.one_of(st.none(), days)


def moment(day: int) -> datetime:
    return START + day * DAY


def membership(start: int, end: int | None) -> Membership:
    return Membership(
        id="m",
        person_id="ada",
        role_id="buyer",
        valid_from=moment(start),
        valid_until=None if end is None else moment(max(start, end)),
    )


def in_effect(item: Membership) -> set[int]:
    """The days, counted a little beyond the last one, on which it holds."""
    return {
        day
        for day in range(LAST + 3)
        if item.valid_from <= moment(day)
        and (item.valid_until is None or moment(day) < item.valid_until)
    }


@given(days, ends, days, ends)
def test_two_spans_overlap_when_they_share_a_day(
    start: int, end: int | None, other: int, other_end: int | None
) -> None:
    held = membership(start, end)
    if other_end is not None and other_end <= other:
        return
    wanted = in_effect(membership(other, other_end))
    end_of_wanted = None if other_end is None else moment(other_end)
    assert held.overlaps(moment(other), end_of_wanted) == bool(in_effect(held) & wanted)
    assert held.covers(moment(other), end_of_wanted) == (wanted <= in_effect(held))


@given(days, ends, days)
def test_ending_takes_away_the_days_from_then_on_and_no_other(
    start: int, end: int | None, at: int
) -> None:
    held = membership(start, end)
    before = in_effect(held)
    changed = held.end(moment(at))
    assert in_effect(held) == {day for day in before if day < at}
    assert changed == (before != in_effect(held))
    assert held.valid_until is None or held.valid_until >= held.valid_from


def test_an_absence_that_has_not_begun_can_be_called_off() -> None:
    absence = Absence(id="a", person_id="ada", starts_at=moment(3), ends_at=moment(5))
    absence.end(moment(1))
    assert absence.ends_at == absence.starts_at


def test_an_absence_that_is_over_cannot_be_ended() -> None:
    absence = Absence(id="a", person_id="ada", starts_at=moment(3), ends_at=moment(5))
    with pytest.raises(WrongState):
        absence.end(moment(5))


def test_a_person_is_deactivated_and_reactivated_once_each() -> None:
    person = Person(id="ada", name="Ada", email=None, active=True)
    with pytest.raises(WrongState):
        person.reactivate()
    person.deactivate()
    with pytest.raises(WrongState):
        person.deactivate()
    person.reactivate()
    assert person.info.active


@pytest.mark.parametrize("text", ["", " ", " ada", "ada\n"])
def test_a_name_says_something_and_has_no_blanks_around_it(text: str) -> None:
    with pytest.raises(Invalid):
        require_text("A name", text)


@pytest.mark.parametrize("zoneless", [(0, 1), (1, 0)])
def test_a_span_without_a_zone_is_refused(zoneless: tuple[int, int]) -> None:
    start, end = (
        moment(day).replace(tzinfo=None) if bare else moment(day)
        for day, bare in zip((0, 1), zoneless, strict=True)
    )
    with pytest.raises(Invalid):
        require_span("An absence", start, end)
