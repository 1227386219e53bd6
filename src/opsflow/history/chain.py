"""The hash chain: canonical text of an event, and its hash over the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

from opsflow.history.models import Entry

GENESIS = "0" * 64
"""What the first event of a chain is hashed over."""


def canonical(facts: Mapping[str, object]) -> str:
    """JSON text with sorted keys: the same facts give the same text on every machine."""
    return json.dumps(
        facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
    )


def digest(entry: Entry) -> str:
    """SHA-256 (hex) over everything the entry says, its predecessor's hash included."""
    said = [
        entry.stream,
        entry.position,
        entry.type,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.person,
        entry.role,
        entry.on_behalf_of,
        entry.data,
        entry.previous,
    ]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


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
