"""Rate limits, on a clock that is moved."""

from __future__ import annotations

import pytest

from opsflow.api import throttling
from opsflow.api.problems import TooManyRequests
from opsflow.api.throttling import Throttle


class Ticks:
    """Seconds that pass when told so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(throttle: Throttle, caller: str, times: int) -> int:
    """How many of so many requests at once are let through."""
    for number in range(times):
        try:
            throttle.take(caller)
        except TooManyRequests:
            return number
    return times


def test_as_many_at_once_as_the_burst_and_no_more() -> None:
    assert taken(Throttle(1, 5, Ticks()), "li", 9) == 5


def test_time_fills_it_again_but_never_beyond_the_burst() -> None:
    ticks = Ticks()
    throttle = Throttle(2, 5, ticks)
    assert taken(throttle, "li", 9) == 5
    ticks.now += 1.5
    assert taken(throttle, "li", 9) == 3
    ticks.now += 3600
    assert taken(throttle, "li", 9) == 5


def test_one_caller_uses_up_nothing_of_another() -> None:
    throttle = Throttle(1, 2, Ticks())
    assert taken(throttle, "li", 5) == 2
    assert taken(throttle, "wang", 5) == 2


def test_waiting_as_long_as_told_is_enough() -> None:
    ticks = Ticks()
    throttle = Throttle(0.3, 1, ticks)
    throttle.take("li")
    with pytest.raises(TooManyRequests) as refused:
        throttle.take("li")
    assert refused.value.retry_after == 4
    ticks.now += refused.value.retry_after
    throttle.take("li")


def test_refused_requests_cost_nothing() -> None:
    ticks = Ticks()
    throttle = Throttle(1, 1, ticks)
    taken(throttle, "li", 1)
    for _ in range(50):
        assert taken(throttle, "li", 1) == 0
    ticks.now += 1
    assert taken(throttle, "li", 2) == 1


def test_the_longest_silent_callers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "CALLERS", 3)
    throttle = Throttle(1, 1, Ticks())
    for caller in ("a", "b", "c"):
        throttle.take(caller)
    assert taken(throttle, "a", 1) == 0
    throttle.take("d")
    assert len(throttle._buckets) == 3
    assert taken(throttle, "a", 1) == 0
    assert taken(throttle, "b", 1) == 1
