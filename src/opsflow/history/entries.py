"""Events as they are written into a record, and as they are read from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from opsflow.db import require_storable
from opsflow.errors import Invalid
from opsflow.events import SYSTEM, Actor, Event
from opsflow.history.chain import canonical
from opsflow.history.store import Found

_INSTANCE = "instance_id"
_PREFIX = "instance:"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a chain. ``data`` is canonical JSON text of its facts.

    ``hash`` (hex) is that of the record it stands in, which holds all that its person did
    in one transaction. ``id`` tells where it stands, for `History.find` to go on behind it.
    """

    id: str
    stream: str
    position: int
    type: str
    at: datetime
    person: str
    role: str | None
    on_behalf_of: str | None
    data: str
    hash: str


class Place(NamedTuple):
    """Where an event stands among all; places sort as the events are found."""

    at: datetime
    stream_id: int
    record_position: int
    position: int

    def __str__(self) -> str:
        return "-".join(map(str, ((self.at - _EPOCH) // _MICROSECOND, *self[1:])))

    @classmethod
    def of(cls, id: str) -> Place:
        """The place of an event's id. Raises Invalid for a text that is none."""
        try:
            at, stream_id, record_position, position = map(int, id.split("-"))
            return cls(_EPOCH + at * _MICROSECOND, stream_id, record_position, position)
        except (ValueError, OverflowError) as error:
            raise Invalid(f"{id!r} is not the id of an event of the history.") from error


@dataclass(frozen=True, slots=True)
class Line:
    """An event that waits to be written: ``text`` is all that it says but its person."""

    stream: str
    actor: Actor
    text: str


def line(event: Event) -> Line:
    """The event as text, which says the same whatever becomes of its values afterwards."""
    stream, actor, facts = event.stream, event.actor, event.facts
    if facts.get(_INSTANCE) is not None and stream == f"{_PREFIX}{facts[_INSTANCE]}":
        # The chain's name says it already: ``true`` stands for it, which no id can be.
        facts = {**facts, _INSTANCE: True}
    said: list[object] = [type(event).__name__, facts]
    if actor != SYSTEM:
        said += [actor.role, actor.on_behalf_of] if actor.on_behalf_of else [actor.role]
    return Line(stream, actor, require_storable(canonical(said)))


def entries(text: str, record: Found) -> Iterator[Entry]:
    """The events of a record, in order, from its unpacked text."""
    for position, said in enumerate(json.loads(text), record.position):
        actor = Actor(record.person, *said[2:]) if len(said) > 2 else SYSTEM
        name = record.name or f"chain {record.stream_id}"
        place = Place(record.at, record.stream_id, record.position, position)
        yield Entry(
            id=str(place),
            stream=name,
            position=position,
            type=said[0],
            at=record.at,
            person=actor.person,
            role=actor.role,
            on_behalf_of=actor.on_behalf_of,
            data=canonical(_with_instance(said[1], name)),
            hash=record.hash.hex(),
        )


def _with_instance(facts: dict[str, Any], stream: str) -> dict[str, Any]:
    if facts.get(_INSTANCE) is True:
        facts[_INSTANCE] = stream.removeprefix(_PREFIX)
    return facts
