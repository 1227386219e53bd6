"""Every SQL statement of the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import ge, gt
from typing import Any, NamedTuple, TypeAlias, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Insert,
    Integer,
    LargeBinary,
    bindparam,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from opsflow.db import Moment, table_of
from opsflow.history.chain import GENESIS, chained
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
_HEAD = select(_STREAMS.c.id, _STREAMS.c.length, _STREAMS.c.head).where(
    _STREAMS.c.name == bindparam("name")
)
_ADD_STREAM = insert(_STREAMS).returning(_STREAMS.c.id)
_MOVE = update(_STREAMS).where(_STREAMS.c.id == bindparam("of_id"))
_ADD = insert(_RECORDS).inline()

_SAID = ("at", "length", "packing", "person", "events")
_PLACED = ("stream_id", "position", "hash")


def _adding(stream: CTE, position: ColumnElement[int]) -> Insert:
    """Add the record to the chain whose head another part of the statement has written."""
    values = [bindparam(f"of_{name}", type_=_RECORDS.c[name].type) for name in _SAID]
    place = select(stream.c.id, position, stream.c.head, *values)
    return insert(_RECORDS).from_select([*_PLACED, *_SAID], place)


_BY = bindparam("of_length", type_=Integer())
_MOVED = (
    update(_STREAMS)
    .where(_STREAMS.c.name == bindparam("of_name"))
    .values(
        length=_STREAMS.c.length + _BY,
        head=func.sha256(_STREAMS.c.head.op("||")(bindparam("of_digest", type_=LargeBinary()))),
    )
    .returning(_STREAMS.c.id, _STREAMS.c.length, _STREAMS.c.head)
    .cte("moved")
)
_BEGUN = (
    postgresql.insert(_STREAMS)
    .values(name=bindparam("of_name"), length=_BY, head=bindparam("of_hash", type_=LargeBinary()))
    .on_conflict_do_nothing()
    .returning(_STREAMS.c.id, _STREAMS.c.length, _STREAMS.c.head)
    .cte("begun")
)
_EXTEND_EACH = _adding(_MOVED, _MOVED.c.length - _BY + 1)
_EXTEND = _EXTEND_EACH.returning(_RECORDS.c.position)
_BEGIN = _adding(_BEGUN, literal(1)).returning(_RECORDS.c.position)
_KNOWN = select(_STREAMS.c.name).where(_STREAMS.c.name.in_(bindparam("names", expanding=True)))
_FOUND = select(_STREAMS.c.name, *(_RECORDS.c[name] for name in Found._fields[1:])).outerjoin(
    _STREAMS, _STREAMS.c.id == _RECORDS.c.stream_id
)
_SPOT = (_RECORDS.c.at, _RECORDS.c.stream_id, _RECORDS.c.position)


def extend_all(connection: Connection, records: Sequence[Mapping[str, object]]) -> None:
    """Write records behind the last ones of their chains, whose heads are locked by that.

    Each has the ``name`` of its stream, the ``digest`` of what it says, and its columns but
    those that tell its place.
    """
    if connection.dialect.name == "sqlite":
        for record in records:
            _extend_by_hand(connection, dict(record))
        return
    if len(records) > 1:
        records = _extend_known(connection, records)
    for record in records:
        _extend_at_once(connection, record)


def _extend_known(
    connection: Connection, records: Sequence[Mapping[str, object]]
) -> list[Mapping[str, object]]:
    """Extend the chains that have begun, without waiting for each; gives the other records."""
    names = {str(record["name"]) for record in records}
    known = set(connection.scalars(_KNOWN, {"names": list(names)}))
    values = [_named(record) for record in records if record["name"] in known]
    if values:
        connection.execute(_EXTEND_EACH, values)
    return [record for record in records if record["name"] not in known]


def _named(record: Mapping[str, object]) -> dict[str, object]:
    return {f"of_{name}": value for name, value in record.items()}


def _extend_at_once(connection: Connection, record: Mapping[str, object]) -> None:
    """PostgreSQL moves the head, hashes and writes the record in one statement."""
    values = _named(record)
    if connection.scalar(_EXTEND, values) is not None:
        return
    first = {**values, "of_hash": chained(GENESIS, cast("bytes", record["digest"]))}
    if connection.scalar(_BEGIN, first) is None:
        # Another transaction has begun the chain since we looked, and has ended.
        connection.execute(_EXTEND, values)


def _extend_by_hand(connection: Connection, record: dict[str, object]) -> None:
    """SQLite has neither the function nor the statement; but nobody else writes meanwhile."""
    name, said, length = record.pop("name"), record.pop("digest"), cast("int", record["length"])
    row = connection.execute(_HEAD, {"name": name}).one_or_none()
    stream_id, before, head = row or (None, 0, GENESIS)
    values = {"length": before + length, "head": chained(head, cast("bytes", said))}
    if stream_id is None:
        stream_id = connection.execute(_ADD_STREAM, {"name": name, **values}).scalar_one()
    else:
        connection.execute(_MOVE, {"of_id": stream_id, **values})
    place = {"stream_id": stream_id, "position": before + 1, "hash": values["head"]}
    connection.execute(_ADD, {**record, **place})


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
