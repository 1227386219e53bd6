"""How a unit of work takes part in a transaction of the host's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

from opsflow.db.engine import translate_schema


def set_savepoint(session: Session, _transaction: SessionTransaction) -> None:
    """Set the savepoint at once instead of before the first statement.

    That statement may come inside a savepoint of the host's, and ours would end with it; and what
    a handler changes without our session has to be undone with its part too.
    """
    session.connection()


def connection_of(host: Session | Connection) -> Connection:
    """The host's connection, in a transaction that a savepoint cannot end.

    On SQLite, Python's driver begins a transaction only before the first change; releasing a
    savepoint outside of one would commit.
    """
    if isinstance(host, Session):
        host.flush()
        connection = host.connection()
    else:
        connection = host
    if not connection.in_transaction():
        connection.begin()
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection) and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    translate_schema(connection)
    return connection


def after_commit_of(host: Session | Connection, action: Callable[[], None]) -> None:
    """Act when the host's own transaction has committed; never once any of it was undone."""
    waiting = [action]

    def committed(*_: object) -> None:
        while waiting:
            waiting.pop()()

    def undone(*_: object) -> None:
        waiting.clear()

    if isinstance(host, Session):
        event.listen(host, "after_commit", committed, once=True)
        event.listen(host, "after_soft_rollback", undone, once=True)
    else:
        event.listen(host, "commit", committed, once=True)
        event.listen(host, "rollback", undone, once=True)
        event.listen(host, "rollback_savepoint", undone, once=True)
