"""What the jobs announce. That a job is done is told by the step that goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opsflow.events import Event


@dataclass(frozen=True, kw_only=True)
class JobEvent(Event):
    """Something about one job; it belongs to the chain of its instance, where it has one."""

    job_id: str
    topic: str
    instance_id: str | None
    step_id: str | None

    @property
    def stream(self) -> str:
        """The chain of the instance, or that of all jobs without one."""
        return f"instance:{self.instance_id}" if self.instance_id else "jobs"


@dataclass(frozen=True, kw_only=True)
class JobFailed(JobEvent):
    """An attempt failed; it is tried again at ``retry_at``, or waits for a human where None."""

    attempt: int
    message: str
    retry_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class JobDiscarded(JobEvent):
    """A human gave up a call: it is never done."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class JobRetried(JobEvent):
    """A human has a job without a step done again, or without waiting for its time."""
