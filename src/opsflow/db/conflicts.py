"""What happens when two transactions want the same at once, or the database is gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from opsflow.db.base import Base
from opsflow.errors import Conflict, DatabaseUnavailable

_LOST = frozenset({"40001", "40P01", "55P03"})
"""SQLSTATE of a failed serialization, a deadlock and a lock that was not to be had."""
_GONE = frozenset({"57P01", "57P02", "57P03", "53300"})
"""SQLSTATE of a server that shuts down, crashed, starts up or takes no more connections."""


@contextmanager
def translated() -> Iterator[None]:
    """Raises Conflict where the database has given the way to another transaction.

    And DatabaseUnavailable where there is no talking to it.
    """
    try:
        yield
    except DBAPIError as error:
        if _is_lost(error.orig):
            raise Conflict(
                "Another transaction held what this one needed. Nothing was changed: do it again."
            ) from error
        if error.connection_invalidated or _is_gone(error.orig):
            raise DatabaseUnavailable(
                "The database cannot be reached. Try again; look first whether it was done."
            ) from error
        raise


def _is_lost(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return getattr(error, "sqlstate", None) in _LOST


def _is_gone(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)
    import psycopg  # Loaded where there is PostgreSQL: this is a driver's error.

    if isinstance(error, psycopg.OperationalError):
        state = error.sqlstate
        return state is None or state in _GONE or state.startswith("08")
    return False


def add_if_missing(session: Session, table: type[Base], **values: object) -> bool:
    """Add a row unless there is one with its key, also if another transaction adds it now.

    Whether it was added.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    made = session.execute(
        insert.values(**values).on_conflict_do_nothing(),
        execution_options={"preserve_rowcount": True},
    )
    assert isinstance(made, CursorResult)
    return made.rowcount == 1
