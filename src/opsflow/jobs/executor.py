"""The embedded executor: takes due jobs, keeps their leases, and fires due timers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Event, Thread
from types import TracebackType
from typing import Self

from sqlalchemy.exc import DBAPIError

from opsflow.errors import ConfigurationInvalid, OpsflowError
from opsflow.jobs.crew import LOG, Crew, Piece
from opsflow.jobs.leases import Lease
from opsflow.jobs.workshop import Workshop

TIMERS_AT_ONCE = 200
"""Instances whose timers one sweep hands out."""
LONGEST_PATIENCE = 300.0
"""Seconds after which something that failed is tried again at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How an executor works. Times are on the machine's own clock, except ``lease``.

    ``poll`` is how often it looks for what another process has made and for due timers;
    ``lease`` how long a job stays with an executor that has died; ``grace`` how long it waits
    for running handlers when it is stopped.
    """

    threads: int = 4
    poll: timedelta = timedelta(seconds=0.5)
    lease: timedelta = timedelta(seconds=30)
    grace: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        if self.threads < 1 or min(self.poll, self.lease) <= timedelta():
            raise ConfigurationInvalid("An executor has 1 or more threads, a poll and a lease.")


class Executor:
    """Does the jobs of one opsflow in threads of this process, until it is stopped."""

    def __init__(self, workshop: Workshop, pace: Pace, name: str) -> None:
        self._workshop = workshop
        self._pace = pace
        self._name = name
        self._bell = workshop.bell.listen()
        self._stopping = Event()
        self._crew = Crew(f"{name} jobs", pace.threads, self._bell.set)
        self._timers = Crew(f"{name} timers", min(2, pace.threads), lambda: None)
        self._failing: dict[object, tuple[float, float]] = {}
        self._thread = Thread(target=self._loop, name=f"{name} executor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, finish what runs within the grace, and hand back the rest."""
        self._stopping.set()
        self._bell.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _loop(self) -> None:
        poll, keep = self._pace.poll.total_seconds(), self._pace.lease.total_seconds() / 3
        sweep_at = keep_at = time.monotonic()
        while not self._stopping.is_set():
            self._bell.clear()
            self._attempt(self._leave_the_hanging)
            self._attempt(self._take_jobs)
            now = time.monotonic()
            if now >= sweep_at:
                self._attempt(self._sweep)
                sweep_at = now + poll
            if now >= keep_at:
                self._attempt(self._keep_leases)
                keep_at = now + keep
            self._bell.wait(max(min(sweep_at, keep_at) - time.monotonic(), 0))
        self._wind_up(keep)

    def _attempt(self, action: Callable[[], None]) -> None:
        """Do one of the rounds; a database that is away for a while ends nothing."""
        try:
            action()
        except (OpsflowError, DBAPIError) as error:
            LOG.warning("%s: %s", self._name, error)
            self._stopping.wait(min(1.0, self._pace.poll.total_seconds()))

    def _take_jobs(self) -> None:
        """Take as many as there are threads ahead, once half of that is done."""
        waiting = len(self._crew.pieces())
        room = 2 * self._pace.threads - waiting
        if room < max(self._pace.threads // 2, 1):
            return
        ledger, runner = self._workshop.ledger, self._workshop.runner
        for lease in ledger.take(self._name, runner.topics(), room, lambda _: self._pace.lease):
            key = (lease.job_id, lease.attempt)
            self._crew.submit(Piece(key, partial(runner.run, lease), lease))

    def _sweep(self) -> None:
        """Fire timers, start what is to start by the time, fail what nobody has answered for."""
        instances = self._workshop.instances
        due = instances.due(TIMERS_AT_ONCE)
        # Several processes sweep: each in an order of its own, so that few wait for each other.
        random.shuffle(due)
        self._submit_timer("start events", partial(instances.start_due, TIMERS_AT_ONCE))
        self._submit_timer("leases", self._workshop.ledger.expire)
        for instance_id in due:
            self._submit_timer(instance_id, partial(instances.fire, instance_id))

    def _submit_timer(self, key: str, action: Callable[[], object]) -> None:
        """Have it done by the timers' crew; one that fails again and again waits longer."""
        until, _ = self._failing.get(key, (0.0, 0.0))
        if time.monotonic() >= until:
            self._timers.submit(Piece(key, partial(self._fire, key, action)))

    def _fire(self, key: str, action: Callable[[], object]) -> None:
        try:
            action()
        except (OpsflowError, DBAPIError) as error:
            _, pause = self._failing.get(key, (0.0, 0.5))
            pause = min(pause * 2, LONGEST_PATIENCE)
            self._failing[key] = (time.monotonic() + pause, pause)
            LOG.warning("%s: the timers of %s: %s", self._name, key, error)
        else:
            self._failing.pop(key, None)

    def _keep_leases(self) -> None:
        leases = [piece.lease for piece in self._crew.pieces() if piece.lease]
        self._workshop.ledger.extend(leases, self._pace.lease)

    def _leave_the_hanging(self) -> None:
        """A handler that takes longer than it may loses its job, and its thread a successor."""
        now = time.monotonic()
        for piece in self._crew.pieces():
            if piece.lease is None or piece.started is None:
                continue
            timeout = self._workshop.runner.timeout(piece.lease.topic)
            if now - piece.started > timeout.total_seconds():
                self._crew.leave_behind(piece)
                self._workshop.runner.give_up(piece.lease, f"It took longer than {timeout}.")

    def _wind_up(self, keep: float) -> None:
        self._timers.withdraw()
        self._timers.close()
        self._hand_back([piece.lease for piece in self._crew.withdraw() if piece.lease])
        self._crew.close()
        until = time.monotonic() + self._pace.grace.total_seconds()
        while not self._crew.wait_until_idle(min(keep, max(until - time.monotonic(), 0))):
            if time.monotonic() >= until:
                break
            self._attempt(self._keep_leases)
        self._hand_back([piece.lease for piece in self._crew.pieces() if piece.lease])
        self._timers.wait_until_idle(max(until - time.monotonic(), 1))
        self._workshop.bell.leave(self._bell)

    def _hand_back(self, leases: list[Lease]) -> None:
        self._attempt(partial(self._workshop.ledger.hand_back, leases))
