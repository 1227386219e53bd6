"""The use cases of the calendars: define them, give them to units, count in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from sqlalchemy.exc import IntegrityError

from opsflow.calendars import store
from opsflow.calendars.definition import Definition
from opsflow.calendars.events import CalendarAssigned, CalendarDefined, DefaultCalendarChosen
from opsflow.calendars.models import Calendar, UnitCalendar
from opsflow.calendars.working import BusinessCalendar
from opsflow.db import Database, Unit, require_key
from opsflow.engine import Interval, TimerInvalid, parse_interval
from opsflow.errors import AlreadyExists, Invalid, NotFound, StaleRevision
from opsflow.events import SYSTEM, Actor
from opsflow.people import OrganisationUnit

Duration: TypeAlias = Interval | timedelta | str
"""Working time: an interval, exact time, or ISO 8601 text such as PT8H or P2D."""

UNIT, DEFAULT, ALWAYS = "unit", "default", "always"
RESERVED = (UNIT, DEFAULT, ALWAYS)
"""What a diagram writes for the calendar of the unit, the default one, and none at all."""
_SHOWN_DAYS = 366


@dataclass(frozen=True, slots=True)
class Preview:
    """What a duration in a calendar comes to, and why: the holidays that lie between."""

    calendar: str
    start: datetime
    duration: str
    due_at: datetime
    is_open: bool
    """Whether there is work at the start."""
    next_open: datetime
    holidays: tuple[tuple[date, str], ...]


class Calendars:
    """The business calendars of this opsflow. ``by`` is the person who makes a change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def define(
        self,
        key: str,
        definition: Mapping[str, object] | Definition,
        *,
        by: str = SYSTEM.person,
        revision: int | None = None,
    ) -> Calendar:
        """Make a calendar, or let it say something else; the same again changes nothing.

        What is due already stays as it was counted. Raises Invalid, also for one that is never
        open, and StaleRevision where it has another one than ``revision``.
        """
        if require_key("The key of a calendar", key) in RESERVED or key != key.strip():
            raise Invalid(f"{key!r} is no key of a calendar: take another word.")
        said = definition if isinstance(definition, Definition) else Definition.of(definition)
        with self._database.unit() as unit:
            BusinessCalendar(said).next_open(unit.now)
            calendar = store.lock_calendar(unit.session, key)
            _expect(key, calendar, revision)
            if calendar is None:
                calendar = _added(unit, key, said, by)
            elif not calendar.change(said, by, unit.now):
                return calendar
            unit.announce(
                CalendarDefined(
                    actor=Actor(by),
                    calendar=key,
                    revision=calendar.revision,
                    definition=said.as_dict(),
                )
            )
            return calendar

    def get(self, key: str) -> Calendar:
        """A calendar. Raises NotFound."""
        with self._database.reading() as unit:
            return _get(unit, key)

    def all(self) -> list[Calendar]:
        """Every calendar, by key."""
        with self._database.reading() as unit:
            return store.all_calendars(unit.session)

    def keys(self) -> frozenset[str]:
        """What a diagram may name: the keys, and the reserved words."""
        with self._database.reading() as unit:
            return store.keys(unit.session) | frozenset(RESERVED)

    def assign(self, unit_id: str, key: str | None, *, by: str = SYSTEM.person) -> None:
        """Let a unit go by a calendar; None: by that of the unit above it. Raises NotFound."""
        with self._database.unit() as unit:
            self.require_unit(unit_id)
            known = store.assignment_of(unit.session, unit_id)
            if key is not None:
                _get(unit, key)
            if (known.calendar_key if known else None) == key:
                return
            if key is None:
                unit.session.delete(known)
            elif known is not None:
                known.calendar_key = key
            else:
                unit.session.add(UnitCalendar(unit_id=unit_id, calendar_key=key))
            unit.announce(CalendarAssigned(actor=Actor(by), unit=unit_id, calendar=key))

    def require_unit(self, unit_id: str) -> None:
        """Raise NotFound where there is no such unit."""
        with self._database.reading() as unit:
            if unit.session.get(OrganisationUnit, unit_id) is None:
                raise NotFound("unit", unit_id)

    def make_default(self, key: str | None, *, by: str = SYSTEM.person) -> None:
        """Let everybody without another calendar go by this one; None: around the clock."""
        with self._database.unit() as unit:
            chosen = None if key is None else _get(unit, key)
            before = store.lock_defaults(unit.session)
            if [each.key for each in before] == ([] if key is None else [key]):
                return
            for each in before:
                each.is_default = False
            unit.session.flush()
            if chosen is not None:
                chosen.is_default = True
            unit.announce(DefaultCalendarChosen(actor=Actor(by), calendar=key))

    def assignments(self) -> dict[str, str]:
        """The calendar of every unit that has one of its own."""
        with self._database.reading() as unit:
            return store.assignments(unit.session)

    def of_unit(self, unit_id: str | None) -> str | None:
        """The calendar of a unit: its own, that of a unit above, or the default; None: none."""
        with self._database.reading() as unit:
            key = None if unit_id is None else store.calendar_key_of_unit(unit.session, unit_id)
            return key or store.default_key(unit.session)

    def of_roles(self, roles: Sequence[str]) -> str | None:
        """The calendar of the unit of the first role that belongs to one, else the default."""
        with self._database.reading() as unit:
            found = (store.unit_of_role(unit.session, role) for role in roles)
            return self.of_unit(next((each for each in found if each is not None), None))

    def business(self, key: str) -> BusinessCalendar:
        """The arithmetic of a calendar. Raises NotFound."""
        return self.get(key).business

    def add(self, key: str, moment: datetime, duration: Duration) -> datetime:
        """The moment so much working time later, in UTC. Raises NotFound, Invalid."""
        return self.business(key).add(_aware(moment), _interval(duration))

    def between(self, key: str, start: datetime, end: datetime) -> timedelta:
        """The working time between two moments. Raises NotFound, Invalid."""
        return self.business(key).between(_aware(start), _aware(end))

    def next_open(self, key: str, moment: datetime) -> datetime:
        """The moment itself while there is work, else the next opening. Raises NotFound."""
        return self.business(key).next_open(_aware(moment))

    def preview(self, key: str, moment: datetime, duration: Duration) -> Preview:
        """What a duration from a moment on comes to. Raises NotFound, Invalid."""
        interval, start = _interval(duration), _aware(moment)
        business = self.business(key)
        due = business.add(start, interval)
        first, last = sorted(at.astimezone(business.zone).date() for at in (start, due))
        days = (first + timedelta(days=n) for n in range(min((last - first).days + 1, _SHOWN_DAYS)))
        return Preview(
            calendar=key,
            start=start.astimezone(UTC),
            duration=duration if isinstance(duration, str) else interval.text,
            due_at=due,
            is_open=business.is_open(start),
            next_open=business.next_open(start),
            holidays=tuple((day, name) for day in days if (name := business.holiday(day))),
        )

    def resolve(self, reference: str | None, roles: Sequence[str]) -> str | None:
        """The key that a diagram's word for a calendar means; None: around the clock."""
        if reference is None or reference == ALWAYS:
            return None
        if reference == UNIT:
            return self.of_roles(roles)
        if reference == DEFAULT:
            return self.of_unit(None)
        return reference

    def due(
        self, reference: str | None, roles: Sequence[str], moment: datetime, duration: Interval
    ) -> datetime:
        """When a duration of a diagram ends, in UTC. Raises TimerInvalid, as engines expect.

        ``roles`` are those whose unit's calendar ``unit`` means.
        """
        try:
            key = self.resolve(reference, roles)
            if key is None:
                return duration.after(moment).astimezone(UTC)
            return self.business(key).add(moment, duration)
        except (NotFound, Invalid) as error:
            raise TimerInvalid(str(error)) from error


def _added(unit: Unit, key: str, definition: Definition, by: str) -> Calendar:
    calendar = Calendar(
        key=key,
        document=definition.document,
        is_default=False,
        revision=1,
        changed_at=unit.now,
        changed_by=by,
    )
    unit.session.add(calendar)
    try:
        unit.session.flush()
    except IntegrityError as error:
        # Another transaction has added it since we looked.
        raise AlreadyExists("calendar", key) from error
    return calendar


def _expect(key: str, calendar: Calendar | None, revision: int | None) -> None:
    if revision is None:
        return
    if calendar is None:
        raise NotFound("calendar", key)
    if calendar.revision != revision:
        raise StaleRevision("calendar", key, revision, calendar.revision)


def _get(unit: Unit, key: str) -> Calendar:
    calendar = store.calendar_of(unit.session, key)
    if calendar is None:
        raise NotFound("calendar", key)
    return calendar


def _interval(duration: Duration) -> Interval:
    if isinstance(duration, Interval):
        return duration
    if isinstance(duration, timedelta):
        return Interval(exact=duration)
    try:
        return parse_interval(duration.strip()[:100])
    except TimerInvalid as error:
        raise Invalid(f"{error}: write for example PT8H or P2D.") from error


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise Invalid(f"The moment {moment.isoformat()} has no time zone: give it one.")
    return moment
