"""Working time: pure arithmetic over the openings of a calendar. Moments are UTC in and out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from opsflow.calendars.closures import year_of
from opsflow.calendars.definition import Definition, Span
from opsflow.calendars.zones import moment_at, moment_of, zone_of
from opsflow.engine import Interval, TimerInvalid
from opsflow.errors import Invalid

Opening: TypeAlias = tuple[datetime, datetime]
"""From one moment until another one, both in UTC."""

HORIZON_DAYS = 20 * 366
"""How far away from a moment working time is counted."""
PATIENCE_DAYS = 3 * 366
"""After so many days without an opening a calendar counts as one that is never open."""
YEARS = (1970, 2200)
"""The years that working time is counted in."""
_CACHED_DAYS = 20_000
_ONE_DAY = timedelta(days=1)
_NOTHING = timedelta()


class BusinessCalendar:
    """When work is done. Every verb is exact where clocks change.

    Raises Invalid where a calendar is never open, or where the answer lies more than twenty
    years away.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.zone = zone_of(definition.zone)
        self._holidays = dict(definition.holidays)
        self._working_days = dict(definition.working_days)
        self._usual = next((spans for spans in definition.hours if spans), ())
        self._cache: dict[date, tuple[Opening, ...]] = {}

    def holiday(self, day: date) -> str | None:
        """The name of the holiday that keeps this day free; None where it is none."""
        if day in self._working_days:
            return None
        own = self._holidays.get(day)
        if own is not None or self.definition.country is None:
            return own
        known = year_of(self.definition.country, self.definition.subdivision, day.year)
        return None if day in known.worked else known.holidays.get(day)

    def openings(self, day: date) -> tuple[Opening, ...]:
        """When there is work on a day of the calendar's zone, in order and apart."""
        found = self._cache.get(day)
        if found is None:
            if len(self._cache) >= _CACHED_DAYS:
                self._cache.clear()
            found = self._cache[day] = self._opened(day)
        return found

    def is_open(self, moment: datetime) -> bool:
        """Whether there is work at a moment; at the end of an opening there is none."""
        moment = _in_range(moment)
        return any(start <= moment < end for start, end in self.openings(self._day(moment)))

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself while there is work, else when the next opening begins."""
        moment = _in_range(moment)
        for start, end in self._from(moment):
            if moment < end:
                return max(start, moment)
        raise self._never(moment)

    def add(self, moment: datetime, duration: Interval) -> datetime:
        """The moment so much working time later; earlier for a negative duration.

        Months are those of the zone's calendar. A day leads to the same time of the next
        working day, or to where that day's work ends before it; from outside of working time
        days count from the next opening. Hours and less are exact working time, and end with
        an opening rather than begin the next one.
        """
        found = _in_range(moment)
        if duration.months:
            found = self._add_months(found, duration.months)
        if duration.days:
            found = self._add_days(found, duration.days)
        if duration.exact > _NOTHING:
            return self._forward(found, duration.exact)
        if duration.exact < _NOTHING:
            return self._backward(found, -duration.exact)
        return self._settled(found)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from one moment to another one; negative where that is earlier."""
        start, end = _in_range(start), _in_range(end)
        if end < start:
            return -self.between(end, start)
        if (end - start).days > HORIZON_DAYS:
            raise self._too_far(end)
        days = ((self._day(start) + _ONE_DAY * n) for n in range((end - start).days + 3))
        spans = (opening for day in days for opening in self.openings(day))
        return sum((max(min(b, end) - max(a, start), _NOTHING) for a, b in spans), _NOTHING)

    def _opened(self, day: date) -> tuple[Opening, ...]:
        found = [
            (moment_at(day, span.opens, self.zone), moment_at(day, span.closes, self.zone))
            for span in self._spans(day)
        ]
        return tuple((start, end) for start, end in found if start < end)

    def _spans(self, day: date) -> tuple[Span, ...]:
        usual = self.definition.hours[day.weekday()]
        if day in self._working_days:
            return self._working_days[day] or usual or self._usual
        if self.holiday(day) is not None:
            return ()
        if usual or self.definition.country is None:
            return usual
        known = year_of(self.definition.country, self.definition.subdivision, day.year)
        return self._usual if day in known.worked else ()

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _days(self, day: date, step: timedelta) -> Iterator[date]:
        """Days from this one on, until one of the limits ends it."""
        empty = 0
        for _ in range(HORIZON_DAYS):
            if self.openings(day):
                empty = 0
            else:
                empty += 1
                if empty > PATIENCE_DAYS:
                    raise self._never(datetime.combine(day, datetime.min.time(), UTC))
            yield day
            try:
                day += step
            except OverflowError:
                break
        raise self._too_far(datetime.combine(day, datetime.min.time(), UTC))

    def _from(self, moment: datetime) -> Iterator[Opening]:
        return (
            span for day in self._days(self._day(moment), _ONE_DAY) for span in self.openings(day)
        )

    def _until(self, moment: datetime) -> Iterator[Opening]:
        days = self._days(self._day(moment), -_ONE_DAY)
        return (span for day in days for span in reversed(self.openings(day)))

    def _forward(self, moment: datetime, rest: timedelta) -> datetime:
        for start, end in self._from(moment):
            begin = max(start, moment)
            if begin < end:
                if rest <= end - begin:
                    return begin + rest
                rest -= end - begin
        raise self._never(moment)

    def _backward(self, moment: datetime, rest: timedelta) -> datetime:
        for start, end in self._until(moment):
            last = min(end, moment)
            if start < last:
                if rest <= last - start:
                    return last - rest
                rest -= last - start
        raise self._never(moment)

    def _settled(self, moment: datetime) -> datetime:
        """The moment itself in an opening or at its end, else the next opening."""
        return moment if self._working_day(moment) else self.next_open(moment)

    def _working_day(self, moment: datetime) -> date | None:
        """The day whose work a moment lies in or ends: midnight may end the day before."""
        today = self._day(moment)
        for day in (today, today - _ONE_DAY):
            if any(start <= moment <= end for start, end in self.openings(day)):
                return day
        return None

    def _add_months(self, moment: datetime, count: int) -> datetime:
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        try:
            later = Interval(months=count).after(local.replace(tzinfo=UTC))
        except TimerInvalid:
            later = None
        if later is None or not YEARS[0] - 1 <= later.year <= YEARS[1] + 1:
            raise Invalid(
                f"Working time is counted in the years {YEARS[0]} to {YEARS[1]}: "
                "take a shorter duration."
            )
        return moment_of(later.replace(tzinfo=None), self.zone)

    def _add_days(self, moment: datetime, count: int) -> datetime:
        base = self._settled(moment) if count > 0 else self._settled_before(moment)
        first = self._working_day(base) or self._day(base)
        shown = base.astimezone(self.zone).replace(tzinfo=None, fold=0) - _midnight(first)
        left = abs(count)
        for day in self._days(first, _ONE_DAY if count > 0 else -_ONE_DAY):
            if day != first and self.openings(day):
                left -= 1
                if left == 0:
                    return self._within(day, moment_of(_midnight(day) + shown, self.zone))
        raise self._never(moment)

    def _settled_before(self, moment: datetime) -> datetime:
        for start, end in self._until(moment):
            if start <= moment:
                return min(end, moment)
        raise self._never(moment)

    def _within(self, day: date, moment: datetime) -> datetime:
        """The moment, or the end of the work before it; the day's first opening at least."""
        openings = self.openings(day)
        before = [min(end, moment) for start, end in openings if start <= moment]
        return max(before, default=openings[0][0])

    def _never(self, moment: datetime) -> Invalid:
        return Invalid(
            f"The calendar {self.definition.name or self.definition.zone} has no working time "
            f"around {moment:%Y-%m-%d}: give it hours, or fewer holidays."
        )

    def _too_far(self, moment: datetime) -> Invalid:
        return Invalid(
            f"Working time is counted up to twenty years ahead, and {moment:%Y-%m-%d} lies "
            "beyond: take a shorter duration."
        )


def _in_range(moment: datetime) -> datetime:
    """The moment in UTC. Raises Invalid for one that no calendar is about."""
    if not YEARS[0] <= moment.year <= YEARS[1]:
        raise Invalid(
            f"Working time is counted in the years {YEARS[0]} to {YEARS[1]}, not in {moment.year}."
        )
    return moment.astimezone(UTC)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


@lru_cache(maxsize=128)
def business_calendar(document: str) -> BusinessCalendar:
    """The calendar that a stored definition says, made once."""
    return BusinessCalendar(Definition.read(document))
