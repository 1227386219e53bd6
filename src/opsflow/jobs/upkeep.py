"""What every worker does beside its jobs: timers, leases that ran out, leases to be kept."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from opsflow.errors import OpsflowError
from opsflow.jobs.crew import LOG, Crew, Piece
from opsflow.jobs.leases import Lease
from opsflow.jobs.pace import Pace
from opsflow.jobs.workshop import Workshop

TIMERS_AT_ONCE = 200
"""Instances whose timers one sweep hands out."""
LONGEST_PATIENCE = 300.0
"""Seconds after which something that failed is tried again at the latest."""


class Upkeep:
    """Called again and again; ``leases`` tells which jobs this worker has at the moment."""

    def __init__(
        self, workshop: Workshop, pace: Pace, name: str, leases: Callable[[], list[Lease]]
    ) -> None:
        self._workshop = workshop
        self._pace = pace
        self._name = name
        self._leases = leases
        self._crew = Crew(f"{name} timers", min(2, pace.threads), lambda: None)
        self._failing: dict[object, tuple[float, float]] = {}
        self._sweep_at = self._keep_at = time.monotonic()

    def round(self) -> float:
        """Do what has to be done by now, and give in how many seconds the next time is."""
        now = time.monotonic()
        if now >= self._sweep_at:
            self.attempt(self._sweep)
            self._sweep_at = now + self._pace.poll.total_seconds()
        self.keep_leases()
        return max(min(self._sweep_at, self._keep_at) - time.monotonic(), 0)

    def attempt(self, action: Callable[[], object]) -> None:
        """Do something; a database that is away for a while ends nothing."""
        try:
            action()
        except (OpsflowError, SQLAlchemyError) as error:
            LOG.warning("%s: %s", self._name, _line(error))
        except Exception:
            # A worker that ended in silence would be worse than one that says this every time.
            LOG.exception("%s: a round of upkeep failed", self._name)
        else:
            return
        time.sleep(min(1.0, self._pace.poll.total_seconds()))

    def keep_leases(self) -> None:
        """Have the jobs that this worker has for longer, where it is time for that."""
        now = time.monotonic()
        if now >= self._keep_at:
            self.attempt(lambda: self._workshop.ledger.extend(self._leases(), self._pace.lease))
            self._keep_at = now + self._pace.lease.total_seconds() / 3

    def end(self, seconds: float) -> None:
        """Fire nothing more, and wait for what is being fired."""
        self._crew.withdraw()
        self._crew.close()
        self._crew.wait_until_idle(seconds)

    def _sweep(self) -> None:
        """Fire timers, start what is to start by the time, fail what nobody has answered for."""
        instances = self._workshop.instances
        due = instances.due(TIMERS_AT_ONCE)
        # Several processes sweep: each in an order of its own, so that few wait for each other.
        random.shuffle(due)
        self._submit("start events", partial(instances.start_due, TIMERS_AT_ONCE))
        self._submit("leases", self._workshop.ledger.expire)
        for instance_id in due:
            self._submit(instance_id, partial(instances.fire, instance_id))

    def _submit(self, key: str, action: Callable[[], object]) -> None:
        """Have it done by the crew; one that fails again and again waits longer."""
        until, _ = self._failing.get(key, (0.0, 0.0))
        if time.monotonic() >= until:
            self._crew.submit(Piece(key, partial(self._fire, key, action)))

    def _fire(self, key: str, action: Callable[[], object]) -> None:
        try:
            action()
        except (OpsflowError, SQLAlchemyError) as error:
            _, pause = self._failing.get(key, (0.0, 0.5))
            pause = min(pause * 2, LONGEST_PATIENCE)
            self._failing[key] = (time.monotonic() + pause, pause)
            LOG.warning("%s: the timers of %s: %s", self._name, key, _line(error))
        else:
            self._failing.pop(key, None)


def _line(error: Exception) -> str:
    """What went wrong, without the statement."""
    return str(error).partition("\n")[0]
