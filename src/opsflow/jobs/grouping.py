"""Group commit: the effects of several finished jobs are written in one transaction.

Whoever finishes a job while nobody writes does so, with all that others finish meanwhile.
Nobody waits for others to finish: where jobs are rare, each is written by itself.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import TypeAlias

from opsflow.jobs.crew import LOG
from opsflow.jobs.leases import Lease
from opsflow.jobs.running import Runner
from opsflow.jobs.settling import Settling
from opsflow.jobs.watching import Answered

Answers: TypeAlias = Sequence[Answered]
"""What came of some leases."""

AT_ONCE = 16
"""Effects of one transaction: for so many steps at the most, somebody else waits for one."""
OVERDUE = 0.1
"""Seconds of one transaction after which the next one to finish writes beside it."""


class GroupCommit:
    """Takes the answers to leases, and sees to it that each is written."""

    def __init__(
        self, runner: Runner, settling: Settling, turn: AbstractContextManager[object]
    ) -> None:
        self._runner = runner
        self._settling = settling
        self._turn = turn
        self._lock = Lock()
        self._waiting: deque[Answered] = deque()
        self._writing: dict[object, Answers] = {}
        self._writer: object = None
        self._since = 0.0

    def hand_in(self, answered: Answered) -> None:
        """Have an answer written, here and now or by the thread that writes at the moment."""
        with self._lock:
            self._waiting.append(answered)
            if self._writer is not None and time.monotonic() - self._since < OVERDUE:
                return
            me = self._begin()
        while self._write_next(me):
            pass

    def leases(self) -> list[Lease]:
        """Those whose answer is not written yet."""
        with self._lock:
            groups = [self._waiting, *self._writing.values()]
            return [each.lease for group in groups for each in group]

    def _begin(self) -> object:
        self._writer, self._since = object(), time.monotonic()
        return self._writer

    def _write_next(self, me: object) -> bool:
        """Write what waits; False where nothing does, and it is the turn of the next one."""
        with self._lock:
            count = min(len(self._waiting), AT_ONCE)
            group = [self._waiting.popleft() for _ in range(count)]
            if not group:
                self._writer = None if self._writer is me else self._writer
                return False
            self._writing[me] = group
            if self._writer is me:
                self._since = time.monotonic()
        try:
            self._write_each(self._write_together(group))
        except BaseException:
            with self._lock:
                self._writer = None if self._writer is me else self._writer
            raise
        finally:
            with self._lock:
                del self._writing[me]
        return True

    def write(self, group: Answers) -> None:
        """Write answers here and now; where some cannot be written, the first one raises."""
        errors: list[Exception] = []
        for each in self._write_together(group):
            try:
                self._runner.settle(each)
            except Exception as error:
                # The others are written first.
                errors.append(error)
        if errors:
            raise errors[0]

    def _write_together(self, group: Answers) -> Answers:
        """Gives those that are to be written one by one."""
        if len(group) < 2:
            return group
        try:
            with self._turn:
                return self._settling.settle_all(group)
        except Exception as error:
            # Nothing of it was kept. One of them is at fault, and must not keep the others: each
            # is written by itself, and raises by itself.
            LOG.info("%d effects are written one by one: %s", len(group), _line(error))
            return group

    def _write_each(self, answers: Answers) -> None:
        for each in answers:
            try:
                self._runner.settle(each)
            except Exception:
                # The lease runs out, and the ledger still has the job.
                LOG.exception("job %s: its effect could not be written", each.lease.job_id)


def _line(error: Exception) -> str:
    """What went wrong, without the statement."""
    return str(error).partition("\n")[0]
