"""How the background work is doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsflow.instances import Overdue, Waiting
from opsflow.jobs.models import State
from opsflow.jobs.pulse import Pulse


@dataclass(frozen=True, slots=True)
class Depth:
    """How many jobs of a topic are in a state.

    ``due_since`` is since when the oldest of them is due, of those that are not held back.
    """

    topic: str
    state: State
    count: int
    due_since: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A loop of this process that takes jobs, and how many seconds ago it turned."""

    name: str
    alive: bool
    stopping: bool
    turned: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What there is to do, how late it is, and who in this process works on it.

    ``oldest_due`` is for how long the oldest due job has waited, ``timers_late`` the same of
    timers; both are None where nothing is due. ``incidents`` counts steps, and jobs without one,
    that wait for a human.
    """

    at: datetime
    depths: tuple[Depth, ...]
    queued: int
    running: int
    oldest_due: timedelta | None
    incidents: int
    timers_overdue: int
    timers_late: timedelta | None
    workers: tuple[WorkerState, ...]

    def faults(
        self,
        *,
        oldest_due: timedelta | None = None,
        timers_late: timedelta | None = None,
        incidents: int | None = None,
    ) -> list[str]:
        """What is worse than these limits, in words; and every worker here that hangs."""
        found = [
            f"The worker {each.name} has not turned for {each.turned:.0f} s."
            for each in self.workers
            if not each.alive
        ]
        found += _longer("The oldest due job has waited", self.oldest_due, oldest_due)
        found += _longer("The oldest overdue timer is late by", self.timers_late, timers_late)
        if incidents is not None and self.incidents > incidents:
            found.append(f"{self.incidents} incidents wait for a human, more than {incidents}.")
        return found


def health_of(
    now: datetime,
    depths: Sequence[Depth],
    incidents: Sequence[Waiting],
    loose: int,
    overdue: Overdue,
    pulses: Sequence[Pulse],
) -> Health:
    """Everything put together. ``loose`` counts the jobs without a step that are incidents."""
    due = [each.due_since for each in depths if each.due_since and each.due_since <= now]
    count = {state: sum(d.count for d in depths if d.state is state) for state in State}
    return Health(
        at=now,
        depths=tuple(depths),
        queued=count[State.QUEUED],
        running=count[State.RUNNING],
        oldest_due=now - min(due) if due else None,
        incidents=sum(each.count for each in incidents) + loose,
        timers_overdue=overdue.count,
        timers_late=None if overdue.since is None else now - overdue.since,
        workers=tuple(
            WorkerState(each.name, each.is_alive or each.is_stopping, each.is_stopping, each.age)
            for each in pulses
        ),
    )


def _longer(what: str, found: timedelta | None, limit: timedelta | None) -> list[str]:
    if found is None or limit is None or found <= limit:
        return []
    return [f"{what} {found.total_seconds():.0f} s, more than {limit.total_seconds():.0f} s."]
