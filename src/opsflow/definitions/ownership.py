"""Who may deploy, publish and share a process or decision: its owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from opsflow.db import Unit
from opsflow.definitions import store
from opsflow.definitions.events import OwnerAdded, OwnerRemoved
from opsflow.definitions.models import Owner
from opsflow.errors import NotFound, Refused, WrongState
from opsflow.events import Actor

Kind: TypeAlias = Literal["process", "decision"]
"""What can be owned."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who changes definitions, and whether with the authority of an administrator."""

    person: str
    as_administrator: bool = False

    @property
    def actor(self) -> Actor:
        """The person, for the history."""
        return Actor(self.person)


def require_owner(unit: Unit, kind: Kind, key: str, mandate: Mandate, verb: str) -> None:
    """Raises Refused for somebody who is neither an owner nor acts as an administrator."""
    owners = [owner.person for owner in store.owners_of(unit.session, kind, key)]
    if mandate.person in owners or mandate.as_administrator:
        return
    raise Refused(
        f"the {kind} {key!r} belongs to others",
        rule=f"{kind}.owner",
        person=mandate.person,
        verb=verb,
        could=owners,
    )


def add_owner(unit: Unit, kind: Kind, key: str, person: str, mandate: Mandate) -> Owner:
    """Make a person an owner; of somebody who is one already nothing changes."""
    known = unit.session.get(Owner, (kind, key, person))
    if known is not None:
        return known
    owner = Owner(kind=kind, key=key, person=person, added_by=mandate.person, added_at=unit.now)
    unit.session.add(owner)
    unit.announce(
        OwnerAdded(
            actor=mandate.actor,
            as_administrator=mandate.as_administrator,
            kind=kind,
            key=key,
            person=person,
        )
    )
    return owner


def remove_owner(unit: Unit, kind: Kind, key: str, person: str, mandate: Mandate) -> None:
    """Take an owner away. Raises NotFound for somebody who is none, WrongState for the last."""
    owners = store.owners_of(unit.session, kind, key)
    leaving = next((owner for owner in owners if owner.person == person), None)
    if leaving is None:
        raise NotFound("owner", person)
    if len(owners) == 1:
        raise WrongState(
            kind, key, "left with one owner", "unshare", hint="Share it with somebody else first."
        )
    unit.session.delete(leaving)
    unit.announce(
        OwnerRemoved(
            actor=mandate.actor,
            as_administrator=mandate.as_administrator,
            kind=kind,
            key=key,
            person=person,
        )
    )
