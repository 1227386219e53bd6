"""How far a batch is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from opsflow.batches.models import Batch, BatchState


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The items of a batch by state, as they were a moment ago.

    ``rate`` is items per second while it was running; ``ends_at`` an estimate from it.
    """

    batch: Batch
    waiting: int
    done: int
    failed: int
    cancelled: int
    rate: float | None
    ends_at: datetime | None

    @property
    def id(self) -> str:
        """The id of the batch."""
        return self.batch.id

    @property
    def state(self) -> BatchState:
        """Whether the batch runs."""
        return self.batch.state

    @property
    def total(self) -> int:
        """How many items it has."""
        return self.batch.total

    @property
    def is_over(self) -> bool:
        """Whether no item waits any more."""
        return self.batch.is_over


def progress_of(batch: Batch, waiting: int, failed: int, now: datetime) -> Progress:
    """The progress; the counts given are those of a batch that has not ended."""
    if batch.done is not None and batch.failed is not None:
        done, failed, waiting = batch.done, batch.failed, 0
        cancelled = batch.total - done - failed
    else:
        done, cancelled = batch.total - waiting - failed, 0
    seconds = batch.seconds(now)
    rate = (done + failed) / seconds if done + failed and seconds > 0 else None
    return Progress(
        batch=batch,
        waiting=waiting,
        done=done,
        failed=failed,
        cancelled=cancelled,
        rate=rate,
        ends_at=_estimate(batch, waiting, rate, now),
    )


def _estimate(batch: Batch, waiting: int, rate: float | None, now: datetime) -> datetime | None:
    if batch.state is not BatchState.RUNNING or rate is None:
        return None
    try:
        return now + timedelta(seconds=waiting / rate)
    except OverflowError:
        return None
