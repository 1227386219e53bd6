"""The append-only, hash-chained event log: written with every change, verified at any time."""

from opsflow.history.entries import Entry
from opsflow.history.service import History
from opsflow.history.verifying import Break, Verification
from opsflow.history.writing import append

__all__ = ["Break", "Entry", "History", "Verification", "append"]
