"""Do due jobs in the calling thread."""

from __future__ import annotations

import time

from opsflow.jobs.ledger import Ledger
from opsflow.jobs.running import Runner

QUICK = 0.05
"""Seconds for which jobs may be taken ahead: for so long nobody else can take them."""
MOST = 32
"""Jobs that are taken in one go."""


class Drain:
    """Takes one job, and twice as many each time as long as they are quick."""

    def __init__(self, ledger: Ledger, runner: Runner) -> None:
        self._ledger = ledger
        self._runner = runner
        self._at_once = 1

    def run(self, owner: str, limit: int) -> int:
        """Take some due jobs and do them; give how many were done, up to ``limit``."""
        runner, began = self._runner, time.monotonic()
        count = min(self._at_once, limit)
        leases = self._ledger.take(owner, runner.topics(), count, runner.timeout)
        done = 0
        try:
            for lease in leases:
                if done and time.monotonic() - began > QUICK:
                    break
                done += 1
                runner.run(lease)
        finally:
            self._ledger.hand_back(leases[done:])
        is_quick = time.monotonic() - began < QUICK
        self._at_once = min(self._at_once * 2, MOST) if is_quick else 1
        return done
