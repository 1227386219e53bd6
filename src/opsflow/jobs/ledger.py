"""Take jobs, keep them, give them back: what every worker does with the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from opsflow.db import Database, Unit
from opsflow.errors import DatabaseUnavailable, OpsflowError, StateUnreadable
from opsflow.instances import Failed
from opsflow.jobs import store
from opsflow.jobs.leases import Lease, lease_of, lease_unread
from opsflow.jobs.models import Job
from opsflow.jobs.ports import Dispatcher
from opsflow.jobs.settling import Settling
from opsflow.jobs.watching import LOG, Answered
from opsflow.telemetry import Observer

Span: TypeAlias = Callable[[str], timedelta]
"""How long a job of a topic is leased for."""
EXPIRED_AT_ONCE = 100
"""Leases that are looked after in one go."""


class Ledger:
    """The rows of the jobs, as whoever works on them sees them."""

    def __init__(self, database: Database, dispatcher: Dispatcher, settling: Settling) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._settling = settling

    @property
    def observer(self) -> Observer:
        """Is told what is done here."""
        return self._database.observer

    def unit(self) -> AbstractContextManager[Unit]:
        """A transaction on the ledger, for an engine that sweeps it."""
        return self._database.unit()

    def take(self, owner: str, topics: Collection[str], limit: int, span: Span) -> list[Lease]:
        """Take up to ``limit`` due jobs of these topics; no two takers have the same one."""
        if not topics or limit < 1:
            return []
        while self._has_due(topics):
            with self._database.unit() as unit:
                jobs = store.take_due(unit.connection, unit.now, topics, limit)
                for job in jobs:
                    # Nobody has to be told of it, and of a topic of others nobody would be.
                    self._dispatcher.cancel(unit, job)
                    job.engine_ref = None
                taken = self._mark(unit, jobs, owner, span)
            leases = self._leases(taken)
            if leases or not taken:
                return leases
        return []

    def take_told(
        self, owner: str, jobs: Collection[str], topics: Collection[str], span: Span
    ) -> list[Lease]:
        """Take those of these jobs that are due, of these topics, and that nobody has.

        A job that was told of under a topic may have another one since its instance migrated.
        """
        if not jobs:
            return []
        with self._database.unit() as unit:
            due = store.hold_due(unit.connection, unit.now, jobs, topics)
            taken = self._mark(unit, due, owner, span)
        return self._leases(taken)

    def extend(self, leases: Collection[Lease], span: timedelta) -> set[str]:
        """Have these jobs for so much longer from now; the ids of those that were still had."""
        if not leases:
            return set()
        attempts = [(lease.job_id, lease.attempt) for lease in leases]
        with self._database.unit() as unit:
            return set(store.extend(unit.connection, attempts, unit.now + span))

    def hand_back(self, leases: Collection[Lease]) -> None:
        """Nothing was done for these: somebody else may take them at once.

        One that somebody holds at this moment is passed over: its lease runs out.
        """
        if not leases:
            return
        attempts = {lease.job_id: lease.attempt for lease in leases}
        with self._database.unit() as unit:
            held = store.hold_free(unit.connection, attempts)
            mine = [job for job in held if job.attempt == attempts[job.id]]
            for job in mine:
                job.queue(unit.now, unit.now)
                self._dispatcher.dispatch(unit, job)
            store.save_all(unit.connection, mine)

    def untell(self, jobs: Collection[str]) -> None:
        """Nobody was told of these after all: the next sweep of the engine does it."""
        if jobs:
            with self._database.unit() as unit:
                store.untell(unit.connection, jobs)

    def expire(self) -> int:
        """Let every attempt fail whose lease has run out, and give how many."""
        with self._database.reading() as unit:
            found = store.expired(unit.connection, unit.now, EXPIRED_AT_ONCE)
        leases = [lease_unread(job) for job in found]
        return sum(_alone(lease, partial(self._settling.expire, lease)) for lease in leases)

    def _mark(self, unit: Unit, jobs: list[Job], owner: str, span: Span) -> list[Job]:
        for job in jobs:
            late = unit.now - (job.due_at or unit.now)
            unit.after_commit(partial(self._database.observer.job_taken, job.topic, late))
            job.take(owner, unit.now + span(job.topic), secrets.token_urlsafe(12))
        store.save_all(unit.connection, jobs)
        return jobs

    def _leases(self, jobs: list[Job]) -> list[Lease]:
        """A job whose variables cannot be read is an incident, and keeps no other one."""
        leases = []
        for job in jobs:
            try:
                leases.append(lease_of(job))
            except StateUnreadable as error:
                unread = Failed(f"The variables of its job cannot be read. {error}", retries=0)
                lease = lease_unread(job)
                _alone(lease, partial(self._settling.settle, Answered(lease, unread)))
        return leases

    def _has_due(self, topics: Collection[str]) -> bool:
        """Whether anything is due: looking costs no lock."""
        with self._database.reading() as unit:
            return store.any_due(unit.connection, unit.now, topics)


def _alone(lease: Lease, fail: Callable[[], bool]) -> bool:
    """Let one attempt fail; where its instance cannot be read, that holds up no other one."""
    try:
        return fail()
    except DatabaseUnavailable:
        raise
    except OpsflowError as error:
        LOG.warning("job %s: that its attempt failed is not written: %s", lease.job_id, error)
        return False
