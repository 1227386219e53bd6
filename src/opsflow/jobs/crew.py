"""Threads that do what they are given, and can be left behind where one of them hangs."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition, Thread

from opsflow.jobs.leases import Lease

LOG = logging.getLogger("opsflow.jobs")


@dataclass(eq=False, slots=True)
class Piece:
    """Something to do. ``key`` is the same for what must not be done twice at once."""

    key: object
    action: Callable[[], object]
    lease: Lease | None = None
    started: float | None = field(default=None)
    """On the monotonic clock."""
    left_behind: bool = False
    answered: bool = False
    """Its handler is done, and cannot hang any more."""


class Crew:
    """A fixed number of threads at work, besides those that were left behind.

    ``done`` is called whenever one of them is free again.
    """

    def __init__(self, name: str, threads: int, done: Callable[[], None]) -> None:
        self.threads = threads
        self._name = name
        self._done = done
        self._change = Condition()
        self._waiting: deque[Piece] = deque()
        self._pieces: dict[object, Piece] = {}
        self._closed = False
        for _ in range(threads):
            self._hire()

    def submit(self, piece: Piece) -> bool:
        """Have it done; False where something with its key waits or runs already."""
        with self._change:
            if piece.key in self._pieces or self._closed:
                return False
            self._pieces[piece.key] = piece
            self._waiting.append(piece)
            self._change.notify()
            return True

    def count(self) -> int:
        """How many wait or run."""
        with self._change:
            return len(self._pieces)

    def pieces(self) -> list[Piece]:
        """What waits or runs, without what was left behind."""
        with self._change:
            return list(self._pieces.values())

    def withdraw(self) -> list[Piece]:
        """Take back everything that nobody has begun."""
        with self._change:
            taken = list(self._waiting)
            self._waiting.clear()
            for piece in taken:
                del self._pieces[piece.key]
            return taken

    def leave_behind(self, piece: Piece) -> None:
        """A thread hangs in it: another one takes its place, and it ends when it comes back."""
        with self._change:
            if self._pieces.get(piece.key) is piece and piece.started is not None:
                piece.left_behind = True
                del self._pieces[piece.key]
                self._hire()

    def close(self) -> None:
        """Take nothing more; every thread ends once it has nothing to do."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        """Whether everything was done in time."""
        with self._change:
            return self._change.wait_for(lambda: not self._pieces, seconds)

    def _hire(self) -> None:
        # A thread that hangs in foreign code must not keep the process from ending.
        Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while (piece := self._next()) is not None:
            try:
                piece.action()
            except Exception:
                # The end of a thread's world: whatever it was, the next piece is done.
                LOG.exception("%s: %r failed", self._name, piece.key)
            if self._is_left_behind(piece):
                return
            self._done()

    def _next(self) -> Piece | None:
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            piece = self._waiting.popleft()
            piece.started = time.monotonic()
            return piece

    def _is_left_behind(self, piece: Piece) -> bool:
        with self._change:
            if not piece.left_behind:
                del self._pieces[piece.key]
                self._change.notify_all()
            return piece.left_behind
