"""What the people announce.

Only ids and dates: names, addresses and reasons of absence are personal data, and what is
in the history cannot be erased.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opsflow.events import Event


@dataclass(frozen=True, kw_only=True)
class PeopleEvent(Event):
    """A fact about the organisation."""

    @property
    def stream(self) -> str:
        """One chain for the whole organisation."""
        return "people"


@dataclass(frozen=True, kw_only=True)
class PersonAdded(PeopleEvent):
    """There is a new person."""

    person: str


@dataclass(frozen=True, kw_only=True)
class PersonChanged(PeopleEvent):
    """A person has another name or address now."""

    person: str


@dataclass(frozen=True, kw_only=True)
class PersonDeactivated(PeopleEvent):
    """A person may not act any more."""

    person: str


@dataclass(frozen=True, kw_only=True)
class PersonReactivated(PeopleEvent):
    """A person may act again."""

    person: str


@dataclass(frozen=True, kw_only=True)
class UnitAdded(PeopleEvent):
    """There is a new unit."""

    unit: str
    parent: str | None


@dataclass(frozen=True, kw_only=True)
class RoleAdded(PeopleEvent):
    """There is a new role."""

    role: str
    unit: str | None


@dataclass(frozen=True, kw_only=True)
class RoleGranted(PeopleEvent):
    """A person was given a role."""

    person: str
    role: str
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class RoleRevoked(PeopleEvent):
    """A person's role was ended."""

    person: str
    role: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AbsenceRecorded(PeopleEvent):
    """A person is or will be away."""

    absence_id: str
    person: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class AbsenceEnded(PeopleEvent):
    """A person is back, or does not go."""

    absence_id: str
    person: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SubstituteAppointed(PeopleEvent):
    """Somebody stands in for a person while that person is away."""

    person: str
    substitute: str
    role: str | None
    starts_at: datetime
    ends_at: datetime
