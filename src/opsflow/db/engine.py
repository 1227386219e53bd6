"""Engine options per database."""

from __future__ import annotations

from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from opsflow.db.base import SCHEMA
from opsflow.errors import ConfigurationInvalid

BUSY_TIMEOUT_MS = 30_000
"""How long a writer on SQLite waits for another one."""
TRUSTED_SECONDS = 5.0
"""How long a connection to PostgreSQL that nobody uses is taken to be alive."""
_IDLE_SINCE = "opsflow_idle_since"
_BEGIN = "opsflow_begin"
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
        return _postgresql(parsed)
    raise ConfigurationInvalid(
        f"opsflow runs on SQLite and PostgreSQL, not on {backend!r}: "
        "give a URL that begins with sqlite:/// or postgresql://"
    )


def _postgresql(url: URL) -> Engine:
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    event.listen(engine, "checkin", _note_the_time)
    event.listen(engine, "checkout", _require_alive)
    return engine


def _note_the_time(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_IDLE_SINCE] = monotonic()


def _require_alive(
    connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Ask a connection that nobody used for a while whether the server is still there.

    Before each transaction that would cost as much as one statement of it.
    """
    from psycopg import OperationalError

    if monotonic() - record.info.get(_IDLE_SINCE, monotonic()) < TRUSTED_SECONDS:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        connection.rollback()
    except OperationalError as error:
        raise DisconnectionError from error


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    # Cheaper than a translation, which would go over the text of each statement again.
    engine.dialect.identifier_preparer.schema_for_object = _schema_on_sqlite
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

    Each statement stands alone, which spares its beginning and its end.
    """
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_BEGIN: None})
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def snapshot_engine(engine: Engine) -> Engine:
    """The same connections, for transactions that only read and see one state of all."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_BEGIN: "BEGIN"})
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _begin(connection: Connection) -> None:
    """Who may write takes the write lock at the start: a later upgrade could fail in the middle."""
    begin = connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE")
    if begin is not None:
        connection.exec_driver_sql(begin)


def _schema_on_sqlite(table: Any) -> Any:
    """Our tables are in no schema there."""
    return None if table.schema == SCHEMA else table.schema
