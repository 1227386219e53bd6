"""What happens when two transactions want the same at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from opsflow.db.base import Base
from opsflow.errors import Conflict

_LOST = frozenset({"40001", "40P01", "55P03"})
"""SQLSTATE of a failed serialization, a deadlock and a lock that was not to be had."""


@contextmanager
def lost_races() -> Iterator[None]:
    """Raises Conflict where the database has given the way to another transaction."""
    try:
        yield
    except OperationalError as error:
        if not _is_lost(error.orig):
            raise
        raise Conflict(
            "Another transaction held what this one needed. Nothing was changed: do it again."
        ) from error


def _is_lost(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return getattr(error, "sqlstate", None) in _LOST


def add_if_missing(session: Session, table: type[Base], **values: object) -> None:
    """Add a row unless there is one with its key, also if another transaction adds it now."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    session.execute(insert.values(**values).on_conflict_do_nothing())
