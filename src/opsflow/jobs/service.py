"""The use cases of the jobs."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from random import SystemRandom
from threading import Lock

from opsflow.db import Database, Unit, new_id, require_key
from opsflow.definitions import Definitions
from opsflow.engine import encode
from opsflow.errors import Invalid, NotFound, WrongState
from opsflow.events import Actor
from opsflow.instances import Handlers, Instances
from opsflow.jobs import store
from opsflow.jobs.bell import Bell
from opsflow.jobs.draining import Drain
from opsflow.jobs.events import JobRetried
from opsflow.jobs.external import ExternalWork
from opsflow.jobs.grouping import GroupCommit
from opsflow.jobs.health import Depth, Health, health_of
from opsflow.jobs.ledger import Ledger
from opsflow.jobs.models import Job, Kind, State
from opsflow.jobs.running import Runner
from opsflow.jobs.settling import Settling
from opsflow.jobs.workshop import Engine, Workshop
from opsflow.telemetry import traceparent

PAGE_LIMIT = 10_000
"""Jobs that one page may have."""
DUE_LIMIT = 1_000_000
"""Jobs and timers that may be done in one go."""


class Jobs(ExternalWork):
    """The background work of this opsflow."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        handlers: Handlers,
        engine: Engine,
        bell: Bell,
    ) -> None:
        settling = Settling(database, instances, handlers, engine, SystemRandom().random)
        ledger = Ledger(database, engine, settling)
        super().__init__(database, instances, definitions, engine, settling, ledger, bell)
        runner = Runner(handlers, ledger, settling)
        one_writer = database.engine.dialect.name == "sqlite"
        turn: AbstractContextManager[object] = Lock() if one_writer else nullcontext()
        self.workshop = Workshop(ledger, runner, instances, bell, settling, turn)
        self._drain = Drain(ledger, runner, GroupCommit(runner, settling, turn))

    def enqueue(
        self,
        topic: str,
        variables: Mapping[str, object] | None = None,
        *,
        instance_id: str | None = None,
        due_at: datetime | None = None,
    ) -> Job:
        """Have the handler of a topic called once this transaction is committed, or later.

        It is retried like a service task; what it gives back is not kept. With
        ``instance_id`` it waits while that instance is suspended. Raises VariablesInvalid.
        """
        with self._database.unit() as unit:
            held_at = None
            if instance_id is not None:
                held_at = self._instances.lock(unit, instance_id).suspended_at
            job = Job(
                id=new_id(unit.now),
                kind=Kind.CALL,
                topic=require_key("A topic", topic),
                instance_id=instance_id,
                payload=encode(dict(variables or {})),
                held_at=held_at,
                attempt=0,
                failures=0,
                traceparent=traceparent(),
                created_at=unit.now,
            )
            job.queue(due_at or unit.now, unit.now)
            self._queue(unit, job)
            return job

    def get(self, job_id: str) -> Job:
        """A job that is not done yet. Raises NotFound."""
        with self._database.reading() as unit:
            return self._get(unit, job_id)

    def find(
        self,
        *,
        state: str | None = None,
        topic: str | None = None,
        instance_id: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Job]:
        """Jobs that meet every condition, oldest first, from behind the id ``after``.

        Raises Invalid for a page of another size than 1 to ``PAGE_LIMIT``.
        """
        if not 1 <= limit <= PAGE_LIMIT:
            raise Invalid(f"A page has 1 to {PAGE_LIMIT} jobs, not {limit}.")
        if state is not None and state not in [*State]:
            raise Invalid(f"The state of a job is one of {', '.join(State)}, not {state!r}.")
        wanted = ((Job.state, state), (Job.topic, topic), (Job.instance_id, instance_id))
        conditions = [column == value for column, value in wanted if value is not None]
        with self._database.reading() as unit:
            return store.find(unit.session, conditions, after, limit)

    def depths(self) -> list[Depth]:
        """How much there is to do, by topic and state."""
        with self._database.reading() as unit:
            return [Depth(*row) for row in store.depths(unit.session)]

    def health(self) -> Health:
        """What there is to do, how late it is, and whether the workers of this process work."""
        with self._database.snapshot() as unit:
            census = self._instances.census
            return health_of(
                unit.now,
                self.depths(),
                census.incidents(),
                store.count_loose_incidents(unit.session),
                census.overdue(),
                self.workshop.pulses.all(),
            )

    def retry(self, job_id: str, *, by: str) -> Job:
        """Have a job done now that waits for its time, or that is an incident without a step.

        The incident of a step is retried by ``instances.retry``. Raises NotFound, WrongState.
        """
        with self._database.unit() as unit:
            job = self._hold(unit, job_id)
            if job.state is State.RUNNING or (job.state is State.INCIDENT and job.step_id):
                raise WrongState("job", job_id, str(job.state), "retry")
            if job.state is State.INCIDENT:
                job.renew(job.payload, unit.now)
            else:
                job.queue(unit.now, unit.now)
            self._dispatcher.dispatch(unit, job)
            store.save(unit.connection, job)
            unit.announce(
                JobRetried(
                    actor=Actor(by),
                    job_id=job.id,
                    topic=job.topic,
                    instance_id=job.instance_id,
                    step_id=job.step_id,
                )
            )
            return job

    def run_due(self, *, limit: int = 1000) -> int:
        """Fire what is due and do every job that is due and has a handler here, once.

        Works in the calling thread; ``limit`` is how much is done at the most. Gives how much
        was. Raises WrongState inside a transaction: work is done outside of every one.
        """
        self._require_no_transaction()
        if not 1 <= limit <= DUE_LIMIT:
            raise Invalid(f"1 to {DUE_LIMIT} are done at a time, not {limit}.")
        self._ledger.expire()
        done = self._instances.run_due(limit=limit)
        while done < limit and (ran := self._drain.run(own_name(), limit - done)):
            done += ran
        return done

    def run_until_idle(self, *, limit: int = 100_000) -> int:
        """Fire and do everything that is due, and what follows from it, until nothing is left.

        What waits for a later moment stays. Gives how much was done.
        """
        total = 0
        while total < limit and (done := self.run_due(limit=min(limit - total, DUE_LIMIT))):
            total += done
        return total

    def next_due(self) -> datetime | None:
        """When the next timer or job is due."""
        with self._database.reading() as unit:
            moments = (self._instances.next_due(), store.next_due(unit.connection))
        return min((at for at in moments if at is not None), default=None)

    def _get(self, unit: Unit, job_id: str) -> Job:
        job = unit.session.get(Job, job_id)
        if job is None:
            raise NotFound("job", job_id)
        return job

    def _hold(self, unit: Unit, job_id: str) -> Job:
        """The job, behind its instance, as everybody locks them."""
        seen = self._get(unit, job_id)
        if seen.instance_id is not None:
            self._instances.lock(unit, seen.instance_id)
        job = store.hold(unit.connection, job_id)
        if job is None:
            raise NotFound("job", job_id)
        return job

    def _require_no_transaction(self) -> None:
        if self._database.in_transaction:
            raise WrongState("transaction", "here", "open", "do jobs")


def own_name() -> str:
    """Who takes jobs in this process: the machine and the number of the process."""
    return f"{socket.gethostname()}:{os.getpid()}"
