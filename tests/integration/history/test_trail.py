"""The trail: append-only, chained, and every tampering found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from opsflow.clock import ManualClock
from opsflow.db import Database, open_engine
from opsflow.events import Actor, InstanceEvent
from opsflow.history import History, append


@dataclass(frozen=True, kw_only=True)
class NoteTaken(InstanceEvent):
    note: str


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def database(engine: Engine, clock: ManualClock) -> Database:
    return Database(engine, clock, record=append, route=lambda _unit, _event: None)


@pytest.fixture
def history(database: Database) -> History:
    for note in ("first", "second", "third"):
        with database.unit() as unit:
            unit.announce(NoteTaken(actor=Actor("ann", "buyer"), instance_id="1", note=note))
    with database.unit() as unit:
        for note in ("one", "two"):
            unit.announce(NoteTaken(instance_id="2", note=note))
    return History(database)


def tamper(engine: Engine, *statements: str) -> None:
    """What somebody with all rights on the database could do."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER opsflow_event_no_update"))
            connection.execute(text("DROP TRIGGER opsflow_event_no_delete"))
        else:
            connection.execute(text("ALTER TABLE opsflow_event DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))


def test_an_untouched_trail_holds(history: History) -> None:
    verification = history.verify()
    assert verification.holds
    assert (verification.streams, verification.events) == (2, 5)


def test_events_are_read_in_order_with_who_did_them(history: History) -> None:
    entries = history.of_instance("1")
    assert [entry.data for entry in entries] == [
        f'{{"instance_id":"1","note":"{note}"}}' for note in ("first", "second", "third")
    ]
    assert {(entry.person, entry.role) for entry in entries} == {("ann", "buyer")}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE opsflow_event SET person = 'eve'", "DELETE FROM opsflow_event"],
)
def test_the_database_refuses_to_change_an_event(
    history: History, engine: Engine, statement: str
) -> None:
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    assert history.verify().holds


def test_an_edited_event_is_named(history: History, engine: Engine) -> None:
    tamper(
        engine, "UPDATE opsflow_event SET data = '{}' WHERE stream = 'instance:1' AND position = 2"
    )
    (found,) = history.verify().breaks
    assert (found.stream, found.position) == ("instance:1", 2)
    assert found.reason.startswith("edited")


def test_a_removed_event_is_named(history: History, engine: Engine) -> None:
    tamper(engine, "DELETE FROM opsflow_event WHERE stream = 'instance:1' AND position = 2")
    (found,) = history.verify().breaks
    assert (found.stream, found.position) == ("instance:1", 3)
    assert "position 2, is gone" in found.reason


def test_a_removed_last_event_is_named(history: History, engine: Engine) -> None:
    tamper(engine, "DELETE FROM opsflow_event WHERE stream = 'instance:1' AND position = 3")
    (found,) = history.verify().breaks
    assert (found.stream, found.position) == ("instance:1", 3)
    assert found.reason.startswith("removed")


def test_a_removed_chain_is_named(history: History, engine: Engine) -> None:
    tamper(engine, "DELETE FROM opsflow_event WHERE stream = 'instance:2'")
    (found,) = history.verify().breaks
    assert found.stream == "instance:2"


def test_reordered_events_are_named(history: History, engine: Engine) -> None:
    tamper(
        engine,
        "UPDATE opsflow_event SET position = 9 WHERE stream = 'instance:1' AND position = 2",
        "UPDATE opsflow_event SET position = 2 WHERE stream = 'instance:1' AND position = 3",
        "UPDATE opsflow_event SET position = 3 WHERE stream = 'instance:1' AND position = 9",
    )
    breaks = history.verify().breaks
    assert {(found.stream, found.position) for found in breaks} >= {
        ("instance:1", 2),
        ("instance:1", 3),
    }


def test_a_rolled_back_unit_leaves_no_event(database: Database, history: History) -> None:
    with pytest.raises(RuntimeError, match="no"), database.unit() as unit:
        unit.announce(NoteTaken(instance_id="1", note="lost"))
        raise RuntimeError("no")
    assert len(history.of_instance("1")) == 3
    assert history.verify().holds


def test_a_failed_use_case_inside_a_transaction_leaves_no_event(
    database: Database, history: History
) -> None:
    with database.transaction():
        with database.unit() as unit:
            unit.announce(NoteTaken(instance_id="1", note="kept"))
        with pytest.raises(RuntimeError, match="no"), database.unit() as unit:
            unit.announce(NoteTaken(instance_id="1", note="lost"))
            raise RuntimeError("no")
        with database.unit() as unit:
            unit.announce(NoteTaken(instance_id="1", note="kept too"))
    assert [entry.position for entry in history.of_instance("1")] == [1, 2, 3, 4, 5]
    assert history.verify().holds
