"""The short form of the soak; ``make soak`` runs the long one."""

from __future__ import annotations

from tests.soak import soak


def test_workers_that_are_killed_all_the_time_lose_nothing(url: str) -> None:
    report = soak(url, instances=40, workers=2, kill_every=2, seconds=120)
    assert report.kills > 0
    assert report.is_clean, report
