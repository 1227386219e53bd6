"""Whether those who do jobs in this process are still at it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from opsflow.jobs.pace import Pace
from opsflow.jobs.stopping import Stop

PATIENCE = 30.0
"""Seconds in which a loop turns at the latest, where it looks more often than that."""


class Pulse:
    """Of one loop that takes jobs: it beats whenever the loop turns."""

    def __init__(self, name: str, pace: Pace, stop: Stop, patience: float = PATIENCE) -> None:
        self.name = name
        self._stop = stop
        self._within = max(patience, 3 * pace.poll.total_seconds())
        self._beaten = time.monotonic()

    def beat(self) -> None:
        """The loop has turned."""
        self._beaten = time.monotonic()

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop, and takes nothing more."""
        return self._stop.asked.is_set()

    @property
    def age(self) -> float:
        """Seconds since the loop turned."""
        return time.monotonic() - self._beaten

    @property
    def is_alive(self) -> bool:
        """Whether it has turned lately."""
        return self.age <= self._within


class Pulses:
    """Those of the loops that run in this process."""

    def __init__(self) -> None:
        self._felt: list[Pulse] = []
        self._lock = Lock()

    @contextmanager
    def felt(self, pulse: Pulse) -> Iterator[Pulse]:
        """While its loop runs."""
        with self._lock:
            self._felt.append(pulse)
        try:
            yield pulse
        finally:
            with self._lock:
                self._felt.remove(pulse)

    def all(self) -> list[Pulse]:
        """Every one."""
        with self._lock:
            return list(self._felt)
