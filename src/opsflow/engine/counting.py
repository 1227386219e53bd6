"""The port to business calendars: which one a timer is counted in is said by the diagram."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from opsflow.engine.model import EventDefinition, Node, Process
from opsflow.engine.timers import Counting, Interval, TimerInvalid


class CalendarPort(Protocol):
    """Counts durations in working time, as the clock tells the time."""

    def due(
        self, reference: str | None, roles: tuple[str, ...], moment: datetime, duration: Interval
    ) -> datetime:
        """When a duration from a moment on ends. Raises TimerInvalid.

        ``reference`` is what the diagram writes; ``roles`` are those whose unit it may mean.
        """
        ...


def counting(
    calendars: CalendarPort | None, process: Process, node: Node, definition: EventDefinition
) -> Counting | None:
    """How a timer counts; None: around the clock."""
    reference = process.calendar_of(definition)
    if reference is None:
        return None
    roles = process.roles_of(node)

    def count(moment: datetime, duration: Interval) -> datetime:
        if calendars is None:
            raise TimerInvalid(f"there are no calendars here to find {reference!r} in")
        return calendars.due(reference, roles, moment, duration)

    return count
