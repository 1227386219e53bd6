"""Append to the history: events are gathered, and written when their transaction ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opsflow.db import Unit, require_key
from opsflow.events import SYSTEM, Event
from opsflow.history import store
from opsflow.history.chain import digest
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
    records = []
    for name in sorted(streams):
        for person, part in _parts(streams[name]):
            text = f"[{','.join(part)}]"
            said = digest(stream=name, length=len(part), at=unit.now, person=person, text=text)
            records.append(
                {
                    "name": name,
                    "digest": said,
                    "length": len(part),
                    "at": unit.now,
                    "person": person,
                    "packing": EDITION,
                    "events": pack(text),
                }
            )
    store.extend_all(unit.connection, records)


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
