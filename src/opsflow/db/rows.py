"""Rows of the busiest tables: read and written by one statement each, without the session.

What a session keeps about an object costs more than the statement that writes it. These
objects belong to no session: whoever changes one saves it, at once and in full.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session, make_transient_to_detached

from opsflow.db.base import Base

T = TypeVar("T", bound=Base)


def table_of(entity: type[Base]) -> Table:
    """The table, for a statement that is none of the session's."""
    table = entity.__table__
    assert isinstance(table, Table)
    return table


class Rows(Generic[T]):
    """The rows of a table whose key is ``id``; ``fixed`` are the columns that never change."""

    def __init__(self, entity: type[T], *, fixed: Collection[str]) -> None:
        table = table_of(entity)
        self.columns = tuple(table.columns)
        self._entity = entity
        self._names = tuple(column.key for column in self.columns)
        self._changing = tuple(name for name in self._names if name not in {"id", *fixed})
        self._insert = insert(table).inline()
        self._update = (
            update(table)
            .where(table.c.id == bindparam("of_id"))
            .values({name: bindparam(f"to_{name}") for name in self._changing})
        )

    def made(self, values: Sequence[Any]) -> T:
        """The object of values in the order of ``columns``, as a statement has read them."""
        row = self._entity()
        row.__dict__.update(zip(self._names, values, strict=True))
        make_transient_to_detached(row)
        return row

    def add(self, session: Session, row: T) -> None:
        """Write a new object, whose every column was set or is None."""
        values = {name: getattr(row, name) for name in self._names}
        session.execute(self._insert, values)
        row.__dict__.update(values)
        make_transient_to_detached(row)

    def save(self, session: Session, row: T) -> None:
        """Write an object anew, all that can have changed of it."""
        values = {f"to_{name}": getattr(row, name) for name in self._changing}
        session.execute(self._update, {"of_id": row.__dict__["id"], **values})
