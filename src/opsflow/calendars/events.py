"""What the calendars announce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opsflow.events import Event


@dataclass(frozen=True, kw_only=True)
class CalendarEvent(Event):
    """A fact about the calendars."""

    @property
    def stream(self) -> str:
        """One chain for all calendars."""
        return "calendars"


@dataclass(frozen=True, kw_only=True)
class CalendarDefined(CalendarEvent):
    """A calendar says this from now on; what is due already stays."""

    calendar: str
    revision: int
    definition: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class CalendarAssigned(CalendarEvent):
    """A unit goes by a calendar; None: by that of the unit above it."""

    unit: str
    calendar: str | None


@dataclass(frozen=True, kw_only=True)
class DefaultCalendarChosen(CalendarEvent):
    """Whoever has no other calendar goes by this one; None: work is done around the clock."""

    calendar: str | None
