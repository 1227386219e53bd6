"""Days outside the years 1 to 9999, which `datetime` does not have (DMN 1.5 §10.3.2.3.4).

The calendar repeats every 400 years to the weekday, so what a far day has that does not depend on
the year itself is read from its twin, the day of the same place in the years 2000 to 2399. Years
are counted as astronomers do: the year before 1 is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import TypeAlias

from opsflow.feel.errors import FeelTypeError

MAX_YEAR = 999_999_999
CYCLE_YEARS = 400
CYCLE_DAYS = 146_097


@dataclass(frozen=True, slots=True, order=True)
class FarDate:
    """A day of a year that `date` does not have."""

    year: int
    month: int
    day: int

    def twin(self) -> date:
        """The day of the same month, weekday and week in a year that `date` has."""
        return date(2000 + self.year % CYCLE_YEARS, self.month, self.day)

    def toordinal(self) -> int:
        """The number of the day, as that of a `date`."""
        cycles = (self.year - self.year % CYCLE_YEARS - 2000) // CYCLE_YEARS
        return self.twin().toordinal() + cycles * CYCLE_DAYS


@dataclass(frozen=True, slots=True)
class FarDatetime:
    """A moment of such a day. The clock has the zone."""

    date: FarDate
    clock: time

    @property
    def year(self) -> int:
        """The day's year."""
        return self.date.year

    @property
    def month(self) -> int:
        """The day's month."""
        return self.date.month

    @property
    def day(self) -> int:
        """The day of the month."""
        return self.date.day

    @property
    def tzinfo(self) -> tzinfo | None:
        """The zone."""
        return self.clock.tzinfo

    def twin(self) -> datetime:
        """The same moment of the day's twin."""
        return datetime.combine(self.date.twin(), self.clock)


AnyDate: TypeAlias = date | FarDate
AnyDatetime: TypeAlias = datetime | FarDatetime


def day_of(year: int, month: int, day: int) -> AnyDate:
    """A day of any year but 0. Raises FeelTypeError when there is none."""
    try:
        if 1 <= year <= 9999:
            return date(year, month, day)
        if not year or abs(year) > MAX_YEAR:
            raise FeelTypeError(f"there is no year {year}")
        found = FarDate(year, month, day)
        found.twin()
    except ValueError as error:
        raise FeelTypeError(f"{year}-{month}-{day} is not a date") from error
    return found


def moment_of(day: AnyDate, clock: time) -> AnyDatetime:
    """A time of a day."""
    return FarDatetime(day, clock) if isinstance(day, FarDate) else datetime.combine(day, clock)


def next_day(day: AnyDate) -> AnyDate:
    """The day after. Raises FeelTypeError when there is none."""
    twin = (
        day.twin()
        if isinstance(day, FarDate)
        else date(2000 + day.year % CYCLE_YEARS, day.month, day.day)
    )
    after = date.fromordinal(twin.toordinal() + 1)
    return day_of(day.year + after.year - twin.year, after.month, after.day)
