"""Append to the history, read it, and prove that nobody changed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from opsflow.db import Database, Unit, require_key
from opsflow.events import Event
from opsflow.history import store
from opsflow.history.chain import GENESIS, canonical, digest
from opsflow.history.models import Entry, Stream


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold: which event, and what is wrong with it."""

    stream: str
    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a check of the whole trail."""

    streams: int
    events: int
    breaks: tuple[Break, ...]

    @property
    def holds(self) -> bool:
        """Whether every chain is whole."""
        return not self.breaks


def append(unit: Unit, event: Event) -> None:
    """Write an event behind the last one of its chain.

    The head of the chain is locked by the first event of a transaction, so two
    transactions never write the same position. Raises Invalid for an event without anybody
    who did it.
    """
    person = require_key("The id of the person who acts", event.actor.person)
    stream = _head(unit, event.stream)
    entry = Entry(
        stream=stream.name,
        position=stream.length + 1,
        type=type(event).__name__,
        at=unit.now,
        person=person,
        role=event.actor.role,
        on_behalf_of=event.actor.on_behalf_of,
        data=canonical(event.facts),
        previous=stream.head,
    )
    entry.hash = digest(entry)
    stream.length, stream.head = entry.position, entry.hash
    unit.session.add(entry)


def _head(unit: Unit, name: str) -> Stream:
    known = unit.memory.get(("stream", name))
    if isinstance(known, Stream):
        return known
    stream = store.lock_stream(unit.session, name)
    if stream is None:
        stream = store.begin_stream(unit.session, name, GENESIS)
    unit.memory["stream", name] = stream
    return stream


class History:
    """The append-only record of everything that happened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_instance(self, instance_id: str) -> list[Entry]:
        """Everything that happened in one instance, oldest first."""
        return self.of_stream(f"instance:{instance_id}")

    def of_stream(self, stream: str, *, after: int = 0) -> list[Entry]:
        """The events of one chain behind a position, oldest first."""
        with self._database.unit() as unit:
            return store.entries_of(unit.session, stream, after=after)

    def verify(self) -> Verification:
        """Recompute every chain; each edited, removed, added or reordered event is a break."""
        with self._database.unit() as unit:
            heads = {stream.name: stream for stream in store.all_streams(unit.session)}
            breaks: list[Break] = []
            count = 0
            seen = set()
            chains = groupby(store.entries_by_stream(unit.session), key=lambda e: e.stream)
            for name, entries in chains:
                seen.add(name)
                checked, found = _check_chain(name, entries, heads.get(name))
                count += checked
                breaks.extend(found)
            breaks.extend(
                Break(name, 1, f"all {head.length} events of the chain are gone")
                for name, head in heads.items()
                if head.length and name not in seen
            )
            return Verification(len(heads), count, tuple(breaks))


def _check_chain(
    name: str, entries: Iterable[Entry], head: Stream | None
) -> tuple[int, list[Break]]:
    """Follow one chain from its beginning to its head, and name every event that does not fit."""
    breaks: list[Break] = []
    last, position, count = GENESIS, 0, 0
    for entry in entries:
        count += 1
        reason = _fault(entry, position, last)
        if reason:
            breaks.append(Break(name, entry.position, reason))
        last, position = entry.hash, entry.position
    if head is None:
        breaks.append(Break(name, position, "the head of the chain is gone"))
    elif head.length > position:
        breaks.append(Break(name, position + 1, f"removed: the chain had {head.length} events"))
    elif (head.length, head.head) != (position, last):
        breaks.append(Break(name, position, "the head of the chain does not fit its last event"))
    return count, breaks


def _fault(entry: Entry, position: int, last: str) -> str | None:
    if digest(entry) != entry.hash:
        return f"edited: {entry.type} does not fit its hash"
    if entry.position != position + 1:
        return f"removed: the event before {entry.type}, at position {entry.position - 1}, is gone"
    if entry.previous != last:
        return f"reordered: {entry.type} was not written behind the event before it"
    return None
