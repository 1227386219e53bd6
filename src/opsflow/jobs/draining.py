"""Do due jobs in the calling thread."""

from __future__ import annotations

import time

from opsflow.jobs.grouping import GroupCommit
from opsflow.jobs.ledger import Ledger
from opsflow.jobs.running import Runner
from opsflow.jobs.watching import Answered

QUICK = 0.05
"""Seconds for which jobs are taken ahead, by the time that the last ones took."""
LONGEST = 0.25
"""Seconds after which the rest of them is handed back: somebody else may be free."""
MOST = 16
"""Jobs that are taken in one go."""


class Drain:
    """Takes one job, and up to twice as many each time as long as they are quick.

    The effects of jobs that were taken together are written together.
    """

    def __init__(self, ledger: Ledger, runner: Runner, group: GroupCommit) -> None:
        self._ledger = ledger
        self._runner = runner
        self._group = group
        self._at_once = 1

    def run(self, owner: str, limit: int) -> int:
        """Take some due jobs and do them; give how many were done, up to ``limit``."""
        runner, count = self._runner, min(self._at_once, limit)
        leases = self._ledger.take(owner, runner.topics(), count, runner.timeout)
        began, done = time.monotonic(), 0
        answers: list[Answered] = []
        try:
            for lease in leases:
                if done and time.monotonic() - began > LONGEST:
                    break
                done += 1
                answered = runner.work(lease)
                if answered is not None:
                    answers.append(answered)
        finally:
            self._ledger.hand_back(leases[done:])
            self._group.write(answers)
        fits = int(QUICK * done / max(time.monotonic() - began, 0.001))
        self._at_once = max(min(fits, self._at_once * 2, MOST), 1)
        return done
