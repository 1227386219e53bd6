"""Append to the history: events are gathered, and written when their transaction ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opsflow.db import Unit, require_key
from opsflow.events import SYSTEM, Event
from opsflow.history import store
from opsflow.history.chain import GENESIS, digest
from opsflow.history.entries import Line, line
from opsflow.history.packing import EDITION, pack

MOST = 1_000
"""Events of one record, so that reading one never takes long."""


def append(unit: Unit, event: Event) -> None:
    """Take an event in; it is written behind the last one of its chain when the unit ends.

    Raises Invalid for an event without anybody who did it.
    """
    require_key("The id of the person who acts", event.actor.person)
    unit.write_last(_write, line(event))


def _write(unit: Unit, lines: Sequence[Line]) -> None:
    """Chain by chain, in the order of their names: two transactions cannot wait for each other."""
    streams: dict[str, list[Line]] = {}
    for each in lines:
        streams.setdefault(each.stream, []).append(each)
    for name in sorted(streams):
        _extend(unit, name, streams[name])


def _extend(unit: Unit, stream: str, lines: Sequence[Line]) -> None:
    """Write the lines of one chain, whose head is locked until the transaction ends."""
    found = store.lock_head(unit.session, stream)
    if found is None:
        records, length, head = _records(unit, stream, lines, 0, GENESIS)
        stream_id = store.begin_stream(unit.session, stream, length, head)
        if stream_id is None:
            # Another transaction has begun the chain since we looked, and has ended.
            return _extend(unit, stream, lines)
    else:
        stream_id = found.id
        records, length, head = _records(unit, stream, lines, found.length, found.head)
        store.move_head(unit.session, stream_id, length, head)
    store.add_records(unit.session, [{"stream_id": stream_id, **record} for record in records])
    return None


def _records(
    unit: Unit, stream: str, lines: Sequence[Line], length: int, head: bytes
) -> tuple[list[dict[str, object]], int, bytes]:
    """The records of the lines behind a chain of this length and head, and its new ones."""
    records: list[dict[str, object]] = []
    for person, part in _parts(lines):
        text = f"[{','.join(part)}]"
        head = digest(
            head,
            stream=stream,
            position=length + 1,
            length=len(part),
            at=unit.now,
            person=person,
            text=text,
        )
        records.append(
            {
                "position": length + 1,
                "length": len(part),
                "at": unit.now,
                "person": person,
                "packing": EDITION,
                "hash": head,
                "events": pack(text),
            }
        )
        length += len(part)
    return records, length, head


def _parts(lines: Sequence[Line]) -> Iterator[tuple[str, list[str]]]:
    """Lines that follow each other and are of one person, with what happened by itself between."""
    person, part = "", list[str]()
    for each in lines:
        acts = each.actor.person if each.actor != SYSTEM else ""
        if part and (len(part) == MOST or (acts and person and acts != person)):
            yield person or SYSTEM.person, part
            person, part = "", []
        person = person or acts
        part.append(each.text)
    yield person or SYSTEM.person, part
