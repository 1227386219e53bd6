"""Connections that a host has opened with a driver: both commit, or neither does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader
from sqlalchemy import make_url

from opsflow.app import Opsflow
from opsflow.db.lent import DriverConnection, Lender
from opsflow.errors import Invalid, NotFound
from tests.integration.snapshots import contents
from tests.models import human, simple

Connect = Callable[[], DriverConnection]


@pytest.fixture
def connect(flow: Opsflow, url: str) -> Connect:
    """Opens connections as a host with tastes of its own would."""
    flow.definitions.deploy(simple(human("place")), by="ann")

    def sqlite() -> sqlite3.Connection:
        made = sqlite3.connect(make_url(url).database or "", timeout=30)
        made.row_factory = sqlite3.Row
        return made

    def postgres() -> psycopg.Connection[Any]:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        made: psycopg.Connection[Any] = psycopg.connect(plain, row_factory=dict_row)
        for name in ("json", "jsonb", "numeric", "timestamptz", "uuid"):
            made.adapters.register_loader(name, TextLoader)
        made.cursor_factory = psycopg.ClientCursor
        return made

    with closing(make(url, sqlite, postgres)) as connection:
        connection.execute("CREATE TABLE invoice (number integer)")
        connection.commit()
    return lambda: make(url, sqlite, postgres)


def make(url: str, sqlite: Connect, postgres: Connect) -> DriverConnection:
    return sqlite() if url.startswith("sqlite") else postgres()


@pytest.fixture
def host(connect: Connect) -> Iterator[DriverConnection]:
    with closing(connect()) as connection:
        yield connection


@pytest.fixture
def lender(url: str) -> Lender:
    return Lender("sqlite" if url.startswith("sqlite") else "postgresql")


def invoices(connect: Connect) -> int:
    with closing(connect()) as connection:
        return len(connection.execute("SELECT number FROM invoice").fetchall())


def test_the_commit_of_the_lender_keeps_both(
    flow: Opsflow, connect: Connect, host: DriverConnection, lender: Lender
) -> None:
    host.execute("INSERT INTO invoice VALUES (1)")
    with lender.lend(host) as lent:
        with flow.transaction(lent):
            run = flow.instances.start("order", by="ann", variables={"a": [1, {"b": None}]})
            assert flow.instances.get(run.id) == run
            assert flow.instances.variables(run.id) == {"a": [1, {"b": None}]}
            assert flow.history.of_instance(run.id)[0].at == flow.now()
        assert invoices(connect) == 0
        host.commit()
        lent.commit()
    assert invoices(connect) == 1
    assert flow.instances.variables(run.id) == {"a": [1, {"b": None}]}
    assert flow.history.verify().holds


def test_the_rollback_of_the_lender_leaves_neither(
    flow: Opsflow, connect: Connect, host: DriverConnection, lender: Lender
) -> None:
    before = contents(flow)
    with lender.lend(host) as lent:
        with flow.transaction(lent):
            flow.instances.start("order", by="ann")
            host.execute("INSERT INTO invoice VALUES (1)")
        lent.commit()
    host.rollback()
    assert invoices(connect) == 0
    assert contents(flow) == before


def test_the_lender_may_go_on_after_opsflow_refused(
    flow: Opsflow, connect: Connect, host: DriverConnection, lender: Lender
) -> None:
    before = contents(flow)
    host.execute("INSERT INTO invoice VALUES (1)")
    with lender.lend(host) as lent, pytest.raises(NotFound), flow.transaction(lent):
        flow.instances.start("order", by="ann")
        flow.instances.start("nothing", by="ann")
    host.execute("INSERT INTO invoice VALUES (2)")
    host.commit()
    assert invoices(connect) == 2
    assert contents(flow) == before


def test_a_connection_that_commits_by_itself_is_not_taken(
    host: DriverConnection, lender: Lender
) -> None:
    if isinstance(host, sqlite3.Connection):
        host.isolation_level = None
    else:
        host.autocommit = True
    with pytest.raises(Invalid, match="begin a transaction first"):
        lender.lend(host)
    host.execute("BEGIN")
    lender.lend(host).close()


def test_the_lender_has_its_own_rows_and_values_back(
    host: DriverConnection, lender: Lender, flow: Opsflow
) -> None:
    with lender.lend(host) as lent, flow.transaction(lent):
        flow.instances.find()
    row = host.execute("SELECT 1 AS one").fetchone()
    assert row is not None
    assert row["one"] == 1
    if not isinstance(host, sqlite3.Connection):
        row = host.execute("""SELECT '{"a": 1}'::jsonb AS one""").fetchone()
        assert row == {"one": '{"a": 1}'}


def test_savepoints_of_the_lender_may_begin_and_end_inside(
    flow: Opsflow, connect: Connect, host: DriverConnection, lender: Lender
) -> None:
    with lender.lend(host) as lent:
        with flow.transaction(lent):
            host.execute("SAVEPOINT one")
            flow.instances.start("order", by="ann")
            host.execute("RELEASE SAVEPOINT one")
        with pytest.raises(RuntimeError, match="no"), flow.transaction(lent):
            host.execute("INSERT INTO invoice VALUES (1)")
            raise RuntimeError("no")
        host.commit()
        lent.commit()
    assert len(flow.instances.find()) == 1
    assert invoices(connect) == 0
