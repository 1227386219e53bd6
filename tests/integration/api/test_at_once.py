"""Two want the same at once, over HTTP: exactly one gets it, and the other is told so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.races import RACES, Contest, contest_on

ROUNDS = 4


@pytest.fixture
def contest(url: str) -> Iterator[Contest]:
    with contest_on(url) as made:
        yield made


def test_exactly_one_of_two_wins(contest: Contest) -> None:
    for _ in range(ROUNDS):
        for race in RACES.values():
            race(contest)
    assert contest.flow.history.verify().holds
