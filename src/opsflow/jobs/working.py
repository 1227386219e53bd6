"""The pieces of work that a crew is given for leases, and how many of them it needs ahead."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from opsflow.jobs.crew import Piece
from opsflow.jobs.grouping import GroupCommit
from opsflow.jobs.leases import Lease
from opsflow.jobs.workshop import Workshop

AHEAD_SECONDS = 0.1
"""For how long a crew should have work: what it has ahead, nobody else can take."""
FEWEST_AHEAD, MOST_AHEAD = 2, 16
"""Jobs for each thread."""
WEIGHT = 0.2
"""How much the last job counts in the mean of how long one takes."""


class Work:
    """Does jobs for leases, and has their effects written in groups.

    ``over`` is called with the id of a job when there is nothing more to do for it here.
    """

    def __init__(self, workshop: Workshop, threads: int, over: Callable[[str], None]) -> None:
        self.group = GroupCommit(workshop.runner, workshop.settling, workshop.turn)
        self._runner = workshop.runner
        self._threads = threads
        self._over = over
        self._takes = AHEAD_SECONDS / FEWEST_AHEAD

    def piece(self, lease: Lease) -> Piece:
        """What a crew does for a lease."""
        piece = Piece((lease.job_id, lease.attempt), lambda: None, lease)
        piece.action = partial(self._do, piece, lease)
        return piece

    def ahead(self) -> int:
        """How many jobs a crew should have: more of quick ones than of slow ones."""
        each = int(AHEAD_SECONDS / max(self._takes, 0.001))
        return self._threads * min(max(each, FEWEST_AHEAD), MOST_AHEAD)

    def unwritten(self) -> int:
        """How many jobs are done whose effect is not written yet."""
        return len(self.group.leases())

    def _do(self, piece: Piece, lease: Lease) -> None:
        try:
            self._answer(piece, lease)
        finally:
            self._over(lease.job_id)

    def _answer(self, piece: Piece, lease: Lease) -> None:
        began = time.monotonic()
        answered = self._runner.work(lease)
        self._takes += WEIGHT * (time.monotonic() - began - self._takes)
        if answered is not None:
            # The handler is done: whatever else its thread has to write, it does not hang.
            piece.answered = True
            self.group.hand_in(answered)
