"""The use cases of batches: look at them, pause, resume, cancel, retry what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from opsflow.batches import store
from opsflow.batches.events import BatchCancelled, BatchPaused, BatchResumed, BatchRetried
from opsflow.batches.models import Batch, BatchItem, BatchState, ItemState
from opsflow.batches.ordering import Ordering
from opsflow.batches.progress import Progress, progress_of
from opsflow.batches.verbs import VERBS, Verb
from opsflow.db import Database, Unit
from opsflow.definitions import Definitions
from opsflow.errors import Invalid, NotFound, WrongState
from opsflow.events import Actor
from opsflow.instances import Instances
from opsflow.jobs import Jobs

PAGE_LIMIT = 10_000
"""Batches or items that one page may have."""
LAST = 2_147_483_647
"""The last position that an item could have."""

S = TypeVar("S", bound=StrEnum)


class Batches(Ordering):
    """The batches of this opsflow."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        jobs: Jobs,
        verbs: Mapping[str, Verb] = VERBS,
    ) -> None:
        super().__init__(database, instances, definitions, jobs, verbs)

    def get(self, batch_id: str) -> Progress:
        """A batch and how far it is. Raises NotFound."""
        with self._database.reading() as unit:
            batch = unit.session.get(Batch, batch_id, populate_existing=True)
            if batch is None:
                raise NotFound("batch", batch_id)
            return _progress(unit, [batch])[0]

    def find(
        self,
        *,
        state: str | None = None,
        verb: str | None = None,
        by: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Progress]:
        """Batches that meet every condition, the newest first, from behind the id ``after``.

        Raises Invalid.
        """
        _require_page(limit)
        wanted = (
            (Batch.state, _state(BatchState, "batch", state)),
            (Batch.verb, verb),
            (Batch.created_by, by),
        )
        conditions = [column == value for column, value in wanted if value is not None]
        with self._database.reading() as unit:
            return _progress(unit, store.find(unit.session, conditions, after, limit))

    def items(
        self, batch_id: str, *, state: str | None = None, after: int = 0, limit: int = 100
    ) -> list[BatchItem]:
        """Items of a batch in their order, from behind the position ``after``.

        Raises NotFound, Invalid.
        """
        _require_page(limit)
        if not 0 <= after <= LAST:
            raise Invalid(f"The items of a batch are numbered from 1 on: behind {after} is none.")
        wanted = _state(ItemState, "item", state)
        with self._database.reading() as unit:
            if unit.session.get(Batch, batch_id) is None:
                raise NotFound("batch", batch_id)
            return store.items(unit.session, batch_id, wanted, after, limit)

    def pause(self, batch_id: str, *, by: str) -> Progress:
        """Begin no item until it is resumed; what is being done ends. Raises WrongState."""
        with self._database.unit() as unit:
            batch = self._hold(unit, batch_id)
            batch.pause(unit.now)
            unit.announce(BatchPaused(actor=Actor(by), batch_id=batch.id))
            return _progress(unit, [batch])[0]

    def resume(self, batch_id: str, *, by: str) -> Progress:
        """Let work on a paused batch go on. Raises NotFound, WrongState."""
        with self._database.unit() as unit:
            batch = self._hold(unit, batch_id)
            batch.resume(unit.now)
            self._send_lanes(batch)
            unit.announce(BatchResumed(actor=Actor(by), batch_id=batch.id))
            return _progress(unit, [batch])[0]

    def cancel(self, batch_id: str, *, by: str) -> Progress:
        """Do nothing more of it; what is done stays done. Raises NotFound, WrongState."""
        with self._database.unit() as unit:
            batch = self._hold(unit, batch_id)
            batch.require_open("cancel")
            cancelled = store.cancel_waiting(unit.connection, batch.id)
            _, failed = store.counts(unit.session, [batch.id])[batch.id]
            done = batch.total - failed - cancelled
            batch.cancel(unit.now, done=done, failed=failed)
            unit.announce(
                BatchCancelled(
                    actor=Actor(by),
                    batch_id=batch.id,
                    done=done,
                    failed=failed,
                    cancelled=cancelled,
                )
            )
            return _progress(unit, [batch])[0]

    def retry(self, batch_id: str, *, by: str) -> Progress:
        """Have the failed items tried again, also of a batch that was done.

        Raises NotFound, and WrongState where nothing has failed or it was cancelled.
        """
        with self._database.unit() as unit:
            batch = self._hold(unit, batch_id)
            batch.require_retryable()
            count = store.queue_failed(unit.connection, batch.id)
            if not count:
                raise WrongState("batch", batch.id, "without a failed item", "retry")
            if batch.is_over:
                batch.reopen(unit.now)
                self._send_lanes(batch)
            unit.announce(BatchRetried(actor=Actor(by), batch_id=batch.id, count=count))
            return _progress(unit, [batch])[0]

    def _hold(self, unit: Unit, batch_id: str) -> Batch:
        batch = store.hold(unit.session, batch_id)
        if batch is None:
            raise NotFound("batch", batch_id)
        return batch


def _progress(unit: Unit, batches: Sequence[Batch]) -> list[Progress]:
    """Only what has not ended is counted."""
    counted = store.counts(unit.session, [each.id for each in batches if not each.is_over])
    return [progress_of(each, *counted.get(each.id, (0, 0)), unit.now) for each in batches]


def _require_page(limit: int) -> None:
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid(f"A page has 1 to {PAGE_LIMIT} of them, not {limit}.")


def _state(states: type[S], what: str, state: str | None) -> S | None:
    if state is None:
        return None
    if state not in [*states]:
        raise Invalid(f"The state of a {what} is one of {', '.join(states)}, not {state!r}.")
    return states(state)
