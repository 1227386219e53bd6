"""What becomes of releases that were deployed before publishing and owners were known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from opsflow.db import open_engine
from opsflow.db.migrations import downgrade, upgrade
from tests.databases import Postgres, SQLite

BEFORE = """
INSERT INTO opsflow_blob (sha256, size, content) VALUES ('ab', 1, '1');
INSERT INTO opsflow_process (key, name, owner, created_at, latest_version)
    VALUES ('order', 'Order', 'head', '2026-01-01', 2);
INSERT INTO opsflow_release (id, process_key, version, name, content_hash, mode, calls, decisions,
    deployed_at, deployed_by) VALUES
    ('o1', 'order', 1, 'Order', 'a', 'matrix', '{}', '{}', '2026-01-01', 'ann'),
    ('o2', 'order', 2, 'Order', 'b', 'matrix', '{}', '{}', '2026-01-02', 'bob');
INSERT INTO opsflow_release_file (release_id, path, sha256) VALUES ('o1', 'process.bpmn', 'ab');
INSERT INTO opsflow_decision_release (id, decision_key, version, name, content_hash, path,
    deployed_at, deployed_by) VALUES
    ('d1', 'limit', 1, 'Limit', 'a', 'a.dmn', '2026-01-01', 'cid'),
    ('d2', 'limit', 2, 'The limit', 'b', 'a.dmn', '2026-01-02', 'dan'),
    ('e1', 'other', 1, 'Other', 'a', 'a.dmn', '2026-01-03', 'eve');
INSERT INTO opsflow_decision_file (release_id, path, sha256) VALUES ('d1', 'a.dmn', 'ab');
"""


@pytest.fixture
def before(databases: SQLite | Postgres) -> Iterator[Engine]:
    """A database of the schema before, with two versions of a process and of a decision."""
    url = databases.empty()
    engine = open_engine(url)
    upgrade(engine, "0003")
    with engine.begin() as connection:
        for statement in BEFORE.split(";")[:-1]:
            connection.exec_driver_sql(statement)
    yield engine
    engine.dispose()
    databases.drop(url)


def rows(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_the_latest_release_is_published_and_the_first_deployer_owns_it(before: Engine) -> None:
    upgrade(before, "0004")
    for table in ("opsflow_release", "opsflow_decision_release"):
        published = f"SELECT id, published_by FROM {table} WHERE published_at = deployed_at"
        expected = {
            "opsflow_release": [("o2", "bob")],
            "opsflow_decision_release": [("d2", "dan"), ("e1", "eve")],
        }
        assert rows(before, published + " ORDER BY id") == expected[table]
        assert len(rows(before, f"SELECT id FROM {table} WHERE published_at IS NULL")) == 1
    owners = "SELECT kind, key, person, added_by FROM opsflow_owner ORDER BY key"
    assert rows(before, owners) == [
        ("decision", "limit", "cid", "cid"),
        ("process", "order", "ann", "ann"),
        ("decision", "other", "eve", "eve"),
    ]
    decisions = "SELECT key, name, latest_version FROM opsflow_decision ORDER BY key"
    assert rows(before, decisions) == [("limit", "Limit", 2), ("other", "Other", 1)]


def test_the_files_still_belong_to_their_releases(before: Engine) -> None:
    upgrade(before, "0004")
    assert rows(before, "SELECT release_id, path FROM opsflow_decision_file") == [("d1", "a.dmn")]
    orphan = "INSERT INTO opsflow_decision_file (release_id, path, sha256) VALUES ('x', 'a', 'ab')"
    with pytest.raises(IntegrityError), before.begin() as connection:
        connection.execute(text(orphan))
    nameless = "UPDATE opsflow_decision_release SET decision_key = 'x' WHERE id = 'd1'"
    with pytest.raises(IntegrityError), before.begin() as connection:
        connection.execute(text(nameless))


def test_it_can_be_taken_back(before: Engine) -> None:
    upgrade(before, "0004")
    downgrade(before, "0003")
    assert rows(before, "SELECT key, owner FROM opsflow_process") == [("order", "ann")]
    assert len(rows(before, "SELECT id FROM opsflow_decision_release")) == 3
    assert rows(before, "SELECT release_id, path FROM opsflow_decision_file") == [("d1", "a.dmn")]
    assert "opsflow_owner" not in inspect(before).get_table_names()
    upgrade(before, "0004")
    assert len(rows(before, "SELECT person FROM opsflow_owner")) == 3
