"""Rows of the busiest tables: read and written by one statement each, without the session.

What a session keeps about an object costs more than the statement that writes it. These
objects belong to no session: whoever changes one saves it at once. Only what has changed is
written, because each parameter has its price.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Table, bindparam, delete, insert, update
from sqlalchemy.orm import class_mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state

from opsflow.db.base import Base

T = TypeVar("T", bound=Base)


def table_of(entity: type[Base]) -> Table:
    """The table, for a statement that is none of the session's."""
    table = entity.__table__
    assert isinstance(table, Table)
    return table


_STORED = "_stored"
"""Where an object keeps what the database has of it."""


class Rows(Generic[T]):
    """The rows of a table whose key is ``id``; ``fixed`` are the columns that never change."""

    def __init__(self, entity: type[T], *, fixed: Collection[str]) -> None:
        table = table_of(entity)
        self.columns = tuple(table.columns)
        self._entity = entity
        self._blank = class_mapper(entity, configure=False).class_manager.new_instance
        self._names = tuple(column.key for column in self.columns)
        self._changing = tuple(name for name in self._names if name not in {"id", *fixed})
        self._insert = insert(table).inline()
        self._update = update(table).where(table.c.id == bindparam("of_id"))
        self._delete = delete(table).where(table.c.id == bindparam("of_id"))

    def made(self, values: Sequence[Any]) -> T:
        """The object of values in the order of ``columns``, as a statement has read them."""
        row: T = self._blank()
        stored = dict(zip(self._names, values, strict=True))
        row.__dict__.update(stored)
        row.__dict__[_STORED] = stored
        # As a session would have left it, which is told so at a fifth of the usual cost.
        instance_state(row).key = (self._entity, (stored["id"],), None)
        return row

    def add(self, connection: Connection, row: T) -> None:
        """Write a new object; what was never set of it is None."""
        values = {name: row.__dict__.get(name) for name in self._names}
        said = {name: value for name, value in values.items() if value is not None}
        connection.execute(self._insert, said)
        row.__dict__.update(values)
        row.__dict__[_STORED] = values
        make_transient_to_detached(row)

    def save(self, connection: Connection, row: T) -> None:
        """Write what has changed of an object that was made or added here."""
        changed = self._changed(row)
        if changed:
            connection.execute(self._update, {"of_id": row.__dict__["id"], **changed})
            row.__dict__[_STORED].update(changed)

    def save_all(self, connection: Connection, rows: Iterable[T]) -> None:
        """The same for several, to which as a rule the same has happened, in one go."""
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in rows:
            changed = self._changed(row)
            if changed:
                values = {"of_id": row.__dict__["id"], **changed}
                alike.setdefault(tuple(changed), []).append(values)
                row.__dict__[_STORED].update(changed)
        for several in alike.values():
            connection.execute(self._update, several)

    def delete_all(self, connection: Connection, rows: Iterable[T]) -> None:
        """Remove the rows of these objects."""
        gone = [{"of_id": row.__dict__["id"]} for row in rows]
        if gone:
            connection.execute(self._delete, gone)

    def _changed(self, row: T) -> dict[str, Any]:
        now, stored = row.__dict__, row.__dict__[_STORED]
        return {name: now[name] for name in self._changing if now[name] != stored[name]}
