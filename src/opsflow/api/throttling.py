"""Rate limits: a bucket of requests per caller that fills again with time (token bucket)."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from opsflow.api.problems import TooManyRequests

CALLERS = 10_000
"""How many callers are remembered; the longest silent are forgotten."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Throttle:
    """Lets each caller make ``rate`` requests per second, and ``burst`` at once.

    It counts in the memory of one process: several processes let through several times as
    many.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, caller: str) -> None:
        """Count a request of the caller's. Raises TooManyRequests."""
        with self._lock:
            self._with_room(caller).left -= 1

    def require(self, caller: str) -> None:
        """Raise TooManyRequests where the caller may make no request now; count none."""
        with self._lock:
            self._with_room(caller)

    def _with_room(self, caller: str) -> _Bucket:
        bucket = self._bucket(caller)
        if bucket.left < 1:
            raise TooManyRequests(math.ceil((1 - bucket.left) / self._rate))
        return bucket

    def _bucket(self, caller: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(caller, _Bucket(self._burst, now))
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets.move_to_end(caller)
        while len(self._buckets) > CALLERS:
            self._buckets.popitem(last=False)
        return bucket
