"""Prove that nobody changed the history: follow every chain from its beginning to its head."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from opsflow.history.chain import GENESIS, digest
from opsflow.history.packing import unpack
from opsflow.history.store import Found, Head


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold: at which event, and what is wrong there."""

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


def check_chain(name: str, records: Iterable[Found], head: Head | None) -> tuple[int, list[Break]]:
    """How many events a chain has, and every record of it that does not fit."""
    breaks: list[Break] = []
    last, position, count = GENESIS, 0, 0
    for record in records:
        count += record.length
        reason = _fault(name, record, position, last)
        if reason:
            breaks.append(Break(name, record.position, reason))
        last, position = record.hash, record.position + record.length - 1
    if head is None:
        breaks.append(Break(name, position, "the head of the chain is gone"))
    elif head.length > position:
        breaks.append(Break(name, position + 1, f"removed: the chain had {head.length} events"))
    elif (head.length, head.head) != (position, last):
        breaks.append(Break(name, position, "the head of the chain does not fit its last event"))
    return count, breaks


def _fault(stream: str, record: Found, position: int, last: bytes) -> str | None:
    """What is wrong with a record behind this position and hash; None where nothing is."""
    try:
        text = unpack(record.events, record.packing)
        what = _named(text)
    except ValueError as error:
        return f"edited: what is written there cannot be read ({error})"
    if record.position > position + 1:
        return f"removed: the event before {what}, at position {record.position - 1}, is gone"
    if record.position <= position:
        return f"added: {what} stands where another event is"
    expected = digest(
        last,
        stream=stream,
        position=record.position,
        length=record.length,
        at=record.at,
        person=record.person,
        text=text,
    )
    return None if record.hash == expected else f"edited or moved: {what} does not fit its hash"


def _named(text: str) -> str:
    """The types of a record's events. Raises ValueError where there are none."""
    match json.loads(text):
        case [[str(first), *_], *others]:
            return f"{first} and {len(others)} events with it" if others else first
        case _:
            raise ValueError("it holds no events")
