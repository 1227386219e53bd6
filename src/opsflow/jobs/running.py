"""Do one job: the work outside of every transaction, then its effect in one."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from datetime import timedelta

from sqlalchemy import exc

from opsflow.errors import Conflict, DatabaseUnavailable
from opsflow.instances import Failed, Handlers, attempt
from opsflow.jobs.leases import Lease
from opsflow.jobs.ledger import Ledger
from opsflow.jobs.settling import Settling
from opsflow.jobs.watching import Answer, Answered, Outcome, note, watched

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 2.0
"""Seconds between attempts to write an effect that the database did not take."""
PATIENCE = 60.0
"""Seconds after which no further attempt is made."""


class Runner:
    """Runs jobs whose topics have a handler here."""

    def __init__(self, handlers: Handlers, ledger: Ledger, settling: Settling) -> None:
        self._handlers = handlers
        self._ledger = ledger
        self._settling = settling

    def topics(self) -> Collection[str]:
        """What can be done here."""
        return self._handlers.topics()

    def timeout(self, topic: str) -> timedelta:
        """How long one attempt may take."""
        registered = self._handlers.find(topic)
        return registered.terms.timeout if registered else timedelta(minutes=5)

    def work(self, lease: Lease) -> Answered | None:
        """Do the work of a job that was taken; None where its effect is written with it.

        The lease is handed back where the thread is told to end in the middle of it.
        """
        with watched(lease, self._ledger.observer) as watch:
            answer = self._work(lease)
            watch.answer = answer
        return None if answer is None else Answered(lease, answer)

    def _work(self, lease: Lease) -> Answer | None:
        registered = self._handlers.find(lease.topic)
        if registered is None:
            return Failed(f"No handler is registered for the topic {lease.topic!r}.")
        try:
            if not registered.terms.transactional:
                return attempt(registered.handler, lease.call)
            self._patiently(lambda: self._settling.work_inside(lease, registered))
        except (KeyboardInterrupt, SystemExit):
            note(lease, Outcome.HANDED_BACK)
            self._ledger.hand_back([lease])
            raise
        return None

    def settle(self, answered: Answered) -> bool:
        """Write the effect of an answer; False where the job was lost before."""
        return self._patiently(lambda: self._settling.settle(answered))

    def give_up(self, lease: Lease, reason: str) -> bool:
        """The attempt has failed, whatever its handler still does."""
        return self._settling.settle(Answered(lease, Failed(reason)))

    def _patiently(self, write: Callable[[], bool]) -> bool:
        """Write an effect, also where others are in the way or the database is away for a while.

        After a minute it is given up; the lease runs out then, and the ledger still has the job.
        """
        until, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while True:
            try:
                return write()
            except (Conflict, DatabaseUnavailable, exc.OperationalError, exc.TimeoutError):
                if time.monotonic() > until:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
