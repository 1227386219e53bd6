"""When timers are due: ISO 8601 dates, durations and repeating intervals (BPMN 2.0.2 §10.5.5).

A cycle may also be a cron expression. What is due is told in UTC; a zone that a timer names
(``2026-03-01T09:00:00@Europe/Berlin``) keeps its days and months on that zone's calendar.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opsflow import feel
from opsflow.engine.cron import Cron, CronInvalid, parse_cron
from opsflow.engine.model import TimerKind

_DURATION = re.compile(
    r"(?P<sign>[-+]?)P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?"
    r"(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?"
)
_SLASH = re.compile(r"/(?=[-+]?P[\dT]|\d)")
"""A slash between parts; those inside the name of a time zone are none."""
_REPEAT = re.compile(r"R(?P<times>\d*)")


class TimerInvalid(ValueError):
    """The value of a timer is not an ISO 8601 date, duration or repeating interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A span of calendar months and days, and of exact time."""

    months: int = 0
    exact: timedelta = timedelta()
    days: int = 0

    def after(self, moment: datetime, times: int = 1) -> datetime:
        """The moment so many intervals later.

        Months and days are counted on the calendar of the moment's zone; hours and less are
        exact, also where the clocks change.
        """
        try:
            if self.months:
                span = feel.YearsMonthsDuration(self.months * times)
                moment = feel.add_duration(moment, span)
            moment += timedelta(days=self.days) * times
            if self.exact:
                return (moment.astimezone(UTC) + self.exact * times).astimezone(moment.tzinfo)
            return moment
        except (OverflowError, ValueError, feel.FeelError) as error:
            raise TimerInvalid("the time lies beyond the calendar") from error

    def times(self, count: int) -> Interval:
        """So many of it. Raises TimerInvalid where that is too long."""
        try:
            return Interval(self.months * count, self.exact * count, self.days * count)
        except OverflowError as error:
            raise TimerInvalid("the time lies beyond the calendar") from error

    def minus(self, other: Interval) -> Interval:
        """What is left of it, part by part: parts may be negative."""
        return Interval(
            self.months - other.months, self.exact - other.exact, self.days - other.days
        )

    @property
    def text(self) -> str:
        """ISO 8601 text that gives the interval back."""
        micro = self.exact // timedelta(microseconds=1)
        exact = f"T{Decimal(abs(micro)).scaleb(-6):f}S"
        sign = "-" if self.months < 0 or micro < 0 or self.days < 0 else ""
        return f"{sign}P{abs(self.months)}M{abs(self.days)}D{exact}"


Counting: TypeAlias = Callable[[datetime, Interval], datetime]
"""When an interval from a moment on ends, in a calendar. Raises TimerInvalid."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Due at ``origin`` plus ``every`` times 0, 1, 2 …; once where there is no ``every``.

    Counting from the origin keeps 31 January + P1M + P1M at 31 March. ``left`` counts the
    times still to come, ``None`` without end. With a cron expression ``origin`` is the next
    time itself.

    What is counted in a calendar goes on from when it was due last, so that a calendar that
    is changed changes nothing that has passed.
    """

    origin: datetime
    every: Interval | Cron | None = None
    index: int = 0
    left: int | None = 1
    count: Counting | None = None

    @property
    def due_at(self) -> datetime:
        """When it is due next, in UTC."""
        if isinstance(self.every, Interval):
            return _in_utc(self._at(self.every, self.index))
        return _in_utc(self.origin)

    def after_firing(self, now: datetime) -> Schedule | None:
        """What comes next, later than ``now``: missed times are passed over; None: nothing."""
        if self.every is None:
            return None
        if isinstance(self.every, Cron):
            return _cron_after(self.every, max(now, self.origin))
        if self.count is not None:
            last = Schedule(self.due_at, self.every, 0, self.left, self.count)
            return last._passed_over(self.every, now)
        return self._passed_over(self.every, now)

    def _passed_over(self, every: Interval, now: datetime) -> Schedule | None:
        index = self._first_after(every, now)
        left = None if self.left is None else self.left - (index - self.index)
        if left is not None and left <= 0:
            return None
        following = Schedule(self.origin, every, index, left, self.count)
        return following if following.is_on_the_calendar else None

    def _at(self, every: Interval, index: int) -> datetime:
        if self.count is None or index == 0:
            return every.after(self.origin, index)
        return self.count(self.origin, every.times(index))

    @property
    def is_on_the_calendar(self) -> bool:
        """Whether what is due lies before the year 10000."""
        try:
            self.due_at  # noqa: B018
        except TimerInvalid:
            return False
        return True

    def _first_after(self, every: Interval, now: datetime) -> int:
        """The smallest index above the present one whose moment lies after ``now``."""
        low, step = self.index, 1
        while self._is_past(every, low + step, now):
            low, step = low + step, step * 2
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            if self._is_past(every, middle, now):
                low = middle
            else:
                high = middle
        return high

    def _is_past(self, every: Interval, index: int, now: datetime) -> bool:
        try:
            return _in_utc(self._at(every, index)) <= now
        except TimerInvalid:  # beyond the calendar is later than any time on it
            return False


def _in_utc(moment: datetime) -> datetime:
    """Moments of one zone compare by its clock, which repeats an hour in autumn; UTC does not."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise TimerInvalid("the time lies beyond the calendar") from error


def _cron_after(cron: Cron, moment: datetime) -> Schedule | None:
    try:
        return Schedule(cron.next_after(moment), cron, 0, None)
    except CronInvalid:
        return None


def every_of(text: str) -> Interval | Cron:
    """The interval or cron expression that ``text`` of either gave. Raises TimerInvalid."""
    return parse_interval(text) if _DURATION.fullmatch(text) else _cron_of(text)


def _cron_of(text: str) -> Cron:
    try:
        return parse_cron(text)
    except CronInvalid as error:
        raise TimerInvalid(str(error)) from error


def schedule(
    kind: TimerKind, value: object, now: datetime, count: Counting | None = None
) -> Schedule:
    """The schedule of a timer whose value was evaluated at ``now``. Raises TimerInvalid.

    With ``count`` durations are counted in a calendar.
    """
    if kind is TimerKind.CYCLE:
        found = _cycle(value, now, count)
    elif kind is TimerKind.DATE:
        found = Schedule(_moment(value, now))
    elif count is not None:
        found = Schedule(count(now, counted_interval(value)))
    else:
        found = Schedule(_interval(value).after(now))
    if not found.is_on_the_calendar:
        raise TimerInvalid("the time lies beyond the calendar")
    return found


def _moment(value: object, now: datetime) -> datetime:
    if isinstance(value, str):
        value = _parse_moment(value.strip())
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, timedelta | feel.YearsMonthsDuration):
        return _interval(value).after(now)
    raise TimerInvalid(f"{value!r} is not a date and time")


def _parse_moment(text: str) -> datetime:
    plain, _, zone = text.partition("@")
    try:
        moment = datetime.fromisoformat(plain)
        if zone:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise TimerInvalid(f"{_short(text)} is not an ISO 8601 date and time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _interval(value: object) -> Interval:
    if isinstance(value, timedelta):
        return Interval(exact=value)
    if isinstance(value, feel.YearsMonthsDuration):
        return Interval(months=value.months)
    if isinstance(value, str):
        return parse_interval(value.strip())
    raise TimerInvalid(f"{value!r} is not a duration")


def counted_interval(value: object) -> Interval:
    """The interval that is counted in a calendar. Raises TimerInvalid.

    Of a duration of FEEL, which tells no P1D from PT24H, whole days count as days.
    """
    if isinstance(value, timedelta):
        days = abs(value) // timedelta(days=1) * (-1 if value < timedelta() else 1)
        return Interval(exact=value - timedelta(days=days), days=days)
    return _interval(value)


def parse_interval(text: str) -> Interval:
    """An ISO 8601 duration. Raises TimerInvalid."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise TimerInvalid(f"{_short(text)} is not an ISO 8601 duration")
    sign = -1 if found["sign"] == "-" else 1
    try:
        seconds = Decimal((found["seconds"] or "0").replace(",", "."))
        exact = timedelta(
            hours=int(found["hours"] or 0),
            minutes=int(found["minutes"] or 0),
            microseconds=int(seconds * 1_000_000),
        )
        days = int(found["weeks"] or 0) * 7 + int(found["days"] or 0)
        months = int(found["years"] or 0) * 12 + int(found["months"] or 0)
    except (ArithmeticError, ValueError) as error:  # Python reads no number of 4,300 digits
        raise TimerInvalid(f"{_short(text)} is too long a duration") from error
    return Interval(sign * months, sign * exact, sign * days)


def _cycle(value: object, now: datetime, count: Counting | None = None) -> Schedule:
    """``R3/PT10S``, ``R/2026-01-01T00:00:00Z/P1D``, ``R3/PT10S/<end>``, a duration, or cron."""
    if not isinstance(value, str):
        every = _interval(value) if count is None else counted_interval(value)
        return _repeat(every, None, None, now, count)
    if not value.strip().startswith(("R", "P", "-", "+")):
        return _first_of(_cron_of(value), now)
    parts = _SLASH.split(value.strip())
    found = _REPEAT.fullmatch(parts[0])
    times: int | None = 1
    if found is not None:
        times, parts = _times(found["times"]), parts[1:]
    if not 1 <= len(parts) <= 2:
        raise TimerInvalid(f"{_short(value)} is not an ISO 8601 repeating interval")
    if len(parts) == 1:
        return _repeat(parse_interval(parts[0]), None, times, now, count)
    if parts[0].startswith("P"):
        every, end = parse_interval(parts[0]), _parse_moment(parts[1])
        return _repeat_until(every, end, times, now, count)
    return _repeat(parse_interval(parts[1]), _parse_moment(parts[0]), times, now, count)


def _times(digits: str) -> int | None:
    if len(digits) > 18:
        raise TimerInvalid("a cycle repeats at most 10 ** 18 times; without a number it never ends")
    return int(digits) if digits else None


def _first_of(cron: Cron, now: datetime) -> Schedule:
    found = _cron_after(cron, now)
    if found is None:
        raise TimerInvalid(f"{cron.text!r} never comes true")
    return found


def _repeat(
    every: Interval,
    start: datetime | None,
    times: int | None,
    now: datetime,
    count: Counting | None,
) -> Schedule:
    _require_forward(every, now)
    if times == 0:
        raise TimerInvalid("a cycle that repeats 0 times never fires")
    if start is None:
        return Schedule(now, every, 1, times, count)
    first = Schedule(start, every, 0, times, count)
    if start >= now:
        return first
    later = first._passed_over(every, now)
    if later is None:
        raise TimerInvalid("the last time of the cycle has passed")
    return later


def _repeat_until(
    every: Interval, end: datetime, times: int | None, now: datetime, count: Counting | None
) -> Schedule:
    _require_forward(every, now)
    begun = Schedule(now, every, 0, None, count)
    if begun._at(every, 1) > _in_utc(end):
        raise TimerInvalid("the end of the cycle has passed")
    last = begun._first_after(every, end) - 1
    return Schedule(now, every, 1, last if times is None else min(times, last), count)


def _require_forward(every: Interval, now: datetime) -> None:
    if every.after(now) <= now:
        raise TimerInvalid("the interval of a cycle must be longer than zero")
