"""The use cases of access roles: grant, withdraw, and tell who has which."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from opsflow.access import store
from opsflow.access.events import AccessGranted, AccessWithdrawn
from opsflow.access.identity import Identity
from opsflow.access.models import AccessGrant
from opsflow.access.permissions import AccessRole, Permission
from opsflow.db import KEY_LIMIT, Database, Unit
from opsflow.errors import AlreadyExists, Invalid, NotFound, WrongState
from opsflow.events import SYSTEM, Actor
from opsflow.people import Directory, PersonInfo
from opsflow.texts import is_storable


class Grants:
    """The access roles of people.

    ``by`` is who wants a change: a person's id, or the identity of a request, whose scopes
    then count too. ``system`` stands for who runs the database, and may do everything.
    """

    def __init__(self, database: Database, directory: Directory) -> None:
        self._database = database
        self._directory = directory

    def grant(self, person: str, role: AccessRole | str, *, by: str | Identity) -> AccessGrant:
        """Give a person an access role.

        Raises NotFound, AlreadyExists, Refused without ``access:manage``, and Invalid for
        ``worker``, which nobody needs to be given.
        """
        wanted = _grantable(role)
        with self._database.unit() as unit:
            asker = self._asker(unit, by)
            asker.require(Permission.ACCESS_MANAGE)
            whom = self._require_known(person).id
            given = AccessGrant(
                person=whom, role=wanted, granted_at=unit.now, granted_by=asker.person
            )
            _add_new(unit, given)
            unit.announce(AccessGranted(actor=Actor(asker.person), person=whom, access_role=wanted))
        return given

    def withdraw(self, person: str, role: AccessRole | str, *, by: str | Identity) -> None:
        """Take an access role back, also from somebody whom the directory knows no more.

        Raises NotFound, Refused without ``access:manage``, Invalid for ``worker``, and
        WrongState for the last administrator who can act.
        """
        wanted = _grantable(role)
        with self._database.unit() as unit:
            whom = self._id_of(person)
            # Held first: of two administrators who withdraw each other, one comes too late.
            holders = store.lock_holders(unit.session, wanted)
            asker = self._asker(unit, by)
            asker.require(Permission.ACCESS_MANAGE)
            if not store.remove_grant(unit.session, whom, wanted):
                raise NotFound("access grant", f"{whom} as {wanted}")
            if wanted is AccessRole.ADMINISTRATOR and not any(
                self._acts(holder) for holder in holders if holder != whom
            ):
                raise WrongState("access grant", whom, "the last administrator", "withdraw")
            unit.announce(
                AccessWithdrawn(actor=Actor(asker.person), person=whom, access_role=wanted)
            )

    def roles_of(self, person: str) -> frozenset[AccessRole]:
        """The access roles of a person; none of somebody who is unknown or not active."""
        with self._database.reading() as unit:
            return self._roles(unit, person)

    def everyone_with(self, role: AccessRole | str) -> tuple[str, ...]:
        """Who was granted an access role and is active, by id.

        Raises Invalid for ``worker``: that is everybody, and a directory does not list them.
        """
        wanted = _grantable(role)
        with self._database.reading() as unit:
            granted = store.grants_of(unit.session, role=wanted)
            return tuple(grant.person for grant in granted if self._acts(grant.person))

    def grants(self, person: str | None = None) -> list[AccessGrant]:
        """What was granted, also to people who are not active, by person and role."""
        with self._database.reading() as unit:
            return store.grants_of(unit.session, person=person)

    def _asker(self, unit: Unit, by: str | Identity) -> Identity:
        """Who wants a change, with the roles of this moment unless they come with it."""
        if isinstance(by, Identity):
            return by
        if by == SYSTEM.person:
            return Identity(by, frozenset(AccessRole))
        return Identity(self._id_of(by), self._roles(unit, by))

    def _roles(self, unit: Unit, person: str) -> frozenset[AccessRole]:
        known = self._known(person)
        if known is None or not known.active:
            return frozenset()
        return store.roles_granted(unit.session, known.id) | {AccessRole.WORKER}

    def _acts(self, person: str) -> bool:
        return hindrance(self._known(person)) is None

    def _id_of(self, person: str) -> str:
        known = self._known(person)
        return person if known is None else known.id

    def _require_known(self, person: str) -> PersonInfo:
        known = self._known(person)
        if known is None:
            raise NotFound("person", person)
        return known

    def _known(self, person: str) -> PersonInfo | None:
        """The person under the id that counts: a directory may find one under others too.

        One person under two ids could approve their own work.
        """
        known = None if _is_reserved(person) else self._directory.person(person)
        return None if known is None or _is_reserved(known.id) else known


def hindrance(known: PersonInfo | None) -> str | None:
    """Why somebody whom the directory was asked for cannot act; None where they can."""
    if known is None:
        return "the directory does not know the person"
    return None if known.active else "the person is not active"


def _is_reserved(person: str) -> bool:
    """Whether nobody can be called so; a host's directory need not know what we reserve."""
    return person == SYSTEM.person or len(person) > KEY_LIMIT or not is_storable(person)


def _grantable(role: str) -> AccessRole:
    """The access role, if it can be granted. Raises Invalid."""
    try:
        found = AccessRole(role)
    except ValueError as error:
        raise Invalid(
            f"{role!r:.60} is no access role. There are: {', '.join(AccessRole)}."
        ) from error
    if found is AccessRole.WORKER:
        raise Invalid("Everybody active is a worker: that is neither granted nor withdrawn.")
    return found


def _add_new(unit: Unit, given: AccessGrant) -> None:
    key = f"{given.person} as {given.role}"
    if unit.session.get(AccessGrant, (given.person, given.role)) is not None:
        raise AlreadyExists("access grant", key)
    unit.session.add(given)
    try:
        unit.session.flush()
    except IntegrityError as error:
        # Another transaction has granted it since we looked.
        raise AlreadyExists("access grant", key) from error
