"""Batches: one verb on many instances, with progress, each item with its own result.

A batch is ordered and worked on in the background, by jobs of the ledger. Nothing here knows
of tasks.
"""

from opsflow.batches.events import (
    BatchCancelled,
    BatchFinished,
    BatchItemDone,
    BatchPaused,
    BatchResumed,
    BatchRetried,
    BatchStarted,
)
from opsflow.batches.models import Batch, BatchItem, BatchState, ItemState, Portion
from opsflow.batches.ordering import Preview, Row
from opsflow.batches.progress import Progress
from opsflow.batches.selection import Selection
from opsflow.batches.service import Batches
from opsflow.batches.verbs import VERBS, Item, On, Verb
from opsflow.batches.working import TERMS, TOPIC

__all__ = [
    "TERMS",
    "TOPIC",
    "VERBS",
    "Batch",
    "BatchCancelled",
    "BatchFinished",
    "BatchItem",
    "BatchItemDone",
    "BatchPaused",
    "BatchResumed",
    "BatchRetried",
    "BatchStarted",
    "BatchState",
    "Batches",
    "Item",
    "ItemState",
    "On",
    "Portion",
    "Preview",
    "Progress",
    "Row",
    "Selection",
    "Verb",
]
