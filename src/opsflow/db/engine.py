"""Engine options per database."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from opsflow.db.base import SCHEMA
from opsflow.errors import ConfigurationInvalid

BUSY_TIMEOUT_MS = 30_000
"""How long a writer on SQLite waits for another one."""
_READS = "opsflow_reads"
_TRANSLATED = "schema_translate_map"


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///…`` or ``postgresql://…``.

    Raises ConfigurationInvalid for another database.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(url)
    if backend == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise ConfigurationInvalid(
        f"opsflow runs on SQLite and PostgreSQL, not on {backend!r}: "
        "give a URL that begins with sqlite:/// or postgresql://"
    )


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        execution_options={_TRANSLATED: {SCHEMA: None}},
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Durable write-ahead logging, and transactions begun by us instead of by the driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def translate_schema(connection: Connection) -> None:
    """Let a host's connection to SQLite find our tables, which have no schema there."""
    if connection.dialect.name == "sqlite":
        known = connection.get_execution_options().get(_TRANSLATED) or {}
        connection.execution_options(**{_TRANSLATED: {**known, SCHEMA: None}})


def reading_engine(engine: Engine) -> Engine:
    """The same connections, for transactions that only read.

    On SQLite they leave the write lock to others; on PostgreSQL each statement stands alone,
    which spares its beginning and its end.
    """
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_READS: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def snapshot_engine(engine: Engine) -> Engine:
    """The same connections, for transactions that only read and see one state of all."""
    if engine.dialect.name == "sqlite":
        return reading_engine(engine)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _begin(connection: Connection) -> None:
    """Who may write takes the write lock at the start: a later upgrade could fail in the middle."""
    reads = connection.get_execution_options().get(_READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
