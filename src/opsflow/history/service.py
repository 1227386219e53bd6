"""Read the history, search it, and prove that nobody changed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice

from sqlalchemy.orm import Session

from opsflow.db import Database, Unit
from opsflow.errors import Invalid, StateUnreadable
from opsflow.events import SYSTEM
from opsflow.history import store
from opsflow.history.entries import Entry, Place, entries
from opsflow.history.packing import unpack
from opsflow.history.verifying import Break, Verification, check_chain

PAGE_LIMIT = 1_000
"""Events that one search gives at most."""


class History:
    """The append-only record of everything that happened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_instance(self, instance_id: str) -> list[Entry]:
        """Everything that happened in one instance, oldest first."""
        return self.of_stream(f"instance:{instance_id}")

    def of_stream(self, stream: str, *, after: int = 0) -> list[Entry]:
        """The events of one chain behind a position, oldest first.

        Raises StateUnreadable where somebody has made one unreadable.
        """
        with self._database.reading() as unit:
            records = store.records_of(_session(unit), stream, after=after)
        return [entry for record in records for entry in _entries(record) if entry.position > after]

    def find(
        self,
        *,
        stream: str | None = None,
        instance: str | None = None,
        type: str | None = None,
        person: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """The events that meet every condition given, oldest first.

        From the moment ``since`` on and before ``until``; ``after`` is the id of the last
        event of the page before. A search by ``type`` alone reads all that was written in
        the time: give it bounds. Raises Invalid, and StateUnreadable as `of_stream` does.
        """
        if not 1 <= limit <= PAGE_LIMIT:
            raise Invalid(f"A page of the history has 1 to {PAGE_LIMIT} events, not {limit}.")
        if instance is not None:
            stream = f"instance:{instance}"
        behind = Place.of(after) if after is not None else None
        with self._database.reading() as unit:
            records = store.records_between(
                _session(unit),
                stream=stream,
                # What happens by itself stands in the records of persons.
                person=None if person == SYSTEM.person else person,
                since=since,
                until=until,
                after=behind[:3] if behind else None,
            )
            found = (
                entry
                for record in records
                for entry in _entries(record)
                if type in (None, entry.type) and person in (None, entry.person)
                if behind is None or Place.of(entry.id) > behind
            )
            return list(islice(found, limit))

    def verify(self) -> Verification:
        """Recompute every chain; each edited, removed, added or moved record is a break."""
        with self._database.snapshot() as unit:
            session = _session(unit)
            heads = {head.id: head for head in store.all_streams(session)}
            breaks: list[Break] = []
            count = 0
            seen = set()
            chains = groupby(store.records_by_stream(session), key=lambda found: found.stream_id)
            for stream_id, records in chains:
                seen.add(stream_id)
                head = heads.get(stream_id)
                name = head.name if head else f"chain {stream_id}"
                checked, found = check_chain(name, records, head)
                count += checked
                breaks.extend(found)
        breaks.extend(
            Break(head.name, 1, f"all {head.length} events of the chain are gone")
            for head in heads.values()
            if head.length and head.id not in seen
        )
        return Verification(len(heads), count, tuple(breaks))


def _session(unit: Unit) -> Session:
    """Also what the transaction that is open here has not written yet can be read by it."""
    unit.write_now()
    return unit.session


def _entries(record: store.Found) -> Iterator[Entry]:
    try:
        text = unpack(record.events, record.packing)
    except ValueError as error:
        raise StateUnreadable(
            f"The record at position {record.position} of {record.name} cannot be read: {error}. "
            "Verify the history."
        ) from error
    return entries(text, record)
