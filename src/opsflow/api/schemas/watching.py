"""How the background work is doing, over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from opsflow.api.schemas.base import Out
from opsflow.api.schemas.jobs import DepthOut
from opsflow.jobs import Health


class WorkerOut(Out):
    """A loop of the answering process that takes jobs."""

    name: str
    alive: bool
    stopping: bool
    turned: float = Field(description="Seconds since it looked for jobs")


class HealthOut(Out):
    """What there is to do and how late it is. Seconds are null where nothing is due."""

    at: datetime
    queued: int
    running: int
    oldest_due_seconds: float | None = Field(description="How long the oldest due job has waited")
    incidents: int = Field(description="Steps and jobs that wait for a human")
    timers_overdue: int
    timers_late_seconds: float | None = Field(description="How late the oldest of them is")
    depths: list[DepthOut]
    workers: list[WorkerOut]

    @classmethod
    def of(cls, health: Health) -> HealthOut:
        """What is told of it."""
        late, oldest = health.timers_late, health.oldest_due
        return cls(
            at=health.at,
            queued=health.queued,
            running=health.running,
            oldest_due_seconds=None if oldest is None else oldest.total_seconds(),
            incidents=health.incidents,
            timers_overdue=health.timers_overdue,
            timers_late_seconds=None if late is None else late.total_seconds(),
            depths=[DepthOut.of(each) for each in health.depths],
            workers=[WorkerOut.model_validate(each) for each in health.workers],
        )
