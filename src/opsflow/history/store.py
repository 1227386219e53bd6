"""Every SQL statement of the history."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from opsflow.db import add_if_missing
from opsflow.history.models import Entry, Stream


def lock_stream(session: Session, name: str) -> Stream | None:
    """The head of a chain, held for this transaction; None where the chain has not begun."""
    return session.get(Stream, name, with_for_update=True, populate_existing=True)


def begin_stream(session: Session, name: str, head: str) -> Stream:
    """A chain that had not begun, held for this transaction; another one may begin it now too."""
    add_if_missing(session, Stream, name=name, length=0, head=head)
    return session.get_one(Stream, name, with_for_update=True, populate_existing=True)


def entries_of(session: Session, stream: str, *, after: int = 0) -> list[Entry]:
    """The events of a chain in order, from behind a position."""
    statement = (
        select(Entry).where(Entry.stream == stream, Entry.position > after).order_by(Entry.position)
    )
    return list(session.scalars(statement))


def all_streams(session: Session) -> list[Stream]:
    """The heads of all chains, by name."""
    return list(session.scalars(select(Stream).order_by(Stream.name)))


def entries_by_stream(session: Session) -> Iterator[Entry]:
    """Every event, chain by chain, in order, without holding them all in memory."""
    statement = (
        select(Entry)
        .order_by(Entry.stream, Entry.position, Entry.id)
        .execution_options(yield_per=1000)
    )
    yield from session.scalars(statement)
