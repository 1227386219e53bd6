"""Live instances that stay restored between moves."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from opsflow.engine import Execution

KEPT_IN_MEMORY = 256
"""How many live instances stay restored between moves."""


class LiveExecutions:
    """Restored instances under (id, revision); one is taken out while it moves.

    A move that is rolled back simply does not put its execution back.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, Execution]] = OrderedDict()
        self._lock = Lock()

    def take(self, instance_id: str, revision: int) -> Execution | None:
        """One that is at this revision, taken out."""
        with self._lock:
            kept = self._kept.pop(instance_id, None)
        return kept[1] if kept and kept[0] == revision else None

    def keep(self, instance_id: str, revision: int, execution: Execution) -> None:
        """Keep one; the one that was used longest ago makes room."""
        with self._lock:
            self._kept[instance_id] = (revision, execution)
            while len(self._kept) > KEPT_IN_MEMORY:
                self._kept.popitem(last=False)
