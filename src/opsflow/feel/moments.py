"""Calculating with moments and durations (DMN 1.5 §10.3.2.3.5 to §10.3.2.3.8, Table 58).

A months duration moves along the calendar and ends on the last day of a shorter month. A days
duration is a length of time, so over a change of the clocks a day later may be another hour.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from opsflow.feel.errors import FeelTypeError
from opsflow.feel.far import AnyDate, AnyDatetime
from opsflow.feel.temporal import Duration, midnight
from opsflow.feel.values import NUMBERS, YearsMonthsDuration

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_REFERENCE = datetime(2000, 1, 1, tzinfo=UTC)


def add_duration(moment: datetime, duration: Duration) -> datetime:
    """A moment moved by a duration, in its own zone. Raises FeelTypeError beyond year 9999."""
    try:
        if isinstance(duration, YearsMonthsDuration):
            return add_months_to_datetime(moment, duration)
        return add_to_datetime(moment, duration)
    except (OverflowError, ValueError) as error:
        raise FeelTypeError("the moment is outside the years 1 to 9999") from error


def add_months(day: date, duration: YearsMonthsDuration) -> date:
    """31 January and one month is the last day of February."""
    years, month = divmod(day.month - 1 + duration.months, 12)
    year = day.year + years
    if not 1 <= year <= 9999:
        raise OverflowError("the date is outside the years 1 to 9999")
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_months_to_datetime(moment: datetime, duration: YearsMonthsDuration) -> datetime:
    """The same time of day, some months on."""
    return datetime.combine(add_months(moment.date(), duration), moment.timetz())


def add_to_datetime(moment: datetime, duration: timedelta) -> datetime:
    """A length of time later, told in the moment's own zone."""
    if moment.tzinfo is None:
        return moment + duration
    return (moment.astimezone(UTC) + duration).astimezone(moment.tzinfo)


def add_to_date(day: date, duration: timedelta) -> date:
    """The day that is reached from midnight."""
    return (midnight(day) + duration).date()


def add_to_time(moment: time, duration: timedelta) -> time:
    """The time of day, around the clock."""
    since = (_since_midnight(moment) + duration) % _DAY
    return (midnight(date(2000, 1, 1)) + since).time().replace(tzinfo=moment.tzinfo)


def _since_midnight(moment: time) -> timedelta:
    return timedelta(
        hours=moment.hour,
        minutes=moment.minute,
        seconds=moment.second,
        microseconds=moment.microsecond,
    )


def offset_of(moment: time | datetime) -> timedelta | None:
    """How far a moment's zone is from UTC; a time of day in a named zone has its winter offset."""
    zone = moment.tzinfo
    if zone is None:
        return None
    if isinstance(moment, datetime):
        return moment.utcoffset()
    return _standard_offset(zone)


def _standard_offset(zone: tzinfo) -> timedelta:
    if not isinstance(zone, ZoneInfo):
        return zone.utcoffset(None) or timedelta(0)
    local = _REFERENCE.astimezone(zone)
    return (local.utcoffset() or timedelta(0)) - (local.dst() or timedelta(0))


def elapsed_of(moment: date | datetime | time) -> tuple[bool, timedelta]:
    """Where a moment stands on its line: whether the line is UTC's or a local one, and how far."""
    if isinstance(moment, datetime):
        since = moment.replace(tzinfo=None) - datetime.min  # noqa: DTZ901 both are naive
    elif isinstance(moment, time):
        since = _since_midnight(moment)
    else:
        return False, midnight(moment) - datetime.min  # noqa: DTZ901 both are naive
    offset = offset_of(moment)
    return offset is not None, since - (offset or timedelta(0))


def same_line(
    first: date | datetime | time, second: date | datetime | time
) -> tuple[timedelta, timedelta] | None:
    """Two moments as distances that can be compared; None for a local one beside one with zone."""
    zoned, start = elapsed_of(first)
    other_zoned, end = elapsed_of(second)
    plain_date = type(first) is date or type(second) is date
    return (start, end) if zoned == other_zoned or plain_date else None


def on_one_line(first: datetime | time, second: datetime | time) -> tuple[timedelta, timedelta]:
    """The same for an order: a local moment is in the zone of the other (DMN 1.5 Table 54)."""
    distances = same_line(first, second)
    if distances is not None:
        return distances
    return elapsed_of(first.replace(tzinfo=None))[1], elapsed_of(second.replace(tzinfo=None))[1]


def difference(first: date | datetime | time, second: date | datetime | time) -> timedelta | None:
    """How much later the first is; None when one of them has no zone and the other has."""
    distances = same_line(first, second)
    return None if distances is None else distances[0] - distances[1]


def months_between(start: AnyDate | AnyDatetime, end: AnyDate | AnyDatetime) -> YearsMonthsDuration:
    """Whole months from one day to another (DMN 1.5 §10.3.4.1, years and months duration)."""
    months = 12 * (end.year - start.year) + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return YearsMonthsDuration(months)


def scale_days(duration: timedelta, factor: Decimal) -> timedelta:
    """A length of time multiplied, to the microsecond nearer to zero."""
    micros = NUMBERS.multiply(Decimal(duration // _MICROSECOND), factor)
    return timedelta(microseconds=int(micros))


def scale_months(duration: YearsMonthsDuration, factor: Decimal) -> YearsMonthsDuration:
    """A number of months multiplied, to the month nearer to zero."""
    months = int(NUMBERS.multiply(Decimal(duration.months), factor))
    if abs(months) > 12 * 10**12:
        raise OverflowError("the duration is too long")
    return YearsMonthsDuration(months)


def days_ratio(duration: timedelta, other: timedelta) -> Decimal:
    """How often one length of time fits into another."""
    return NUMBERS.divide(Decimal(duration // _MICROSECOND), Decimal(other // _MICROSECOND))


def seconds_of(moment: time | datetime) -> Decimal:
    """Seconds within the minute, with their fraction."""
    return (
        Decimal(moment.second * 1_000_000 + moment.microsecond)
        .scaleb(-6, NUMBERS)
        .normalize(NUMBERS)
    )
