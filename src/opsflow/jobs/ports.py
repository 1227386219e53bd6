"""How the ledger tells of jobs."""

from __future__ import annotations

from typing import Protocol

from opsflow.db import Unit
from opsflow.jobs.models import Job


class Dispatcher(Protocol):
    """Tells the workers of a job. The ledger stays the truth: a job may be told of twice."""

    def dispatch(self, unit: Unit, job: Job) -> None:
        """A job was made, or its time was moved, in this transaction.

        Whoever tells of it writes the job after this, which may note something in it.
        """
        ...

    def cancel(self, unit: Unit, job: Job) -> None:
        """A job is removed in this transaction."""
        ...
