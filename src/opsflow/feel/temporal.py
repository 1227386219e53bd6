"""Dates, times and durations as text: the ISO 8601 forms of XML Schema, and `@Zone/Name`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opsflow.feel.errors import FeelTypeError
from opsflow.feel.far import AnyDate, AnyDatetime, FarDate, FarDatetime, day_of, moment_of, next_day
from opsflow.feel.values import YearsMonthsDuration, seconds_from

_DATE = re.compile(r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z][A-Za-z0-9_+/-]*)?"
)
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_DAYS = re.compile(
    r"(-?)P(?=[0-9T])(?:([0-9]{1,12})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,14})H)?(?:([0-9]{1,16})M)?(?:([0-9]{1,18})(?:\.([0-9]*))?S)?)?"
)
_MONTHS = re.compile(r"(-?)P(?=[0-9])(?:([0-9]{1,12})Y)?(?:([0-9]{1,12})M)?")
_WEEKS = re.compile(r"(-?)P([0-9]{1,9})W")
_MAX_OFFSET = timedelta(hours=18)

Duration = timedelta | YearsMonthsDuration


def parse_date(text: str) -> date:
    """Read `2024-01-31`. Raises FeelTypeError, also for a year outside 1 to 9999."""
    found = read_date(text)
    if isinstance(found, FarDate):
        raise FeelTypeError(f"{text!r} is outside the years 1 to 9999")
    return found


def read_date(text: str) -> AnyDate:
    """The same for any year."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise FeelTypeError(f"{text!r} is not a date")
    year, month, day = (int(part) for part in match.groups())
    return day_of(year, month, day)


def parse_time(text: str) -> time:
    """Read `10:30:00`, with a fraction, and `Z`, an offset or `@Europe/Paris` after it."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise FeelTypeError(f"{text!r} is not a time")
    hour, minute, second, fraction, zone = match.groups()
    if _is_end_of_day(text):
        hour = "00"
    micros = int(f"{fraction or '':0<6.6}")
    return make_time(int(hour), int(minute), int(second), micros, parse_zone(zone))


def make_time(hour: int, minute: int, second: int, micros: int, zone: tzinfo | None) -> time:
    """A time of day. Raises FeelTypeError when there is none."""
    try:
        return time(hour, minute, second, micros, zone)
    except (ValueError, OverflowError) as error:
        raise FeelTypeError(f"{hour}:{minute}:{second} is not a time") from error


def parse_zone(text: str | None) -> tzinfo | None:
    """The zone that ends a time: `Z`, `+02:00`, `@Europe/Paris`, or nothing.

    The standard's own examples write a small `z` as well.
    """
    if not text:
        return None
    if text in ("Z", "z"):
        return UTC
    if text.startswith("@"):
        return _named_zone(text[1:])
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise FeelTypeError(f"{text!r} is not a time offset")
    sign, hours, minutes, seconds = match.groups(default="0")
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    if int(minutes) > 59 or int(seconds) > 59:
        raise FeelTypeError(f"{text!r} is not a time offset")
    return fixed_zone(-offset if sign == "-" else offset)


def fixed_zone(offset: timedelta) -> tzinfo:
    """The zone that is always this far from UTC. Raises FeelTypeError beyond 18 hours."""
    if abs(offset) > _MAX_OFFSET:
        raise FeelTypeError(f"a time offset of {offset} is too large")
    return timezone(offset) if offset else UTC


def _named_zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FeelTypeError(f"{name!r} is not a time zone") from error


def parse_datetime(text: str) -> datetime:
    """Read `2024-01-31T10:30:00`, with a zone like a time's; a date alone is its midnight.

    Without a zone the result is local, that is naive. Raises FeelTypeError.
    """
    found = read_datetime(text)
    if isinstance(found, FarDatetime):
        raise FeelTypeError(f"{text!r} is outside the years 1 to 9999")
    return found


def read_datetime(text: str) -> AnyDatetime:
    """The same for any year."""
    day, separator, rest = text.partition("T")
    clock = parse_time(rest) if separator else time.min
    start = read_date(day)
    return moment_of(next_day(start) if _is_end_of_day(rest) else start, clock)


def _is_end_of_day(text: str) -> bool:
    """Whether a time is 24:00:00, which XML Schema has for the midnight that ends a day."""
    return text.startswith("24:00:00") and not text[8:].lstrip(".0").startswith(tuple("123456789"))


def midnight(day: date) -> datetime:
    """The local beginning of a day."""
    return datetime.combine(day, time.min)


def parse_duration(text: str) -> Duration:
    """Read `P1DT2H` or `P1Y2M`, either with a minus before it, or weeks (`P2W`).

    Raises FeelTypeError; so does a mix of months and days, whose length is not defined.
    """
    weeks = _WEEKS.fullmatch(text)
    if weeks is not None:
        length = timedelta(weeks=int(weeks[2]))
        return -length if weeks[1] else length
    return parse_feel_duration(text)


def parse_feel_duration(text: str) -> Duration:
    """Read a duration as FEEL writes it, that is without weeks. Raises FeelTypeError."""
    months = _MONTHS.fullmatch(text)
    if months is not None:
        sign, years, rest = months.groups(default="0")
        count = 12 * int(years) + int(rest)
        return YearsMonthsDuration(-count if sign == "-" else count)
    days = _DAYS.fullmatch(text)
    if days is None:
        raise FeelTypeError(f"{text!r} is not a duration")
    try:
        return _days_duration(days)
    except OverflowError as error:
        raise FeelTypeError(f"{text!r} is too long a duration") from error


def _days_duration(match: re.Match[str]) -> timedelta:
    sign, days, hours, minutes, seconds, fraction = match.groups(default="")
    length = timedelta(
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=int(f"{fraction:0<6.6}"),
    )
    return -length if sign else length


def parse_temporal(text: str) -> AnyDate | AnyDatetime | time | Duration:
    """Read what stands between the quotes of `@"…"`. Raises FeelTypeError."""
    if text.lstrip("-").startswith("P"):
        return parse_feel_duration(text)
    if "T" in text.partition("@")[0]:
        return read_datetime(text)
    return parse_time(text) if ":" in text else read_date(text)


def format_date(day: AnyDate | AnyDatetime) -> str:
    """`2024-01-31`."""
    sign = "-" if day.year < 0 else ""
    return f"{sign}{abs(day.year):04}-{day.month:02}-{day.day:02}"


def format_time(moment: time | datetime) -> str:
    """`10:30:00.5@Europe/Paris`: the fraction and the zone only where there is one."""
    text = f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
    if moment.microsecond:
        text += f".{moment.microsecond:06}".rstrip("0")
    return text + format_zone(moment.tzinfo)


def format_zone(zone: tzinfo | None) -> str:
    """What stands for a zone at the end of a time."""
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo) and zone.key:
        return f"@{zone.key}"
    offset = zone.utcoffset(None) or timedelta(0)
    if not offset:
        return "Z"
    hours, rest = divmod(abs(offset).total_seconds(), 3600)
    text = f"{'-' if offset < timedelta(0) else '+'}{hours:02.0f}:{rest // 60:02.0f}"
    return f"{text}:{rest % 60:02.0f}" if rest % 60 else text


def format_days_duration(length: timedelta) -> str:
    """`P1DT2H3M4.5S`, without the parts that are zero; `PT0S` for none at all."""
    micros = abs(length) // timedelta(microseconds=1)
    seconds, micros = divmod(micros, 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3_600)
    minutes, seconds = divmod(seconds, 60)
    second_text = format(seconds_from(seconds * 1_000_000 + micros), "f")
    parts = ((hours, f"{hours}H"), (minutes, f"{minutes}M"), (seconds + micros, f"{second_text}S"))
    clock = "".join(text for amount, text in parts if amount)
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-" if length < timedelta(0) else "") + f"P{text or 'T0S'}"


def format_months_duration(length: YearsMonthsDuration) -> str:
    """`P1Y2M`, without the parts that are zero; `P0M` for none at all."""
    years, months = divmod(abs(length.months), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return ("-" if length.months < 0 else "") + f"P{text or '0M'}"
