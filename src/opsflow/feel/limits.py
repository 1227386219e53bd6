"""Bounds on what one source may cost, and the account an evaluation is charged to.

Code without a loop costs no more than its source is long, so only iterations, calls and work over
lists and strings are charged.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from opsflow.feel.errors import FeelLimitError

_CLOCK_INTERVAL = 256
_MAX_WARNINGS = 100
_MAX_MESSAGE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one compilation or evaluation; going over one raises FeelLimitError.

    `depth` bounds nesting of the source, of calls and of the resulting value; `steps` counts
    iterations and calls (long lists and strings are charged a fraction of their length);
    `seconds` is wall time.
    """

    source_length: int = 10_000
    depth: int = 100
    steps: int = 100_000
    list_size: int = 100_000
    string_length: int = 1_000_000
    seconds: float = 2.0


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class FeelWarning:
    """Why a part of an expression became null. `position` is its offset in the source."""

    message: str
    position: int


class Run:
    """The account of one evaluation: its limits, its clock, its warnings."""

    # Every evaluation makes one of these, and most conditions need little of it: what starts as a
    # constant stays on the class until it changes.
    steps = 0
    depth = 0
    _pause = _CLOCK_INTERVAL
    _deadline: float | None = None

    def __init__(self, limits: Limits = DEFAULT_LIMITS, now: datetime | None = None) -> None:
        self.limits = limits
        self.warnings: list[FeelWarning] = []
        self.converted: dict[int, tuple[object, object]] = {}
        self._now = now
        if limits.steps < _CLOCK_INTERVAL:
            self._pause = limits.steps

    @property
    def now(self) -> datetime:
        """The moment that now() and today() tell: one and the same for the whole evaluation."""
        if self._now is None:
            self._now = datetime.now(UTC)
        return self._now

    def spend(self, steps: int = 1) -> None:
        """Charge iterations or calls."""
        self.steps += steps
        if self.steps > self._pause:
            self._check()

    def scan(self, size: int) -> None:
        """Charge work in proportion to a list, which is cheaper per element than an iteration."""
        self.spend((size >> 4) + 1)

    def _check(self) -> None:
        if self.steps > self.limits.steps:
            raise FeelLimitError("steps", f"more than {self.limits.steps} steps")
        moment = time.monotonic()
        if self._deadline is None:
            # What is charged too little to come here is over before the time could matter.
            self._deadline = moment + self.limits.seconds
        if moment > self._deadline:
            raise FeelLimitError("seconds", f"more than {self.limits.seconds} seconds")
        self._pause = min(self.steps + _CLOCK_INTERVAL, self.limits.steps)

    def enter(self) -> None:
        """Charge a call; every `enter` is followed by a `leave`."""
        self.depth += 1
        if self.depth > self.limits.depth:
            raise FeelLimitError("depth", f"calls nested deeper than {self.limits.depth}")
        self.spend()

    def leave(self) -> None:
        """End a call."""
        self.depth -= 1

    def check_size(self, size: int) -> None:
        """Refuse a list that would be too long, before it is built."""
        if size > self.limits.list_size:
            raise FeelLimitError("list_size", f"a list longer than {self.limits.list_size}")
        self.scan(size)

    def check_length(self, length: int) -> None:
        """Refuse a string that would be too long, before it is built where that can be told."""
        if length > self.limits.string_length:
            limit = self.limits.string_length
            raise FeelLimitError("string_length", f"a string longer than {limit} characters")
        if length > _CLOCK_INTERVAL:
            self.spend(length >> 6)

    def warn(self, message: str, position: int) -> None:
        """Note why something became null; past the first hundred, notes are dropped."""
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(FeelWarning(message[:_MAX_MESSAGE], position))
