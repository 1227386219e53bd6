"""What a worker works with, and the port that engines of workers adapt to."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy

from opsflow.instances import Instances
from opsflow.jobs.bell import Bell
from opsflow.jobs.ledger import Ledger
from opsflow.jobs.pace import Pace
from opsflow.jobs.ports import Dispatcher
from opsflow.jobs.pulse import Pulses
from opsflow.jobs.running import Runner
from opsflow.jobs.settling import Settling
from opsflow.jobs.stopping import Stop


@dataclass(frozen=True, slots=True)
class Workshop:
    """The ledger to take jobs from, who runs them, and the instances whose timers fire.

    Workers take ``turn`` for a transaction of theirs where the database has one writer at a
    time: it would let them sleep longer than they have to wait for each other.
    """

    ledger: Ledger
    runner: Runner
    instances: Instances
    bell: Bell
    settling: Settling
    turn: AbstractContextManager[object]
    pulses: Pulses = field(default_factory=Pulses)
    """Of those who work here."""


class Engine(Dispatcher, Protocol):
    """Takes jobs to workers, and runs workers: embedded in the process, or distributed."""

    def install(self, engine: sqlalchemy.Engine) -> None:
        """Make what the engine itself needs in the database, beside opsflow's own tables."""
        ...

    def run_worker(self, workshop: Workshop, stop: Stop, pace: Pace, name: str) -> None:
        """Do jobs and fire timers until it is told to stop; then finish or hand back."""
        ...
