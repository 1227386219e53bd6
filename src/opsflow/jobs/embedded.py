"""The engine that needs nothing: threads inside the process, woken after commits."""

from __future__ import annotations

import sqlalchemy

from opsflow.db import Unit
from opsflow.jobs.bell import Bell
from opsflow.jobs.executor import Executor
from opsflow.jobs.models import Job
from opsflow.jobs.pace import Pace
from opsflow.jobs.stopping import Stop
from opsflow.jobs.workshop import Workshop


class Embedded:
    """Rings the bell of this process; another process finds the job when it looks."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell

    def dispatch(self, unit: Unit, job: Job) -> None:
        """Wake the workers of this process once the job is durable, if it is due now."""
        if job.due_at is not None and job.due_at <= unit.now:
            unit.after_commit(self._bell.ring)

    def cancel(self, unit: Unit, job: Job) -> None:
        """The row is gone: there is nothing else to take back."""

    def install(self, engine: sqlalchemy.Engine) -> None:
        """It needs nothing."""

    def run_worker(self, workshop: Workshop, stop: Stop, pace: Pace, name: str) -> None:
        """Do jobs and fire timers until it is told to stop; then finish or hand back."""
        with Executor(workshop, pace, name, stop):
            stop.asked.wait()
