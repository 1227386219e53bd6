"""The short form of the soak; ``make soak`` runs the long one."""

from __future__ import annotations

from tests.integration.jobs.conftest import Place
from tests.soak import soak


def test_workers_that_are_killed_all_the_time_lose_nothing(place: Place) -> None:
    report = soak(
        place.url,
        instances=24,
        workers=2,
        kill_every=1,
        seconds=180,
        distributed=place.distributed,
    )
    assert report.kills > 0
    assert report.is_clean, report
