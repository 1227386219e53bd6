"""Take jobs, keep them, give them back: what every worker does with the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from opsflow.db import Database, Unit
from opsflow.jobs import store
from opsflow.jobs.leases import Lease, lease_of
from opsflow.jobs.models import Job
from opsflow.jobs.ports import Dispatcher
from opsflow.jobs.settling import Settling
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
        if not topics or limit < 1 or not self._has_due(topics):
            return []
        with self._database.unit() as unit:
            jobs = store.take_due(unit.connection, unit.now, topics, limit)
            for job in jobs:
                self._take(unit, job, owner, span)
            store.save_all(unit.connection, jobs)
            return [lease_of(job) for job in jobs]

    def take_one(self, owner: str, job_id: str, span: Span) -> Lease | None:
        """Take this job, if it is due and nobody has it."""
        with self._database.unit() as unit:
            job = store.hold_waiting(unit.connection, job_id)
            if job is None or job.due_at is None or job.due_at > unit.now:
                return None
            self._take(unit, job, owner, span)
            store.save(unit.connection, job)
            return lease_of(job)

    def extend(self, leases: Collection[Lease], span: timedelta) -> set[str]:
        """Have these jobs for so much longer from now; the ids of those that were still had."""
        if not leases:
            return set()
        attempts = [(lease.job_id, lease.attempt) for lease in leases]
        with self._database.unit() as unit:
            return set(store.extend(unit.connection, attempts, unit.now + span))

    def hand_back(self, leases: Iterable[Lease]) -> None:
        """Nothing was done for these: somebody else may take them at once."""
        for lease in leases:
            with self._database.unit() as unit:
                job = store.hold_attempt(unit.connection, lease.job_id, lease.attempt)
                if job is not None:
                    job.queue(unit.now, unit.now)
                    self._dispatcher.dispatch(unit, job)
                    store.save(unit.connection, job)

    def expire(self) -> int:
        """Let every attempt fail whose lease has run out, and give how many."""
        with self._database.reading() as unit:
            found = [lease_of(j) for j in store.expired(unit.connection, unit.now, EXPIRED_AT_ONCE)]
        return sum(self._settling.expire(lease) for lease in found)

    def _has_due(self, topics: Collection[str]) -> bool:
        """Whether anything is due: looking costs no lock."""
        with self._database.reading() as unit:
            return store.any_due(unit.connection, unit.now, topics)

    def _take(self, unit: Unit, job: Job, owner: str, span: Span) -> None:
        late = unit.now - (job.due_at or unit.now)
        unit.after_commit(partial(self._database.observer.job_taken, job.topic, late))
        job.take(owner, unit.now + span(job.topic), secrets.token_urlsafe(12))
