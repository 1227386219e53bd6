"""Work on batches: item after item, each in a transaction of its own with its result.

A lane is a job of the ledger that does a chunk of items, and is queued again behind whatever
is due by then. A worker that dies in an item has changed nothing of it; one that dies behind
it leaves an item that is done. What two lanes see at once, one of them holds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import exc

from opsflow.batches import store
from opsflow.batches.events import BatchFinished, BatchItemDone
from opsflow.batches.models import Batch, BatchState
from opsflow.batches.verbs import Item, Verb
from opsflow.db import Database, Unit
from opsflow.engine import decode
from opsflow.errors import Conflict, DatabaseUnavailable, Invalid, NotFound, OpsflowError
from opsflow.events import Actor
from opsflow.instances import Again, Instances, ServiceCall, Terms, said
from opsflow.jobs import Jobs

LOG = logging.getLogger("opsflow.batches")

TOPIC = "opsflow.batch"
"""Of the jobs that work on batches."""
TERMS = Terms(retries=20, backoff=timedelta(seconds=1), timeout=timedelta(minutes=5))
"""On which they are done: a database that is away for hours ends no batch."""
LANES = 4
"""Jobs that work on one batch at once; on SQLite, where one writes at a time, it is one."""
CHUNK = 50
"""Items that a lane does before others have a turn."""
CHUNK_SECONDS = 0.5
"""Seconds after which a chunk ends early."""
LOOK_AGAIN = timedelta(seconds=1)
"""When a lane looks again for items that others are doing and may leave behind."""
ATTEMPTS = 6
FIRST_PAUSE = 0.05
"""Seconds, doubled each time, between attempts at an item that the database did not take."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lane:
    """Who works on a run of a batch, and behind which item."""

    batch_id: str
    run: int
    after: int = 0

    @property
    def payload(self) -> dict[str, object]:
        """What its job is given."""
        return {"batch": self.batch_id, "run": self.run, "after": self.after}


class Working:
    """Does the items of batches."""

    def __init__(
        self, database: Database, instances: Instances, jobs: Jobs, verbs: Mapping[str, Verb]
    ) -> None:
        self._database = database
        self._instances = instances
        self._jobs = jobs
        self._verbs = verbs

    def handle(self, call: ServiceCall) -> Again | None:
        """The handler of the jobs of batches: a chunk, and again until nothing waits.

        Raises Invalid for a service task of a process: the topic is for batches only.
        """
        if call.step_id:
            raise Invalid(f"The topic {TOPIC!r} is for batches: give the service task another.")
        lane = _lane(call.variables)
        done, ahead = self._chunk(self._read(lane.batch_id), lane)
        if done or ahead.after < lane.after:
            return Again(ahead.payload)
        if self._finish(lane):
            return None
        return Again(ahead.payload, LOOK_AGAIN)

    def work(self, batch_id: str) -> int:
        """Do the next items of a running batch here, in this thread; give how many.

        None are done where the batch does not run, or others have the last ones. Workers go
        on meanwhile: nothing is done twice. Raises NotFound.
        """
        batch = self._read(batch_id)
        lane = Lane(batch_id, batch.run)
        done, _ = self._chunk(batch, lane)
        if not done:
            self._finish(lane)
        return done

    def _send_lanes(self, batch: Batch) -> None:
        """Have a run of a batch worked on, from when this transaction is committed."""
        is_sqlite = self._database.engine.dialect.name == "sqlite"
        for _ in range(1 if is_sqlite else min(LANES, -(-batch.total // CHUNK))):
            about = Lane(batch.id, batch.run).payload
            self._jobs.enqueue(TOPIC, about, subject=subject_of(batch.id))

    def _read(self, batch_id: str) -> Batch:
        with self._database.reading() as unit:
            batch = unit.session.get(Batch, batch_id, populate_existing=True)
        if batch is None:
            raise NotFound("batch", batch_id)
        return batch

    def _chunk(self, batch: Batch, lane: Lane) -> tuple[int, Lane]:
        """Do some items behind a position; how many, and where it goes on.

        At the end it goes on from the beginning, for what others have left behind.
        """
        until = time.monotonic() + CHUNK_SECONDS
        for done in range(CHUNK):
            position = _patiently(partial(self._next, batch, lane))
            if position is None:
                return done, replace(lane, after=0)
            lane = replace(lane, after=position)
            if time.monotonic() > until:
                return done + 1, lane
        return CHUNK, lane

    def _next(self, batch: Batch, lane: Lane) -> int | None:
        """Do the next item, and give its position: its effect and its result are one."""
        with self._database.transaction() as unit:
            item = store.take_next(unit.connection, lane.batch_id, lane.run, lane.after)
            if item is None:
                return None
            result = self._result(unit, batch, item)
            store.settle(unit.connection, batch.id, item.position, **result)
            return item.position

    def _result(self, unit: Unit, batch: Batch, item: store.Next) -> Mapping[str, object]:
        """Do an item, of which nothing is kept if it fails."""
        try:
            return store.done_values(unit.now, self._do(batch, item))
        except exc.OperationalError:
            # The database is away, or another transaction was given the way: nobody's fault.
            raise
        except OpsflowError as error:
            return store.failed_values(unit.now, said(str(error)))
        except Exception as error:
            # Whatever an item finds that nobody foresaw must not hold up all others.
            LOG.exception("item %s of batch %s failed", item.position, batch.id)
            return store.failed_values(unit.now, said(f"{type(error).__name__}: {error}"))

    def _do(self, batch: Batch, item: store.Next) -> str:
        verb = self._verbs.get(batch.verb)
        if verb is None:
            raise Invalid(f"This version of opsflow knows no batch to {batch.verb}.")
        row = decode(item.input) if item.input else {}
        assert isinstance(row, dict)
        with self._database.unit() as unit:
            given = Item(
                target=item.target or "",
                by=batch.created_by,
                reason=batch.reason,
                parameters=batch.told,
                row=row,
            )
            result = verb.do(self._instances, given)
            instance_id = item.instance_id or str(result)
            unit.announce(
                BatchItemDone(
                    actor=Actor(batch.created_by),
                    instance_id=instance_id,
                    batch_id=batch.id,
                    position=item.position,
                    verb=batch.verb,
                )
            )
            return instance_id

    def _finish(self, lane: Lane) -> bool:
        """Whether there is nothing more for this lane; who finds that first ends the batch."""
        with self._database.unit() as unit:
            batch = store.hold(unit.session, lane.batch_id)
            if batch is None or batch.state is not BatchState.RUNNING or batch.run != lane.run:
                return True
            if store.has_waiting(unit.session, batch.id):
                return False
            _, failed = store.counts(unit.session, [batch.id])[batch.id]
            done = batch.total - failed
            batch.finish(unit.now, done=done, failed=failed)
            unit.announce(BatchFinished(batch_id=batch.id, done=done, failed=failed, cancelled=0))
            return True


def subject_of(batch_id: str) -> str:
    """What the lanes of a batch are about."""
    return f"batch:{batch_id}"


def _lane(variables: Mapping[str, object]) -> Lane:
    batch_id, run, after = variables["batch"], variables["run"], variables["after"]
    assert isinstance(batch_id, str)
    assert isinstance(run, int)
    assert isinstance(after, int)
    return Lane(batch_id, run, after)


def _patiently(do: Callable[[], T]) -> T:
    """Try again where others are in the way; in the end the job fails, and is tried again."""
    pause = FIRST_PAUSE
    for _ in range(ATTEMPTS - 1):
        try:
            return do()
        except (Conflict, DatabaseUnavailable, exc.OperationalError, exc.TimeoutError):
            time.sleep(pause)
            pause *= 2
    return do()
