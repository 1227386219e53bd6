"""The port through which everything else asks who people are and what they may act as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """What opsflow needs to know of a person."""

    id: str
    name: str
    email: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Acting:
    """A role that somebody can act in, and for whom when it is as a substitute."""

    role: str
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who can act in a role, and for whom when it is as a substitute."""

    person: str
    role: str
    on_behalf_of: str | None = None


class Directory(Protocol):
    """Who there is and who holds which role: opsflow's own tables, or a host's users.

    Roles are matched by id. A host that has no absences leaves ``on_behalf_of`` empty
    everywhere.
    """

    def person(self, person_id: str) -> PersonInfo | None:
        """The person, or None where there is no such person."""
        ...

    def acting_roles(self, person_id: str, at: datetime) -> frozenset[Acting]:
        """What the person can act as at that moment: roles held, and roles stood in for.

        Empty for somebody who is unknown or not active.
        """
        ...

    def holders(self, role: str, at: datetime) -> tuple[Holder, ...]:
        """Who can be given the role's work at that moment.

        Those who are absent are left out, and those who stand in for them are there.
        """
        ...

    def role_exists(self, role: str) -> bool:
        """Whether anybody could hold the role at all."""
        ...
