"""Order of far days and moments, and arithmetic that leads to them or starts from them."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta
from typing import TypeGuard

from opsflow.feel.errors import FeelTypeError
from opsflow.feel.far import (
    CYCLE_DAYS,
    CYCLE_YEARS,
    AnyDate,
    AnyDatetime,
    FarDate,
    FarDatetime,
    day_of,
    moment_of,
)
from opsflow.feel.values import YearsMonthsDuration

_MICROSECOND = timedelta(microseconds=1)
_DAY_MICROS = 86_400_000_000
_BASE = date(2000, 1, 1).toordinal()


def _is_day(value: object) -> TypeGuard[AnyDate]:
    return isinstance(value, FarDate) or type(value) is date


def _is_moment(value: object) -> TypeGuard[AnyDatetime]:
    return isinstance(value, datetime | FarDatetime)


def order_far(left: object, right: object) -> int | None:
    """Which of two days, or of two moments, is later; None where they can not be compared.

    A local moment is in the zone of the other (DMN 1.5 Table 54).
    """
    if _is_moment(left) and _is_moment(right):
        measure = _micros if _are_alike(left, right) else _local_micros
        first, second = measure(left), measure(right)
    elif _is_day(left) and _is_day(right):
        first, second = left.toordinal(), right.toordinal()
    else:
        return None
    return int(first > second) - int(first < second)


def equal_far(left: object, right: object) -> bool:
    """Whether two far days or moments are the same; a local moment is none with a zone."""
    if _is_moment(left) and _is_moment(right) and not _are_alike(left, right):
        return False
    return order_far(left, right) == 0


def _are_alike(left: AnyDatetime, right: AnyDatetime) -> bool:
    return (left.tzinfo is None) is (right.tzinfo is None)


def calculate_far(operator: str, left: object, right: object) -> object:
    """`left + right` or `left - right` where one is far, or the result is. None has no result."""
    if operator == "+" and isinstance(left, timedelta | YearsMonthsDuration):
        left, right = right, left
    if operator not in ("+", "-") or not (_is_day(left) or _is_moment(left)):
        return None
    if isinstance(right, timedelta | YearsMonthsDuration):
        return _shifted(left, right, 1 if operator == "+" else -1)
    if operator == "-" and (_is_day(right) or _is_moment(right)):
        return _difference(left, right)
    return None


def _shifted(
    start: AnyDate | AnyDatetime, duration: timedelta | YearsMonthsDuration, sign: int
) -> AnyDate | AnyDatetime | None:
    try:
        if isinstance(duration, YearsMonthsDuration):
            return _with_day(start, _months_later(_day(start), sign * duration.months))
        return _later(start, sign * (duration // _MICROSECOND))
    except FeelTypeError:
        return None


def _day(value: AnyDate | AnyDatetime) -> AnyDate:
    if isinstance(value, FarDatetime):
        return value.date
    return value.date() if isinstance(value, datetime) else value


def _clock(value: AnyDatetime) -> time:
    return value.clock if isinstance(value, FarDatetime) else value.timetz()


def _with_day(value: AnyDate | AnyDatetime, day: AnyDate) -> AnyDate | AnyDatetime:
    return moment_of(day, _clock(value)) if _is_moment(value) else day


def _months_later(day: AnyDate, months: int) -> AnyDate:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(CYCLE_YEARS + year % CYCLE_YEARS, month + 1)[1]
    return day_of(year, month + 1, min(day.day, last))


def _later(start: AnyDate | AnyDatetime, micros: int) -> AnyDate | AnyDatetime:
    clock = _clock_micros(start)
    days, rest = divmod(clock + micros, _DAY_MICROS)
    day = _from_ordinal(_day(start).toordinal() + days)
    if not _is_moment(start):
        return day
    moment = datetime.combine(date(2000, 1, 1), time.min) + timedelta(microseconds=rest)
    return moment_of(day, moment.time().replace(tzinfo=start.tzinfo))


def _from_ordinal(ordinal: int) -> AnyDate:
    cycles, place = divmod(ordinal - _BASE, CYCLE_DAYS)
    twin = date.fromordinal(_BASE + place)
    return day_of(twin.year + cycles * CYCLE_YEARS, twin.month, twin.day)


def _clock_micros(value: AnyDate | AnyDatetime) -> int:
    if not _is_moment(value):
        return 0
    clock = _clock(value)
    seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
    return seconds * 1_000_000 + clock.microsecond


def _local_micros(value: AnyDate | AnyDatetime) -> int:
    return _day(value).toordinal() * _DAY_MICROS + _clock_micros(value)


def _micros(value: AnyDate | AnyDatetime) -> int:
    """Microseconds on the line of UTC, or on the local one where there is no zone."""
    since = _local_micros(value)
    if not _is_moment(value):
        return since
    twin = value.twin() if isinstance(value, FarDatetime) else value
    return since - (twin.utcoffset() or timedelta(0)) // _MICROSECOND


def _difference(left: AnyDate | AnyDatetime, right: AnyDate | AnyDatetime) -> timedelta | None:
    zones = {value.tzinfo is None for value in (left, right) if _is_moment(value)}
    if len(zones) > 1:
        return None
    try:
        return timedelta(microseconds=_micros(left) - _micros(right))
    except OverflowError:
        return None
