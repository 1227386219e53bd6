"""Conversion and general functions (DMN 1.5 §10.3.4.1, §10.3.4.2, §10.3.4.11)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, DecimalException

from opsflow.feel import temporal
from opsflow.feel.builtins.numbers import whole
from opsflow.feel.builtins.registry import Library
from opsflow.feel.errors import FeelSyntaxError, FeelTypeError
from opsflow.feel.far import AnyDate, AnyDatetime, FarDate, FarDatetime, day_of, moment_of
from opsflow.feel.formatting import format_within
from opsflow.feel.limits import Run
from opsflow.feel.moments import months_between
from opsflow.feel.operators import equal, order
from opsflow.feel.parser import parse
from opsflow.feel.syntax import AtLiteral, Call, Literal, Name, Negative, Node, RangeOf
from opsflow.feel.values import NUMBERS, Range, Value, YearsMonthsDuration, kind

LIBRARY: Library = Library()
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# Half a range, which only a text may have (DMN 1.5 §10.3.1.2, rule 66).
_NO_START = re.compile(r"\s*([(\]])\s*\.\.")
_NO_END = re.compile(r"\.\.\s*([)\[])\s*\Z")
_TEMPORAL_CALLS = frozenset({"date", "time", "date and time", "duration"})


@LIBRARY.pure("date", "from: any")
def to_date(value: Value) -> Value:
    """A date from its text, or the date of a date and time."""
    if isinstance(value, str):
        return temporal.read_date(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, FarDatetime):
        return value.date
    if isinstance(value, date | FarDate):
        return value
    raise FeelTypeError(f"{kind(value)} has no date")


@LIBRARY.pure("date", "year: number, month: number, day: number")
def date_of(year: Decimal, month: Decimal, day: Decimal) -> Value:
    """A date from its numbers."""
    parts = (whole(year, "year"), whole(month, "month"), whole(day, "day"))
    return day_of(*parts)


@LIBRARY.pure("time", "from: any")
def to_time(value: Value) -> Value:
    """A time from its text, or the time of a date and time; a date begins at midnight in UTC."""
    if isinstance(value, str):
        return temporal.parse_time(value.removeprefix("T"))
    if isinstance(value, datetime):
        return value.timetz()
    if isinstance(value, FarDatetime):
        return value.clock
    if isinstance(value, time):
        return value
    if isinstance(value, date | FarDate):
        return time(tzinfo=UTC)
    raise FeelTypeError(f"{kind(value)} has no time")


@LIBRARY.pure(
    "time", "hour: number, minute: number, second: number, offset?: days and time duration?"
)
def time_of(
    hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None = None
) -> Value:
    """A time from its numbers, and perhaps its distance from UTC."""
    zone = None if offset is None else temporal.fixed_zone(offset)
    return _clock(hour, minute, second, zone)


def _clock(hour: Decimal, minute: Decimal, second: Decimal, zone: tzinfo | None) -> time:
    seconds = whole(second, "second")
    micros = int(NUMBERS.multiply(NUMBERS.subtract(second, Decimal(seconds)), Decimal(1_000_000)))
    return temporal.make_time(whole(hour, "hour"), whole(minute, "minute"), seconds, micros, zone)


@LIBRARY.pure("date and time", "from: any")
def to_datetime(value: Value) -> Value:
    """A date and time from its text; a date begins at midnight in UTC."""
    if isinstance(value, str):
        return temporal.read_datetime(value)
    if isinstance(value, datetime | FarDatetime):
        return value
    if isinstance(value, date | FarDate):
        return moment_of(value, time(tzinfo=UTC))
    raise FeelTypeError(f"{kind(value)} has no date and time")


@LIBRARY.pure("date and time", "date: date, time: time")
def join_datetime(day: AnyDate | AnyDatetime, moment: time) -> Value:
    """A date and time from both parts; only the date of a date and time counts."""
    date_only = to_date(day)
    return moment_of(date_only, moment) if isinstance(date_only, date | FarDate) else None


_NUMBERS_OF_DATETIME = (
    "year: number, month: number, day: number, hour: number, minute: number, second: number"
)


@LIBRARY.pure("date and time", _NUMBERS_OF_DATETIME)
@LIBRARY.pure("date and time", f"{_NUMBERS_OF_DATETIME}, offset: days and time duration?")
def datetime_of(*parts: Decimal | timedelta | None) -> Value:
    """A date and time from its numbers, and perhaps its distance from UTC."""
    offset = parts[6] if len(parts) > 6 else None
    zone = temporal.fixed_zone(offset) if isinstance(offset, timedelta) else None
    return _moment([part for part in parts if isinstance(part, Decimal)], zone)


@LIBRARY.pure("date and time", f"{_NUMBERS_OF_DATETIME}, timezone: string")
def datetime_in_zone(*parts: Decimal | str) -> Value:
    """The same, in a named zone."""
    zone = temporal.parse_zone(f"@{parts[6]}")
    return _moment([part for part in parts if isinstance(part, Decimal)], zone)


def _moment(numbers: list[Decimal], zone: tzinfo | None) -> AnyDatetime:
    year, month, day = (whole(number, "the date") for number in numbers[:3])
    hour, minute, second = numbers[3:6]
    return moment_of(day_of(year, month, day), _clock(hour, minute, second, zone))


@LIBRARY.pure("duration", "from: any")
def to_duration(value: Value) -> Value:
    """A duration from its text."""
    if isinstance(value, timedelta | YearsMonthsDuration):
        return value
    if isinstance(value, str):
        return temporal.parse_feel_duration(value)
    raise FeelTypeError(f"{kind(value)} has no duration")


@LIBRARY.pure("years and months duration", "from: date, to: date")
def years_and_months_duration(start: AnyDate | AnyDatetime, end: AnyDate | AnyDatetime) -> Value:
    """Whole months between two dates."""
    return months_between(start, end)


@LIBRARY.pure("number", "from: number")
def number_itself(number: Decimal) -> Value:
    """A number stays what it is."""
    return number


@LIBRARY.pure("number", "from: string, grouping separator?: string?, decimal separator?: string?")
def to_number(text: str, grouping: str | None = None, point: str | None = None) -> Value:
    """A number from its text, with the separators that it is written with."""
    if grouping not in (None, " ", ",", "."):
        raise FeelTypeError("grouping separator must be a space, a comma or a dot")
    if point not in (None, ",", "."):
        raise FeelTypeError("decimal separator must be a comma or a dot")
    if grouping is not None and grouping == (point or "."):
        raise FeelTypeError("the separators must differ")
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    if not _NUMBER.fullmatch(plain) or (point == "," and "." in text and grouping != "."):
        raise FeelTypeError(f"{text!r} is not a number")
    try:
        return NUMBERS.create_decimal(plain)
    except DecimalException as error:
        raise FeelTypeError(f"{text!r} is out of range") from error


@LIBRARY.charged("string", "from: any")
def to_string(run: Run, value: Value) -> Value:
    """The text of a value; null stays null."""
    return None if value is None else format_within(run, value)


@LIBRARY.charged("range", "from: string")
def to_range(run: Run, text: str) -> Value:
    """A range from its text, whose ends are literals; an open end may be left out."""
    start, end = _NO_START.match(text), _NO_END.search(text)
    if start and not end:
        text = f"{start[1]}null..{text[start.end() :]}"
    elif end and not start:
        text = f"{text[: end.start()]}..null{end[1]}"
    try:
        node = parse(text, tuple(_TEMPORAL_CALLS), run.limits)
    except FeelSyntaxError as error:
        raise FeelTypeError(f"{text!r} is not a range") from error
    if not isinstance(node, RangeOf):
        raise FeelTypeError(f"{text!r} is not a range")
    low, high = _literal(node.low), _literal(node.high)
    if low is None and high is None:
        raise FeelTypeError("a range must have an end")
    if low is not None and high is not None:
        side = order(low, high)
        if side is None or side > 0:
            raise FeelTypeError(f"the ends of {text!r} are not in order")
    return Range(low, high, node.low_included, node.high_included)


def _literal(node: Node) -> Value:
    match node:
        case Literal(value):
            return value
        case Negative(Literal(Decimal() as value)):
            return NUMBERS.minus(value)
        case AtLiteral(text):
            return temporal.parse_temporal(text)
        case Call(Name(name), (Literal(str() as text),)) if name in _TEMPORAL_CALLS:
            return temporal.parse_temporal(text)
    raise FeelTypeError("the ends of a range must be literals")


@LIBRARY.pure("not", "negand: any")
def negation(negand: Value) -> Value:
    """The opposite of a boolean; null for anything else."""
    if negand is None:
        return None
    if isinstance(negand, list) and len(negand) == 1:
        negand = negand[0]
    if not isinstance(negand, bool):
        raise FeelTypeError(f"negand must be a boolean, not {kind(negand)}")
    return not negand


@LIBRARY.charged("is", "value1: any, value2: any")
def is_same(run: Run, value1: Value, value2: Value) -> Value:
    """Whether two values are the same, zones of times included."""
    if isinstance(value1, datetime | time) and type(value1) is type(value2):
        return temporal.format_zone(value1.tzinfo) == temporal.format_zone(
            value2.tzinfo
        ) and value1.replace(tzinfo=None) == value2.replace(tzinfo=None)
    return equal(run, value1, value2) is True
