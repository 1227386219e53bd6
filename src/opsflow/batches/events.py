"""What the batches announce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opsflow.events import Event, InstanceEvent


@dataclass(frozen=True, kw_only=True)
class BatchEvent(Event):
    """Something about one batch."""

    batch_id: str

    @property
    def stream(self) -> str:
        """One chain per batch."""
        return f"batch:{self.batch_id}"


@dataclass(frozen=True, kw_only=True)
class BatchStarted(BatchEvent):
    """A verb was ordered for many items; ``selection`` tells how they were chosen."""

    verb: str
    total: int
    reason: str
    selection: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class BatchPaused(BatchEvent):
    """No item is begun until it is resumed."""


@dataclass(frozen=True, kw_only=True)
class BatchResumed(BatchEvent):
    """Work on it goes on."""


@dataclass(frozen=True, kw_only=True)
class BatchRetried(BatchEvent):
    """So many failed items wait again."""

    count: int


@dataclass(frozen=True, kw_only=True)
class BatchEnded(BatchEvent):
    """What became of the items."""

    done: int
    failed: int
    cancelled: int


@dataclass(frozen=True, kw_only=True)
class BatchCancelled(BatchEnded):
    """What waited is not done any more."""


@dataclass(frozen=True, kw_only=True)
class BatchFinished(BatchEnded):
    """No item waits any more."""


@dataclass(frozen=True, kw_only=True)
class BatchItemDone(InstanceEvent):
    """What happened in this transaction was ordered by a batch."""

    batch_id: str
    position: int
    verb: str
