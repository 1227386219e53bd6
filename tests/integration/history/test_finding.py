"""What an auditor asks the trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from opsflow.clock import ManualClock
from opsflow.db import Database, open_engine
from opsflow.errors import Invalid
from opsflow.events import Actor, InstanceEvent
from opsflow.history import Entry, History, append
from tests.conftest import START

HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class NoteTaken(InstanceEvent):
    note: str


@dataclass(frozen=True, kw_only=True)
class NoteFiled(InstanceEvent):
    note: str


@pytest.fixture
def history(url: str, clock: ManualClock) -> Iterator[History]:
    """Each hour ann takes two notes and bob one, each in another instance; the desk files them."""
    engine = open_engine(url)
    database = Database(engine, clock, record=append, route=lambda _unit, _event: None)
    for hour in range(3):
        clock.move_to(START + hour * HOUR)
        for person, instance, count in (("ann", "1", 2), ("bob", "2", 1)):
            with database.unit() as unit:
                for note in range(count):
                    actor = Actor(person, "clerk", "eve" if person == "bob" else None)
                    taken = f"{hour}.{note}"
                    unit.announce(NoteTaken(actor=actor, instance_id=instance, note=taken))
                    unit.announce(NoteFiled(instance_id=instance, note=taken))
    yield History(database)
    engine.dispose()


def told(entries: list[Entry]) -> list[tuple[str, str, int]]:
    return [(entry.stream[-1], entry.type, entry.position) for entry in entries]


def test_everything_is_found_oldest_first(history: History) -> None:
    found = history.find()
    assert len(found) == 18
    assert [entry.at for entry in found] == sorted(entry.at for entry in found)


def test_a_person_is_found_in_every_chain(history: History) -> None:
    found = history.find(person="bob")
    assert told(found) == [("2", "NoteTaken", position) for position in (1, 3, 5)]
    assert {(entry.role, entry.on_behalf_of) for entry in found} == {("clerk", "eve")}


def test_what_happened_by_itself_is_found_in_the_records_of_persons(history: History) -> None:
    assert {entry.type for entry in history.find(person="system")} == {"NoteFiled"}
    assert len(history.find(person="system")) == 9


def test_a_type_is_found(history: History) -> None:
    assert {entry.person for entry in history.find(type="NoteTaken")} == {"ann", "bob"}


def test_an_instance_is_found_as_its_chain_is_read(history: History) -> None:
    assert history.find(instance="1") == history.of_instance("1")
    assert history.find(stream="instance:2", type="NoteFiled", person="ann") == []


def test_a_time_begins_with_its_first_moment_and_ends_before_its_last(history: History) -> None:
    found = history.find(since=START + HOUR, until=START + 2 * HOUR)
    assert {entry.at for entry in found} == {START + HOUR}
    assert len(found) == 6


@pytest.mark.parametrize("limit", [1, 2, 5, 18])
def test_pages_follow_each_other_without_a_gap(history: History, limit: int) -> None:
    found: list[Entry] = []
    while page := history.find(after=found[-1].id if found else None, limit=limit):
        assert len(page) <= limit
        found += page
    assert found == history.find()


def test_many_records_are_read_in_several_batches(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = history.find()
    monkeypatch.setattr("opsflow.history.store.BATCH", 2)
    assert history.find() == everything
    assert history.find(after=everything[3].id) == everything[4:]


@pytest.mark.parametrize("after", ["", "x", "1-2", "1-2-3-x", "9" * 40 + "-1-1-1"])
def test_a_page_behind_nothing_is_refused(history: History, after: str) -> None:
    with pytest.raises(Invalid, match="is not the id of an event"):
        history.find(after=after)


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_page_is_bounded(history: History, limit: int) -> None:
    with pytest.raises(Invalid, match="1 to 1000"):
        history.find(limit=limit)
