"""What a calendar says: zone, hours of the week, holidays, and working days besides."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opsflow.calendars.closures import require_country
from opsflow.db import require_key
from opsflow.errors import Invalid

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DATES_LIMIT = 2_000
"""Holidays or working days that one calendar names itself."""
SPANS_LIMIT = 24
"""Spans of working hours that one day has."""
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
_KNOWN = ("name", "zone", "hours", "country", "subdivision", "holidays", "working_days")
_DAY = 24 * 60


class Span(NamedTuple):
    """Working hours of one day, in minutes since midnight on the clock of the zone."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{_clock(self.opens)}-{_clock(self.closes)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A calendar as it is written down. ``hours`` has seven days, Monday first.

    A date in ``working_days`` is worked on whatever else it is: in the spans beside it, or in
    the usual ones of its weekday, or else in those of the first weekday that has any.
    """

    zone: str
    hours: tuple[tuple[Span, ...], ...]
    name: str | None = None
    country: str | None = None
    subdivision: str | None = None
    holidays: tuple[tuple[date, str], ...] = ()
    working_days: tuple[tuple[date, tuple[Span, ...]], ...] = ()

    @classmethod
    def of(cls, written: Mapping[str, object]) -> Self:
        """Read what was written. Raises Invalid, with the place that is wrong."""
        for key in written:
            if key not in _KNOWN:
                raise Invalid(f"A calendar has no {key!r}: it has {', '.join(_KNOWN)}.")
        country, subdivision = _text(written, "country"), _text(written, "subdivision")
        require_country(country, subdivision)
        return cls(
            zone=_zone(written.get("zone")),
            hours=_hours(written.get("hours")),
            name=_text(written, "name"),
            country=country,
            subdivision=subdivision,
            holidays=_holidays(written.get("holidays")),
            working_days=_working_days(written.get("working_days")),
        )

    @classmethod
    def read(cls, document: str) -> Self:
        """The definition that ``document`` gave."""
        return cls.of(json.loads(document))

    @property
    def document(self) -> str:
        """JSON text that gives the definition back: the same text for the same calendar."""
        return json.dumps(self.as_dict(), separators=(",", ":"), ensure_ascii=False)

    def as_dict(self) -> dict[str, object]:
        """The definition as ``of`` reads it."""
        hours = dict(zip(WEEKDAYS, map(_texts, self.hours), strict=True))
        return {
            "name": self.name,
            "zone": self.zone,
            "hours": hours,
            "country": self.country,
            "subdivision": self.subdivision,
            "holidays": {day.isoformat(): name for day, name in self.holidays},
            "working_days": {day.isoformat(): _texts(spans) for day, spans in self.working_days},
        }


def _texts(spans: Sequence[Span]) -> list[str]:
    return [str(span) for span in spans]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _text(written: Mapping[str, object], name: str) -> str | None:
    value = written.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Invalid(f"The {name} of a calendar is a text, not {_short(value)}.")
    return require_key(f"The {name} of a calendar", value.strip())


def _zone(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Invalid("A calendar has a zone such as Asia/Shanghai: write it as zone.")
    try:
        ZoneInfo(value.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            f"{_short(value)} is no time zone: write one such as Asia/Shanghai or Europe/Berlin."
        ) from error
    return value.strip()


def _hours(value: object) -> tuple[tuple[Span, ...], ...]:
    if not isinstance(value, Mapping):
        raise Invalid('A calendar has hours: write for example {"mon-fri": ["09:00-17:00"]}.')
    week: dict[int, tuple[Span, ...]] = {}
    for days, written in value.items():
        for day in _weekdays(days):
            if day in week:
                raise Invalid(f"The hours of {WEEKDAYS[day]} are there twice: keep one.")
            week[day] = spans_of(written, f"The hours of {days}")
    return tuple(week.get(day, ()) for day in range(7))


def _weekdays(written: object) -> range:
    first, _, last = str(written).strip().lower().partition("-")
    if first not in WEEKDAYS or (last and last not in WEEKDAYS):
        known = ", ".join(WEEKDAYS)
        raise Invalid(f"{_short(written)} is no weekday: write one of {known}, or mon-fri.")
    start = WEEKDAYS.index(first)
    end = WEEKDAYS.index(last) if last else start
    if end < start:
        raise Invalid(f"{_short(written)} runs backwards: a week goes from mon to sun.")
    return range(start, end + 1)


def spans_of(written: object, what: str) -> tuple[Span, ...]:
    """Spans of one day, in order and apart: a list of texts, or one text. Raises Invalid."""
    if written is None:
        return ()
    texts = re.split(r"[\s,;]+", written.strip()) if isinstance(written, str) else written
    if not isinstance(texts, list) or len(texts) > SPANS_LIMIT:
        raise Invalid(f"{what}: up to {SPANS_LIMIT} spans such as 09:00-17:00.")
    spans = sorted(_span(text, what) for text in texts if text != "")
    for one, following in pairwise(spans):
        if following.opens < one.closes:
            raise Invalid(f"{what}: {one} and {following} overlap.")
    return tuple(spans)


def _span(text: object, what: str) -> Span:
    found = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise Invalid(f"{what}: {_short(text)} is not a span such as 09:00-17:00.")
    numbers = [int(group) for group in found.groups()]
    opens, closes = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if not opens < closes <= _DAY:
        raise Invalid(
            f"{what}: {_short(text)} ends before it begins: write hours behind midnight "
            "on the next day, as 22:00-24:00 and 00:00-06:00."
        )
    return Span(opens, closes)


def _dated(value: object, what: str) -> list[tuple[date, object]]:
    """Dates with what is written beside them, from a list or a mapping."""
    if value is None:
        return []
    if not isinstance(value, (list, Mapping)):
        raise Invalid(f"{what} are a list of dates, or an object by date.")
    if len(value) > DATES_LIMIT:
        raise Invalid(f"{what}: a calendar names up to {DATES_LIMIT:,}.")
    pairs = value.items() if isinstance(value, Mapping) else ((day, None) for day in value)
    found: dict[date, object] = {}
    for written, beside in pairs:
        day = _date(written, what)
        if day in found and found[day] != beside:
            raise Invalid(f"{what}: {day} is there twice, and not the same: keep one.")
        found[day] = beside
    return sorted(found.items(), key=lambda pair: pair[0])


def _date(text: object, what: str) -> date:
    try:
        return date.fromisoformat(str(text).strip())
    except ValueError as error:
        raise Invalid(f"{what}: {_short(text)} is not a date such as 2026-05-01.") from error


def _holidays(value: object) -> tuple[tuple[date, str], ...]:
    found = _dated(value, "The holidays of a calendar")
    for day, name in found:
        if name is not None and not isinstance(name, str):
            raise Invalid(f"The holiday {day}: its name is a text, not {_short(name)}.")
    return tuple((day, require_key("A holiday", str(name or "holiday"))) for day, name in found)


def _working_days(value: object) -> tuple[tuple[date, tuple[Span, ...]], ...]:
    found = _dated(value, "The working days of a calendar")
    return tuple((day, spans_of(written, f"The working day {day}")) for day, written in found)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
