"""The append-only, hash-chained event log: written with every change, verified at any time."""

from opsflow.history.models import Entry
from opsflow.history.service import Break, History, Verification, append

__all__ = ["Break", "Entry", "History", "Verification", "append"]
