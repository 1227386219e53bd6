"""The history over HTTP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from opsflow.api.schemas.base import Out
from opsflow.history import Entry, Verification


class EntryOut(Out):
    """One event of the history."""

    id: str

    stream: str
    position: int
    type: str
    at: datetime
    person: str
    role: str | None
    on_behalf_of: str | None
    data: dict[str, Any]

    @classmethod
    def of(cls, entry: Entry) -> EntryOut:
        """What is told of an event."""
        names = cls.model_fields.keys() - {"data"}
        return cls(**{name: getattr(entry, name) for name in names}, data=json.loads(entry.data))


class BreakOut(Out):
    """A place where a chain does not hold."""

    stream: str
    position: int
    reason: str


class VerificationOut(Out):
    """The result of a check of the whole trail."""

    holds: bool
    streams: int
    events: int
    breaks: list[BreakOut]

    @classmethod
    def of(cls, verification: Verification) -> VerificationOut:
        """What is told of a verification."""
        return cls.model_validate(verification)
