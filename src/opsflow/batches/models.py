"""The tables of the batches: what was ordered, and what became of each item."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Double, Enum, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.engine import decode
from opsflow.errors import WrongState

_WAITING = text("state = 'waiting'")
_FAILED = text("state = 'failed'")


class BatchState(StrEnum):
    """The life of a batch."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    """No item waits any more; some may have failed."""
    CANCELLED = "cancelled"


class ItemState(StrEnum):
    """What became of an item."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """The batch was cancelled before its turn."""


@dataclass(frozen=True, slots=True)
class Portion:
    """How many items of a batch are of one release."""

    process_key: str
    version: int
    count: int


class Batch(Base):
    """One verb, ordered for many items.

    ``run`` counts how often work on it began; who works for an earlier run stops.
    """

    __tablename__ = PREFIX + "batch"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'paused', 'done', 'cancelled')", name="state"),
        CheckConstraint("(state = 'running') = (running_since IS NOT NULL)", name="running"),
        CheckConstraint(
            "(state IN ('done', 'cancelled')) = (ended_at IS NOT NULL) "
            "AND (ended_at IS NULL) = (done IS NULL) AND (ended_at IS NULL) = (failed IS NULL)",
            name="ended",
        ),
        CheckConstraint("total > 0 AND run > 0 AND worked >= 0", name="counts"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    verb: Mapped[str]
    parameters: Mapped[str]
    """What the verb is told besides its item, as the engine writes variables."""
    reason: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    state: Mapped[BatchState] = mapped_column(
        Enum(BatchState, native_enum=False, length=20, values_callable=lambda states: [*states])
    )
    run: Mapped[int]
    total: Mapped[int]
    releases: Mapped[str]
    """JSON: process, version and number of items, of each release concerned."""
    worked: Mapped[float] = mapped_column(Double)
    """Seconds that it was running, before the present run."""
    running_since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    done: Mapped[int | None]
    failed: Mapped[int | None]
    """How many items were done and failed, once it has ended; before, they are counted."""

    @property
    def portions(self) -> list[Portion]:
        """How many items there are of each release concerned."""
        return [Portion(*each) for each in json.loads(self.releases)]

    @property
    def told(self) -> dict[str, object]:
        """What the verb is told besides its item."""
        parameters = decode(self.parameters)
        assert isinstance(parameters, dict)
        return parameters

    @property
    def is_over(self) -> bool:
        """Whether nothing waits any more."""
        return self.ended_at is not None

    def pause(self, now: datetime) -> None:
        """No item is begun until it is resumed. Raises WrongState."""
        self._require("pause", BatchState.RUNNING)
        self._stop(BatchState.PAUSED, now)

    def resume(self, now: datetime) -> None:
        """Work on it goes on. Raises WrongState."""
        self._require("resume", BatchState.PAUSED)
        self._begin(now)

    def require_open(self, verb: str) -> None:
        """Raise WrongState where nothing waits any more."""
        self._require(verb, BatchState.RUNNING, BatchState.PAUSED)

    def cancel(self, now: datetime, *, done: int, failed: int) -> None:
        """What waits is not done any more. Raises WrongState."""
        self.require_open("cancel")
        self._end(BatchState.CANCELLED, now, done, failed)

    def finish(self, now: datetime, *, done: int, failed: int) -> None:
        """No item waits any more. Raises WrongState."""
        self._require("finish", BatchState.RUNNING)
        self._end(BatchState.DONE, now, done, failed)

    def require_retryable(self) -> None:
        """Raise WrongState where its failed items cannot be tried again."""
        self._require("retry", BatchState.RUNNING, BatchState.PAUSED, BatchState.DONE)

    def reopen(self, now: datetime) -> None:
        """Items of a batch that was done wait again."""
        self.ended_at = self.done = self.failed = None
        self._begin(now)

    def seconds(self, now: datetime) -> float:
        """How long it was running so far."""
        if self.running_since is None:
            return self.worked
        return self.worked + max((now - self.running_since).total_seconds(), 0)

    def _begin(self, now: datetime) -> None:
        self.state, self.running_since = BatchState.RUNNING, now
        self.run += 1

    def _end(self, state: BatchState, now: datetime, done: int, failed: int) -> None:
        self._stop(state, now)
        self.ended_at, self.done, self.failed = now, done, failed

    def _stop(self, state: BatchState, now: datetime) -> None:
        self.worked = self.seconds(now)
        self.state, self.running_since = state, None

    def _require(self, verb: str, *states: BatchState) -> None:
        if self.state not in states:
            raise WrongState("batch", self.id, str(self.state), verb)


class BatchItem(Base):
    """One item of a batch. Its effect and its state are written in one transaction."""

    __tablename__ = PREFIX + "batch_item"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'failed', 'cancelled')", name="state"),
        CheckConstraint("(state = 'failed') = (error IS NOT NULL)", name="error"),
        CheckConstraint("(state IN ('done', 'failed')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("(target IS NULL) = (input IS NOT NULL)", name="target"),
        Index(
            f"ix_{PREFIX}batch_item_waiting",
            "batch_id",
            "position",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index(
            f"ix_{PREFIX}batch_item_failed",
            "batch_id",
            "position",
            sqlite_where=_FAILED,
            postgresql_where=_FAILED,
        ),
    )

    batch_id: Mapped[str] = mapped_column(Id, ForeignKey(Batch.id), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """From 1 on."""
    state: Mapped[ItemState] = mapped_column(
        Enum(ItemState, native_enum=False, length=20, values_callable=lambda states: [*states])
    )
    target: Mapped[str | None] = mapped_column(Id)
    """The id of the instance or incident; none for an instance that is to be started."""
    instance_id: Mapped[str | None] = mapped_column(Id)
    """The instance concerned; that which was started, once it is."""
    input: Mapped[str | None]
    """The row that an instance is started with, as the engine writes variables."""
    error: Mapped[str | None]
    ended_at: Mapped[datetime | None]
