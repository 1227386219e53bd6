"""The trail: append-only, chained, and every tampering found."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from opsflow.clock import ManualClock
from opsflow.db import Database, open_engine
from opsflow.errors import StateUnreadable
from opsflow.events import Actor, InstanceEvent
from opsflow.history import History, Verification, append
from tests.databases import enter_schema


@dataclass(frozen=True, kw_only=True)
class NoteTaken(InstanceEvent):
    note: str


def of(stream: str) -> str:
    return f"stream_id = (SELECT id FROM opsflow_stream WHERE name = 'instance:{stream}')"


ONE, TWO = of("1"), of("2")


@dataclass(frozen=True, kw_only=True)
class ValuesSet(InstanceEvent):
    values: dict[str, int]


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
        enter_schema(connection)
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
        enter_schema(connection).execute(text(statement))
    assert history.verify().holds


def test_an_edited_event_is_named(history: History, engine: Engine) -> None:
    tamper(engine, f"UPDATE opsflow_event SET person = 'eve' WHERE {ONE} AND position = 2")
    (found,) = history.verify().breaks
    assert (found.stream, found.position) == ("instance:1", 2)
    assert found.reason.startswith("edited")


def test_a_removed_event_is_named(history: History, engine: Engine) -> None:
    tamper(engine, f"DELETE FROM opsflow_event WHERE {ONE} AND position = 2")
    (found,) = history.verify().breaks
    assert (found.stream, found.position) == ("instance:1", 3)
    assert "position 2, is gone" in found.reason


def test_a_removed_last_event_is_named(history: History, engine: Engine) -> None:
    tamper(engine, f"DELETE FROM opsflow_event WHERE {ONE} AND position = 3")
    (found,) = history.verify().breaks
    assert (found.stream, found.position) == ("instance:1", 3)
    assert found.reason.startswith("removed")


def test_a_removed_chain_is_named(history: History, engine: Engine) -> None:
    tamper(engine, f"DELETE FROM opsflow_event WHERE {TWO}")
    (found,) = history.verify().breaks
    assert found.stream == "instance:2"


def test_reordered_events_are_named(history: History, engine: Engine) -> None:
    tamper(
        engine,
        f"UPDATE opsflow_event SET position = 9 WHERE {ONE} AND position = 2",
        f"UPDATE opsflow_event SET position = 2 WHERE {ONE} AND position = 3",
        f"UPDATE opsflow_event SET position = 3 WHERE {ONE} AND position = 9",
    )
    breaks = history.verify().breaks
    assert {(found.stream, found.position) for found in breaks} >= {
        ("instance:1", 2),
        ("instance:1", 3),
    }


@pytest.mark.parametrize(
    "change",
    [
        "events = (SELECT events FROM opsflow_event WHERE {ONE} AND position = 1)",
        "person = 'eve'",
        "length = 2",
        "packing = 7",
        "hash = (SELECT head FROM opsflow_stream WHERE name = 'instance:2')",
        "events = (SELECT head FROM opsflow_stream WHERE name = 'instance:2')",
    ],
)
def test_every_part_of_a_record_that_is_edited_breaks_the_chain(
    history: History, engine: Engine, change: str
) -> None:
    said = change.format(ONE=ONE)
    tamper(engine, f"UPDATE opsflow_event SET {said} WHERE {ONE} AND position = 2")
    assert any(found.position == 2 for found in history.verify().breaks)


def test_an_added_record_is_named(history: History, engine: Engine) -> None:
    columns = "at, length, packing, person, hash, events"
    tamper(
        engine,
        f"INSERT INTO opsflow_event (stream_id, position, {columns}) "
        f"SELECT stream_id, 4, {columns} FROM opsflow_event WHERE {ONE} AND position = 3",
    )
    assert {(found.stream, found.position) for found in history.verify().breaks} >= {
        ("instance:1", 4)
    }


def test_a_record_that_was_moved_to_another_chain_is_named(
    history: History, engine: Engine
) -> None:
    tamper(
        engine,
        f"UPDATE opsflow_event SET stream_id = (SELECT stream_id FROM opsflow_event WHERE {TWO}), "
        f"position = 3 WHERE {ONE} AND position = 3",
        "UPDATE opsflow_stream SET length = 3 WHERE name = 'instance:2'",
    )
    assert {found.stream for found in history.verify().breaks} == {"instance:1", "instance:2"}


def test_what_was_made_unreadable_is_told(history: History, engine: Engine) -> None:
    tamper(engine, f"UPDATE opsflow_event SET packing = 7 WHERE {ONE} AND position = 2")
    with pytest.raises(StateUnreadable, match="position 2 of instance:1"):
        history.of_instance("1")


def records(engine: Engine, stream: str) -> list[tuple[int, int, str]]:
    with engine.connect() as connection:
        found = enter_schema(connection).execute(
            text(
                f"SELECT position, length, person FROM opsflow_event WHERE {of(stream)} "
                "ORDER BY position"
            )
        )
        return [tuple(row) for row in found]


def test_a_transaction_writes_one_record_of_each_chain(database: Database, engine: Engine) -> None:
    with database.transaction():
        for stream in ("1", "2", "1"):
            with database.unit() as unit:
                unit.announce(NoteTaken(actor=Actor("ann"), instance_id=stream, note="x"))
                unit.announce(NoteTaken(instance_id=stream, note="by itself"))
    assert records(engine, "1") == [(1, 4, "ann")]
    assert records(engine, "2") == [(1, 2, "ann")]
    assert History(database).verify() == Verification(2, 6, ())


def test_each_person_of_a_transaction_has_a_record(database: Database, engine: Engine) -> None:
    with database.transaction():
        for person in ("ann", "ann", "bob", "ann"):
            with database.unit() as unit:
                unit.announce(NoteTaken(actor=Actor(person), instance_id="1", note="x"))
    assert records(engine, "1") == [(1, 2, "ann"), (3, 1, "bob"), (4, 1, "ann")]


def test_a_very_long_transaction_is_written_in_several_records(
    database: Database, engine: Engine
) -> None:
    with database.unit() as unit:
        for number in range(1_001):
            unit.announce(NoteTaken(instance_id="1", note=str(number)))
    assert records(engine, "1") == [(1, 1_000, "system"), (1_001, 1, "system")]
    assert [entry.position for entry in History(database).of_stream("instance:1", after=999)] == [
        1_000,
        1_001,
    ]


def test_what_is_announced_is_written_as_it_was_then(database: Database) -> None:
    values = {"amount": 1}
    with database.unit() as unit:
        unit.announce(ValuesSet(instance_id="1", values=values))
        values["amount"] = 2
    (entry,) = History(database).of_instance("1")
    assert entry.data == '{"instance_id":"1","values":{"amount":1}}'


def test_a_transaction_reads_what_it_has_announced(database: Database, history: History) -> None:
    with database.transaction():
        with database.unit() as unit:
            unit.announce(NoteTaken(instance_id="1", note="new"))
        assert len(history.of_instance("1")) == 4
        with database.unit() as unit:
            unit.announce(NoteTaken(instance_id="1", note="newer"))
    assert [entry.position for entry in history.of_instance("1")] == [1, 2, 3, 4, 5]
    assert history.verify().holds


def test_what_was_read_inside_a_part_that_is_undone_is_written_all_the_same(
    database: Database, history: History
) -> None:
    with database.transaction():
        with database.unit() as unit:
            unit.announce(NoteTaken(instance_id="1", note="kept"))
        with pytest.raises(RuntimeError, match="no"), database.transaction() as unit:
            unit.announce(NoteTaken(instance_id="1", note="lost"))
            assert len(history.of_instance("1")) == 5
            raise RuntimeError("no")
        assert len(history.of_instance("1")) == 4
    assert [entry.data for entry in history.of_instance("1")][3:] == [
        '{"instance_id":"1","note":"kept"}'
    ]
    assert history.verify().holds


def test_two_transactions_that_begin_a_chain_at_once_write_it_both(database: Database) -> None:
    ready = Barrier(2)

    def write(note: str) -> None:
        ready.wait()
        for _ in range(5):
            with database.unit() as unit:
                unit.announce(NoteTaken(instance_id="9", note=note))
                unit.announce(NoteTaken(instance_id=note, note=note))

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(write, note) for note in ("3", "4")]:
            done.result()
    assert History(database).verify() == Verification(3, 20, ())


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
