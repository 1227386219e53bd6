"""Every SQL statement of the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import ge, gt
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    bindparam,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from opsflow.db import Moment, table_of
from opsflow.history.models import Record, Stream

Spot: TypeAlias = tuple[datetime, int, int]
"""Where a record stands among all: its moment, stream and position."""


class Head(NamedTuple):
    """The head of a chain: how many events it has, and the hash of its last record."""

    id: int
    name: str
    length: int
    head: bytes


class Found(NamedTuple):
    """A record as it is stored, and its stream's name; None where the stream is gone."""

    name: str | None
    stream_id: int
    position: int
    length: int
    at: datetime
    person: str
    packing: int
    hash: bytes
    events: bytes


BATCH = 500
"""Records that are read at once."""

_STREAMS, _RECORDS = table_of(Stream), table_of(Record)
_HEAD = (
    select(*(_STREAMS.c[name] for name in Head._fields))
    .where(_STREAMS.c.name == bindparam("name"))
    .with_for_update()
)
_BEGIN = {
    "sqlite": sqlite.insert(_STREAMS).on_conflict_do_nothing().returning(_STREAMS.c.id),
    "postgresql": postgresql.insert(_STREAMS).on_conflict_do_nothing().returning(_STREAMS.c.id),
}
_MOVE = (
    update(_STREAMS)
    .where(_STREAMS.c.id == bindparam("of_id"))
    .values(length=bindparam("to_length"), head=bindparam("to_head"))
)
_ADD = insert(_RECORDS).inline()
_FOUND = select(_STREAMS.c.name, *(_RECORDS.c[name] for name in Found._fields[1:])).outerjoin(
    _STREAMS, _STREAMS.c.id == _RECORDS.c.stream_id
)
_SPOT = (_RECORDS.c.at, _RECORDS.c.stream_id, _RECORDS.c.position)


def lock_head(session: Session, name: str) -> Head | None:
    """The head of a chain, held for this transaction; None where the chain has not begun."""
    row = session.execute(_HEAD, {"name": name}).one_or_none()
    return Head(*row) if row else None


def begin_stream(session: Session, name: str, length: int, head: bytes) -> int | None:
    """A new chain's id; None where another transaction has begun it just now."""
    statement = _BEGIN[session.get_bind().dialect.name]
    values = {"name": name, "length": length, "head": head}
    return session.execute(statement, values).scalar_one_or_none()


def move_head(session: Session, stream_id: int, length: int, head: bytes) -> None:
    """The chain has grown."""
    session.execute(_MOVE, {"of_id": stream_id, "to_length": length, "to_head": head})


def add_records(session: Session, records: Sequence[Mapping[str, object]]) -> None:
    """Write the records that a transaction adds to a chain."""
    session.execute(_ADD, records)


def records_of(session: Session, stream: str, *, after: int = 0) -> list[Found]:
    """The records of a chain in order that hold events behind a position."""
    statement = _FOUND.where(
        _STREAMS.c.name == stream, _RECORDS.c.position + _RECORDS.c.length > after + 1
    ).order_by(_RECORDS.c.position)
    return [Found(*row) for row in session.execute(statement)]


def all_streams(session: Session) -> list[Head]:
    """The heads of all chains, in the order in which they began."""
    statement = select(*(_STREAMS.c[name] for name in Head._fields)).order_by(_STREAMS.c.id)
    return [Head(*row) for row in session.execute(statement)]


def records_by_stream(session: Session) -> Iterator[Found]:
    """Every record, chain by chain, in order, without holding them all in memory."""
    statement = _FOUND.order_by(_RECORDS.c.stream_id, _RECORDS.c.position)
    for row in session.execute(statement, execution_options={"yield_per": BATCH}):
        yield Found(*row)


def records_between(
    session: Session,
    *,
    stream: str | None,
    person: str | None,
    since: datetime | None,
    until: datetime | None,
    after: Spot | None,
) -> Iterator[Found]:
    """The records that meet every condition given, oldest first, for as long as more is taken.

    ``until`` is not included; ``after`` is, because a record holds several events.
    """
    statement = _FOUND.order_by(*_SPOT)
    if stream is not None:
        statement = statement.where(_STREAMS.c.name == stream)
    if person is not None:
        statement = statement.where(_RECORDS.c.person == person)
    if since is not None:
        statement = statement.where(_RECORDS.c.at >= since)
    if until is not None:
        statement = statement.where(_RECORDS.c.at < until)
    behind = ge
    while True:
        page = statement if after is None else statement.where(*_from(after, behind))
        found = [Found(*row) for row in session.execute(page.limit(BATCH))]
        yield from found
        if len(found) < BATCH:
            return
        behind, after = gt, (found[-1].at, found[-1].stream_id, found[-1].position)


def _from(spot: Spot, behind: Callable[[Any, Any], Any]) -> tuple[ColumnElement[bool], ...]:
    """The first condition follows from the second, but an index can be entered by it."""
    at, stream_id, position = spot
    bound = tuple_(literal(at, Moment), literal(stream_id), literal(position))
    return _RECORDS.c.at >= at, behind(tuple_(*_SPOT), bound)
