"""What workers were told of by the engine that distributes: numbers of jobs, to be taken."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from threading import Event, Lock

from opsflow.jobs.leases import Lease
from opsflow.jobs.ledger import Ledger, Span


class Told:
    """Between a loop that is told of one job after the other, and threads that do them.

    Jobs that come in quickly are taken together.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.bell = Event()
        """Set when something has come in."""
        self._loop = loop
        self._lock = Lock()
        self._waiting: list[str] = []
        self._ends: dict[str, list[asyncio.Future[None]]] = {}
        self._closed = False
        self.left: list[str] = []
        """What it was told of and nobody took before the worker ended."""

    async def wait_for(self, job_id: str) -> None:
        """Have a job done; returns when it is over here, whatever came of it."""
        end: asyncio.Future[None] = self._loop.create_future()
        with self._lock:
            if self._closed:
                self.left.append(job_id)
                return
            self._waiting.append(job_id)
            self._ends.setdefault(job_id, []).append(end)
        self.bell.set()
        await end

    def take(self, ledger: Ledger, owner: str, topics: Collection[str], span: Span) -> list[Lease]:
        """Take what came in of these topics; what is not to be had is over at once."""
        with self._lock:
            told, self._waiting = self._waiting, []
        try:
            leases = ledger.take_told(owner, told, topics, span)
        except BaseException:
            with self._lock:
                self._waiting = told + self._waiting
            raise
        taken = {lease.job_id for lease in leases}
        self._end(set(told) - taken)
        return leases

    def over(self, job_id: str) -> None:
        """There is nothing more to do for it here."""
        self._end([job_id])

    def everything_over(self) -> None:
        """The worker ends: nobody waits for anything any more, nor for what comes in yet."""
        with self._lock:
            self._closed = True
            self.left += self._waiting
            self._waiting.clear()
            jobs = list(self._ends)
        self._end(jobs)

    def _end(self, jobs: Collection[str]) -> None:
        with self._lock:
            ends = [end for job_id in jobs for end in self._ends.pop(job_id, ())]
        if ends:
            self._loop.call_soon_threadsafe(_set, ends)


def _set(ends: list[asyncio.Future[None]]) -> None:
    for end in ends:
        if not end.done():
            end.set_result(None)
