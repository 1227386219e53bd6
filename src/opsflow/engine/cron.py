"""Cron expressions in a timer's cycle: when they are due, on the clock of a time zone.

Five fields (minute hour day month weekday), or six with seconds first, or seven with a year
last; the names of months and weekdays; ``*``, lists, ranges, steps, ``L``, ``5L`` and ``2#1``.
A ``?`` marks Quartz's dialect, which counts weekdays from Sunday as 1; otherwise Sunday is 0
or 7. ``CRON_TZ=Europe/Berlin`` in front gives the zone; without it the clock is UTC's.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ZONE = re.compile(r"(?:CRON_TZ|TZ)=(\S+)\s+(.*)", re.DOTALL)
_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?")
_MONTHS = {name.upper(): index for index, name in enumerate(calendar.month_abbr) if name}
_DAYS = {
    name: index for index, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))
}
_YEARS = (1970, 2199)
_LONGEST = 200


class CronInvalid(ValueError):
    """The text is not a cron expression, or one that never comes true."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A compiled cron expression; ``text`` gives it back."""

    text: str
    zone: tzinfo
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    fits: Callable[[date], bool]

    def next_after(self, moment: datetime) -> datetime:
        """The first time later than a moment, in UTC. Raises CronInvalid where there is none.

        A time that the clock skips in spring is due when it would have been; one that it
        repeats in autumn is due once, unless the expression is due every hour.
        """
        local = moment.astimezone(self.zone)
        for day in self._days_from(local.date()):
            for found in self._times_on(day, local):
                if found > moment:
                    return found
        raise CronInvalid(f"{self.text!r} never comes true again")

    def _days_from(self, first: date) -> Iterator[date]:
        for year in range(first.year, _YEARS[1] + 1):
            if year not in self.years:
                continue
            for month in sorted(self.months):
                for number in range(1, calendar.monthrange(year, month)[1] + 1):
                    day = date(year, month, number)
                    if day >= first and self.fits(day):
                        yield day

    def _times_on(self, day: date, local: datetime) -> Iterator[datetime]:
        """The times of a day, those in hours that lie well behind left out."""
        folds = (0, 1) if len(self.hours) == 24 else (0,)
        for hour in self.hours:
            if day == local.date() and hour < local.hour - 2:
                continue
            for fold in folds:
                if fold and not self._repeats(day, hour):
                    continue
                for minute in self.minutes:
                    for second in self.seconds:
                        at = time(hour, minute, second, tzinfo=self.zone, fold=fold)
                        yield datetime.combine(day, at).astimezone(UTC)

    def _repeats(self, day: date, hour: int) -> bool:
        first = datetime.combine(day, time(hour, tzinfo=self.zone))
        return first.utcoffset() != first.replace(fold=1).utcoffset()


def parse_cron(text: str) -> Cron:
    """A cron expression. Raises CronInvalid."""
    text = text.strip()
    if len(text) > _LONGEST:
        raise CronInvalid("a cron expression has at most 200 characters")
    zoned = _ZONE.fullmatch(text)
    zone = _zone(zoned[1]) if zoned else UTC
    expression = zoned[2].strip() if zoned else text
    fields = _fields(_MACROS.get(expression, expression), text)
    quartz = "?" in (fields[3], fields[5])
    return Cron(
        text=text,
        zone=zone,
        seconds=_numbers(fields[0], 0, 59),
        minutes=_numbers(fields[1], 0, 59),
        hours=_numbers(fields[2], 0, 23),
        months=frozenset(_numbers(fields[4], 1, 12, _MONTHS)),
        years=frozenset(_numbers(fields[6], *_YEARS)),
        fits=_day_test(fields[3], fields[5], quartz=quartz, either=len(expression.split()) == 5),
    )


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CronInvalid(f"{name!r} is not a time zone") from error


def _fields(expression: str, text: str) -> list[str]:
    """Its seven fields: seconds, minutes, hours, days, months, weekdays, years."""
    fields = expression.upper().split()
    if len(fields) == 5:
        fields.insert(0, "0")
    if len(fields) == 6:
        fields.append("*")
    if len(fields) != 7:
        raise CronInvalid(f"{text!r} is not a cron expression: it has 5 to 7 fields")
    return fields


def _numbers(
    field: str, low: int, high: int, names: dict[str, int] | None = None
) -> tuple[int, ...]:
    found: set[int] = set()
    for part in field.split(","):
        found.update(_range(part, low, high, names or {}))
    return tuple(sorted(found))


def _range(part: str, low: int, high: int, names: dict[str, int]) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        raise CronInvalid(f"{part!r} is not understood in a cron expression")
    step = int(match[4] or 1)
    first = low if match[1] else _number(match[2], names)
    last = high if match[1] or (match[4] and not match[3]) else _number(match[3] or match[2], names)
    if step < 1 or not low <= first <= last <= high:
        raise CronInvalid(f"{part!r} does not lie in {low} to {high}")
    return range(first, last + 1, step)


def _number(word: str, names: dict[str, int]) -> int:
    if word in names:
        return names[word]
    if not word.isdecimal() or len(word) > 4:
        raise CronInvalid(f"{word!r} is not a number of a cron expression")
    return int(word)


def _day_test(days: str, weekdays: str, *, quartz: bool, either: bool) -> Callable[[date], bool]:
    """Which days fit. With five fields one of two restricted fields is enough, as in Unix."""
    by_day, by_weekday = _by_day(days), _by_weekday(weekdays, quartz=quartz)
    if by_day is None or by_weekday is None:
        only = by_day or by_weekday
        return only or (lambda _: True)
    if either:
        return lambda day: by_day(day) or by_weekday(day)
    return lambda day: by_day(day) and by_weekday(day)


def _by_day(field: str) -> Callable[[date], bool] | None:
    if field in ("*", "?"):
        return None
    if field == "L":
        return lambda day: day.day == calendar.monthrange(day.year, day.month)[1]
    numbers = frozenset(_numbers(field, 1, 31))
    return lambda day: day.day in numbers


def _by_weekday(field: str, *, quartz: bool) -> Callable[[date], bool] | None:
    if field in ("*", "?"):
        return None
    names = {name: index + quartz for name, index in _DAYS.items()}
    low, high = (1, 7) if quartz else (0, 7)

    def numbers(part: str) -> frozenset[int]:
        return frozenset((number - quartz) % 7 for number in _numbers(part, low, high, names))

    if "#" in field:
        weekday, _, which = field.partition("#")
        wanted, week = numbers(weekday), _number(which, {})
        return lambda day: _weekday(day) in wanted and (day.day - 1) // 7 + 1 == week
    if field.endswith("L") and len(field) > 1:
        wanted = numbers(field[:-1])
        return lambda day: (
            _weekday(day) in wanted and day.day + 7 > calendar.monthrange(day.year, day.month)[1]
        )
    wanted = numbers("7" if field == "L" else field)
    return lambda day: _weekday(day) in wanted


def _weekday(day: date) -> int:
    """Sunday is 0."""
    return day.isoweekday() % 7
