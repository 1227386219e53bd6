"""Connections that a host has opened without SQLAlchemy, lent to opsflow."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any, Literal, TypeAlias

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg, PGExecutionContext_psycopg
from sqlalchemy.dialects.sqlite.base import SQLiteExecutionContext
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import NullPool

from opsflow.errors import Invalid

DriverConnection: TypeAlias = "sqlite3.Connection | psycopg.Connection[Any]"
"""A connection as the drivers make them."""

_READ = ("json", "jsonb", "numeric", "timestamptz", "uuid")
"""Types of PostgreSQL that hosts like to read in ways of their own."""


class Lender:
    """Wraps connections of one host database, so that SQLAlchemy can work on them.

    Whoever opened a connection begins, commits, rolls back and closes it: committing or
    closing what is lent only tells SQLAlchemy. Thread-safe.
    """

    def __init__(self, backend: Literal["sqlite", "postgresql"]) -> None:
        self._offered = threading.local()
        self._engine = create_engine(
            f"{backend}+opsflow_lent://",
            creator=lambda: self._offered.connection,
            poolclass=NullPool,
            **({"use_native_hstore": False} if backend == "postgresql" else {}),
        )

    def lend(self, connection: DriverConnection) -> Connection:
        """A SQLAlchemy connection on this one, for ``flow.transaction(…)``.

        Once the host has committed, call ``commit()`` on it; otherwise ``close()``. Raises
        Invalid where changes would be committed one by one.
        """
        if not _is_transactional(connection):
            raise Invalid(
                "The connection commits every statement by itself: begin a transaction first."
            )
        self._offered.connection = connection
        try:
            return self._engine.connect()
        finally:
            del self._offered.connection


def _is_transactional(connection: DriverConnection) -> bool:
    if isinstance(connection, sqlite3.Connection):
        return connection.in_transaction or connection.isolation_level is not None
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    return not (connection.autocommit and idle)


class _SQLiteContext(SQLiteExecutionContext):
    def create_default_cursor(self) -> Any:
        """A cursor that gives tuples, whatever rows the host likes."""
        cursor: Any = super().create_default_cursor()
        cursor.row_factory = None
        return cursor


class _PostgresContext(PGExecutionContext_psycopg):
    def create_default_cursor(self) -> Any:
        """A plain cursor, whatever rows, values and bindings the host likes."""
        driver: Any = self.root_connection.connection.driver_connection
        cursor = psycopg.Cursor(driver, row_factory=tuple_row)
        known = psycopg.adapters
        for name in _READ:
            loader = known.get_loader(known.types[name].oid, cursor.format)
            if loader is not None:
                cursor.adapters.register_loader(name, loader)
        return cursor


class _Borrowed:
    """The part of a dialect that is the lender's."""

    supports_statement_cache = True

    def on_connect(self) -> Any:
        """Change nothing of the connection."""
        return None

    def get_default_isolation_level(self, dbapi_conn: object) -> Any:
        """The lender's, who knows it."""
        raise NotImplementedError

    def do_begin(self, dbapi_connection: object) -> None:
        """The lender begins."""

    def do_commit(self, dbapi_connection: object) -> None:
        """The lender commits."""

    def do_rollback(self, dbapi_connection: object) -> None:
        """The lender rolls back."""

    def do_close(self, dbapi_connection: object) -> None:
        """The lender closes."""

    def do_terminate(self, dbapi_connection: object) -> None:
        """The lender closes."""


class LentSQLite(_Borrowed, SQLiteDialect_pysqlite):
    """SQLite over a connection of a host's."""

    supports_statement_cache = True
    execution_ctx_cls = _SQLiteContext


class LentPostgres(_Borrowed, PGDialect_psycopg):
    """PostgreSQL over a connection of a host's."""

    supports_statement_cache = True
    execution_ctx_cls = _PostgresContext


registry.register("sqlite.opsflow_lent", __name__, "LentSQLite")
registry.register("postgresql.opsflow_lent", __name__, "LentPostgres")
