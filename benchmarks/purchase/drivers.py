"""The databases by hand: the driver itself, a connection kept open, commits that are durable."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

import psycopg
from sqlalchemy import Engine, create_engine, event, make_url


class Driver(Protocol):
    """One connection. Statements are written with ``?`` and prepared by ``sql``."""

    def sql(self, statement: str) -> str:
        """The statement as this driver wants it; FOR UPDATE is left out where there is none."""

    def transaction(self) -> Any:
        """A context manager that gives a cursor, and commits."""

    def moment(self) -> object:
        """Now, in UTC, as this driver takes it."""

    def close(self) -> None:
        """Give the connection back."""


class SqliteDriver:
    """The sqlite3 module."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
        make_durable(self._connection)

    def sql(self, statement: str) -> str:
        """SQLite locks the database instead of a row."""
        return statement.replace(" FOR UPDATE", "")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """The write lock is taken at the start."""
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        yield cursor
        self._connection.commit()

    def moment(self) -> object:
        """As a text: SQLite has no moments."""
        return now().isoformat(" ")

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


class PostgresDriver:
    """psycopg."""

    def __init__(self, url: str) -> None:
        plain = make_url(url).set(drivername="postgresql")
        self._connection = psycopg.connect(plain.render_as_string(hide_password=False))

    def sql(self, statement: str) -> str:
        """psycopg marks a parameter in its own way."""
        return statement.replace("?", "%s")

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Cursor]:
        """psycopg begins a transaction with the first statement."""
        yield self._connection.cursor()
        self._connection.commit()

    def moment(self) -> object:
        """As it is."""
        return now()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def driver(url: str) -> Driver:
    """The driver of a database."""
    return SqliteDriver(url) if url.startswith("sqlite") else PostgresDriver(url)


def durable_engine(url: str) -> Engine:
    """An engine of SQLAlchemy whose commits survive a crash, as opsflow's do."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: make_durable(connection))
        event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def make_durable(connection: Any) -> None:
    """The same settings of SQLite as opsflow's."""
    connection.isolation_level = None
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An id as a text."""
    return str(uuid4())
