"""The embedded executor: takes due jobs, and has its crew do them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from threading import Thread
from types import TracebackType
from typing import Self

from opsflow.jobs.crew import Crew
from opsflow.jobs.leases import Lease
from opsflow.jobs.pace import Pace
from opsflow.jobs.pulse import Pulse
from opsflow.jobs.stopping import Stop
from opsflow.jobs.telling import Told
from opsflow.jobs.upkeep import Upkeep
from opsflow.jobs.working import Work
from opsflow.jobs.workshop import Workshop

MOMENT = 0.1
"""Seconds after which a worker that waits looks whether it is to stop at once."""


class Executor:
    """Does the jobs of one opsflow in threads of this process, until it is stopped.

    It looks for due jobs itself, unless it is ``told`` of them.
    """

    def __init__(
        self,
        workshop: Workshop,
        pace: Pace,
        name: str,
        stop: Stop | None = None,
        told: Told | None = None,
    ) -> None:
        self._workshop = workshop
        self._pace = pace
        self._name = name
        self._told = told
        self._bell = told.bell if told else workshop.bell.listen()
        self._stop = stop or Stop()
        self._pulse = Pulse(name, pace, self._stop)
        self._over: Callable[[str], None] = told.over if told else lambda _: None
        self._work = Work(workshop, pace.threads, self._over)
        self._crew = Crew(f"{name} jobs", pace.threads, self._one_is_free)
        self._upkeep = Upkeep(workshop, pace, name, self._leases)
        self._thread = Thread(target=self._loop, name=f"{name} executor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, finish what runs within the grace, and hand back the rest."""
        self._stop.asked.set()
        self._bell.set()
        self._thread.join()

    def attempt(self, action: Callable[[], object]) -> None:
        """Do something besides; a database that is away ends nothing."""
        self._upkeep.attempt(action)

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
        with self._workshop.pulses.felt(self._pulse):
            while not self._stop.asked.is_set():
                self._turn()
            self._wind_up()

    def _turn(self) -> None:
        self._pulse.beat()
        self._bell.clear()
        self._upkeep.attempt(self._leave_the_hanging)
        self._upkeep.attempt(self._take_jobs)
        self._bell.wait(self._upkeep.round())

    def _one_is_free(self) -> None:
        if self._wants_more():
            self._bell.set()

    def _wants_more(self) -> bool:
        """Whether to look for jobs; those it is told of add up while it is busy."""
        if self._told is not None:
            return self._crew.count() + self._work.unwritten() < self._pace.threads
        return self._room() > 0

    def _room(self) -> int:
        """How many jobs to take: as many as there should be ahead, once a quarter is done."""
        ahead = self._work.ahead()
        room = ahead - self._crew.count() - self._work.unwritten()
        return room if room >= max(ahead // 4, 1) else 0

    def _take_jobs(self) -> None:
        for lease in self._take():
            self._crew.submit(self._work.piece(lease))

    def _take(self) -> list[Lease]:
        if not self._wants_more():
            return []
        topics = self._workshop.runner.topics()
        if self._told is None:
            return self._look(topics, self._room())
        told = self._told.take(self._workshop.ledger, self._name, topics, self._span)
        # Where one is due, others are: taken together, they need not be told one by one.
        return told + self._look(topics, self._room() - len(told)) if told else []

    def _look(self, topics: Collection[str], room: int) -> list[Lease]:
        """Take due jobs that this worker was not told of."""
        with self._workshop.turn:
            return self._workshop.ledger.take(self._name, topics, room, self._span)

    def _span(self, _topic: str) -> timedelta:
        return self._pace.lease

    def _leases(self) -> list[Lease]:
        pieces = self._crew.pieces()
        begun = [each.lease for each in pieces if each.lease and not each.answered]
        return begun + self._work.group.leases()

    def _leave_the_hanging(self) -> None:
        """A handler that takes longer than it may loses its job, and its thread a successor."""
        now = time.monotonic()
        for piece in self._crew.pieces():
            if piece.lease is None or piece.started is None or piece.answered:
                continue
            timeout = self._workshop.runner.timeout(piece.lease.topic)
            if now - piece.started > timeout.total_seconds():
                self._crew.leave_behind(piece)
                self._workshop.runner.give_up(piece.lease, f"It took longer than {timeout}.")
                self._over(piece.lease.job_id)

    def _wind_up(self) -> None:
        ledger = self._workshop.ledger
        waiting = [piece.lease for piece in self._crew.withdraw() if piece.lease]
        self._upkeep.attempt(partial(ledger.hand_back, waiting))
        self._crew.close()
        until = time.monotonic() + self._pace.grace.total_seconds()
        while not self._crew.wait_until_idle(min(MOMENT, max(until - time.monotonic(), 0))):
            if time.monotonic() >= until or self._stop.at_once.is_set():
                break
            self._upkeep.keep_leases()
        self._upkeep.attempt(partial(ledger.hand_back, self._leases()))
        self._upkeep.end(1 if self._stop.at_once.is_set() else max(until - time.monotonic(), 1))
        if self._told is None:
            self._workshop.bell.leave(self._bell)
        else:
            self._told.everything_over()
