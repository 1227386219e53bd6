"""What a dot reaches: entries of contexts and properties of values (DMN 1.5 Table 65)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from opsflow.feel.far import FarDate, FarDatetime
from opsflow.feel.limits import Run
from opsflow.feel.moments import offset_of, seconds_of
from opsflow.feel.values import Range, Value, YearsMonthsDuration, seconds_from


class Missing:
    """The absence of a variable or member, which is not the same as null."""


MISSING: Final = Missing()
_Properties = dict[str, Callable[..., Value]]


def member_of(run: Run, value: Value, member: str) -> Value | Missing:
    """A member of a value; of a list, the list of its elements' members, null where missing."""
    if isinstance(value, dict):
        entry: Value | Missing = value.get(member, MISSING)
        return entry
    if isinstance(value, list):
        run.check_size(len(value))
        found = [member_of(run, item, member) for item in value]
        return [None if item is MISSING else item for item in found]
    read = _PROPERTIES.get(type(value), {}).get(member)
    return MISSING if read is None else read(value)


def _part(amount: timedelta, unit: timedelta, modulus: int | None = None) -> Decimal:
    whole = abs(amount) // unit
    if modulus is not None:
        whole %= modulus
    return Decimal(-whole if amount < timedelta(0) else whole)


def _seconds(amount: timedelta) -> Decimal:
    return seconds_from(int(_part(amount, timedelta(microseconds=1), 60_000_000)))


def _zone_name(moment: time | datetime) -> Value:
    return moment.tzinfo.key if isinstance(moment.tzinfo, ZoneInfo) else None


def _of_twin(read: Callable[..., Value]) -> Callable[[FarDatetime], Value]:
    return lambda moment: read(moment.twin())


_DATE: _Properties = {
    "year": lambda day: Decimal(day.year),
    "month": lambda day: Decimal(day.month),
    "day": lambda day: Decimal(day.day),
    "weekday": lambda day: Decimal(day.isoweekday()),
}
_TIME: _Properties = {
    "hour": lambda moment: Decimal(moment.hour),
    "minute": lambda moment: Decimal(moment.minute),
    "second": seconds_of,
    "time offset": offset_of,
    "timezone": _zone_name,
}
_FAR_DATE: _Properties = _DATE | {"weekday": lambda day: Decimal(day.twin().isoweekday())}
_FAR_TIME: _Properties = {name: _of_twin(read) for name, read in _TIME.items()}
_PROPERTIES: dict[type, _Properties] = {
    date: _DATE,
    time: _TIME,
    datetime: _DATE | _TIME,
    FarDate: _FAR_DATE,
    FarDatetime: _FAR_DATE | _FAR_TIME,
    timedelta: {
        "days": lambda amount: _part(amount, timedelta(days=1)),
        "hours": lambda amount: _part(amount, timedelta(hours=1), 24),
        "minutes": lambda amount: _part(amount, timedelta(minutes=1), 60),
        "seconds": _seconds,
    },
    YearsMonthsDuration: {
        "years": lambda amount: Decimal(amount.years_part),
        "months": lambda amount: Decimal(amount.months_part),
    },
    Range: {
        "start": lambda interval: interval.low,
        "end": lambda interval: interval.high,
        "start included": lambda interval: interval.low_included,
        "end included": lambda interval: interval.high_included,
    },
}
