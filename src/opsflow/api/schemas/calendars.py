"""Business calendars over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from opsflow.api.schemas.base import Body, Id, Out, example
from opsflow.calendars import Calendar, Preview


class CalendarIn(Body):
    """What a calendar says. Days and spans are on the clock of its zone."""

    model_config = example(
        name="Shanghai office",
        zone="Asia/Shanghai",
        hours={"mon-fri": ["09:00-12:00", "13:00-18:00"]},
        country="CN",
        holidays={"2026-12-31": "Stocktaking"},
        working_days={"2027-01-09": []},
    )

    name: Id | None = None
    zone: Id = Field(description="Such as Asia/Shanghai")
    hours: dict[str, list[str]] = Field(description="Spans by weekday: mon, or mon-fri")
    country: Id | None = Field(default=None, description="ISO 3166 code: its holidays are free")
    subdivision: Id | None = None
    holidays: dict[str, str | None] = Field(default={}, description="Names by date")
    working_days: dict[str, list[str]] = Field(
        default={}, description="Spans by date; none: those of the usual day"
    )


class CalendarOut(Out):
    """A calendar."""

    key: str
    is_default: bool = Field(description="Whether units without another one go by it")
    revision: int
    changed_at: datetime
    changed_by: str
    definition: dict[str, Any]

    @classmethod
    def of(cls, calendar: Calendar) -> CalendarOut:
        """What is told of a calendar."""
        return cls(
            key=calendar.key,
            is_default=calendar.is_default,
            revision=calendar.revision,
            changed_at=calendar.changed_at,
            changed_by=calendar.changed_by,
            definition=calendar.definition.as_dict(),
        )


class HolidayOut(Out):
    """A holiday."""

    day: date
    name: str


class PreviewOut(Out):
    """What a duration comes to in a calendar."""

    calendar: str
    start: datetime
    duration: str
    due_at: datetime
    is_open: bool = Field(description="Whether there is work at the start")
    next_open: datetime
    holidays: list[HolidayOut] = Field(description="Those that lie between")

    @classmethod
    def of(cls, preview: Preview) -> PreviewOut:
        """What is told of a preview."""
        return cls(
            calendar=preview.calendar,
            start=preview.start,
            duration=preview.duration,
            due_at=preview.due_at,
            is_open=preview.is_open,
            next_open=preview.next_open,
            holidays=[HolidayOut(day=day, name=name) for day, name in preview.holidays],
        )


class CalendarChoice(Body):
    """The calendar to go by; null: none of its own."""

    model_config = example(calendar="shanghai")

    calendar: Id | None


class UnitCalendarOut(Out):
    """The calendar that a unit goes by."""

    unit: str
    own: str | None = Field(description="Its own, where it has one")
    calendar: str | None = Field(
        description="The one in effect: its own, that of a unit above, or the default"
    )
