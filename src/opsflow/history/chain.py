"""The hash chain: canonical text of events, and the hash of a record over the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

GENESIS = bytes(32)
"""What the first record of a chain is hashed over."""
PLAIN_BITS = 4_096
"""Binary digits of a whole number that can always be written in decimal."""


def canonical(facts: object) -> str:
    """JSON text with sorted keys: the same facts give the same text on every machine."""
    try:
        return _dump(facts)
    except ValueError:
        # Python writes no whole number of more than some thousand digits in decimal.
        return _dump(_with_hexadecimal(facts))


def _with_hexadecimal(value: object) -> object:
    match value:
        case int() if value.bit_length() > PLAIN_BITS:
            return hex(value)
        case Mapping():
            return {key: _with_hexadecimal(item) for key, item in value.items()}
        case list() | tuple():
            return [_with_hexadecimal(item) for item in value]
        case _:
            return value


def digest(
    previous: bytes,
    *,
    stream: str,
    position: int,
    length: int,
    at: datetime,
    person: str,
    text: str,
) -> bytes:
    """SHA-256 over everything a record says, and over the hash of the record before it."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    said = _dump([previous.hex(), stream, position, length, moment, person, text])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()


def _plain(value: object) -> object:
    """How values that JSON lacks are written."""
    match value:
        case Decimal() | UUID():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return f"PT{Decimal(value // timedelta(microseconds=1)).scaleb(-6).normalize():f}S"
        case bytes():
            return f"sha256:{hashlib.sha256(value).hexdigest()}"
        case Enum():
            return value.value
        case set() | frozenset():
            return sorted(value)
        case _:
            return str(value)


_dump = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
).encode
