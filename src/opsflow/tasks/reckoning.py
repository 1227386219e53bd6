"""In which calendar the time of a task is counted, and which service level it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opsflow.engine import CalendarPort, Interval, Node, Process, ServiceLevel
from opsflow.responsibility import Row


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Counts durations in one calendar; without a ``reference``, around the clock."""

    calendars: CalendarPort
    reference: str | None
    roles: tuple[str, ...]
    """The calendar ``unit`` is that of the first of them that belongs to a unit."""

    def __call__(self, moment: datetime, duration: Interval) -> datetime:
        """When a duration from a moment on ends, in UTC. Raises TimerInvalid."""
        return self.calendars.due(self.reference, self.roles, moment, duration)


def service_level_of(process: Process, node: Node) -> ServiceLevel | None:
    """The service level of a task: its own, or that of the process."""
    return node.controls.service_level or process.controls.service_level


def reckoning_of(calendars: CalendarPort, process: Process, node: Node, row: Row) -> Reckoning:
    """How the due and follow-up dates of a task are counted."""
    reference = node.controls.calendar or process.controls.calendar
    roles = tuple(dict.fromkeys(row.responsible + process.roles_of(node)))
    return Reckoning(calendars, reference, roles)


def ladder_reckoning(calendars: CalendarPort, process: Process, node: Node, row: Row) -> Reckoning:
    """How the service level of a task is counted, its due date and its rungs."""
    plain = reckoning_of(calendars, process, node, row)
    level = service_level_of(process, node)
    named = level.calendar if level else None
    return Reckoning(calendars, named or plain.reference, plain.roles)
