"""The verbs that change the organisation: persons, units, roles, memberships, absences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from opsflow.db import Database, Unit, new_id
from opsflow.errors import AlreadyExists, Invalid, NotFound
from opsflow.events import Actor
from opsflow.people import store
from opsflow.people.events import (
    AbsenceEnded,
    AbsenceRecorded,
    PersonAdded,
    PersonChanged,
    PersonDeactivated,
    PersonReactivated,
    RoleAdded,
    RoleGranted,
    RoleRevoked,
    SubstituteAppointed,
    UnitAdded,
)
from opsflow.people.models import (
    RESERVED,
    Absence,
    Membership,
    OrganisationUnit,
    Person,
    Role,
    Substitution,
    require_moment,
    require_span,
    require_text,
)

STANDINGS = "standings"
"""Under this name a unit keeps who somebody is and can act as."""


class Registry:
    """Adds and changes persons, units, roles, memberships, absences and substitutes.

    ``by`` is the id of the person who makes the change; who may is decided by the caller.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def _changing(self) -> Iterator[Unit]:
        """A unit that forgets what it knew of the people."""
        with self._database.unit() as unit:
            yield unit
            unit.memory.pop(STANDINGS, None)

    def add_person(
        self, id: str, *, name: str, email: str | None = None, by: str = RESERVED
    ) -> Person:
        """Add a person. Raises AlreadyExists, and Invalid for an empty id or name."""
        if require_text("The id of a person", id) == RESERVED:
            raise Invalid(f"{RESERVED!r} is the actor of what happens by itself: take another id.")
        person = Person(id=id, name=require_text("A name", name), email=email, active=True)
        with self._changing() as unit:
            _add_new(unit, person, "person", id)
            unit.announce(PersonAdded(actor=Actor(by), person=id))
        return person

    def change_person(
        self, id: str, *, name: str, email: str | None = None, by: str = RESERVED
    ) -> Person:
        """Give a person another name and address. Raises NotFound."""
        with self._changing() as unit:
            person = _locked(unit, id)
            person.name, person.email = require_text("A name", name), email
            unit.announce(PersonChanged(actor=Actor(by), person=id))
        return person

    def deactivate(self, id: str, *, by: str = RESERVED) -> Person:
        """Let a person act no more. Raises NotFound and WrongState."""
        with self._changing() as unit:
            person = _locked(unit, id)
            person.deactivate()
            unit.announce(PersonDeactivated(actor=Actor(by), person=id))
        return person

    def reactivate(self, id: str, *, by: str = RESERVED) -> Person:
        """Let a person act again, in the roles that are still valid."""
        with self._changing() as unit:
            person = _locked(unit, id)
            person.reactivate()
            unit.announce(PersonReactivated(actor=Actor(by), person=id))
        return person

    def add_unit(
        self, id: str, *, name: str | None = None, parent: str | None = None, by: str = RESERVED
    ) -> OrganisationUnit:
        """Add a unit below another one. Raises AlreadyExists and NotFound (the parent)."""
        require_text("The id of a unit", id)
        record = OrganisationUnit(id=id, name=name or id, parent_id=parent)
        with self._changing() as unit:
            _require(unit, OrganisationUnit, "unit", parent)
            _add_new(unit, record, "unit", id)
            unit.announce(UnitAdded(actor=Actor(by), unit=id, parent=parent))
        return record

    def add_role(
        self, id: str, *, name: str | None = None, unit: str | None = None, by: str = RESERVED
    ) -> Role:
        """Add a role. Raises AlreadyExists and NotFound (the unit)."""
        require_text("The id of a role", id)
        record = Role(id=id, name=name or id, unit_id=unit)
        with self._changing() as work:
            _require(work, OrganisationUnit, "unit", unit)
            _add_new(work, record, "role", id)
            work.announce(RoleAdded(actor=Actor(by), role=id, unit=unit))
        return record

    def grant(
        self,
        person: str,
        role: str,
        *,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        by: str = RESERVED,
    ) -> Membership:
        """Give a person a role from a moment (now) until, not including, another (open).

        Raises NotFound, and AlreadyExists when the person holds the role in that time.
        """
        with self._changing() as unit:
            start = valid_from or unit.now
            require_span("A membership", start, valid_until)
            _locked(unit, person)
            _require(unit, Role, "role", role)
            held = store.memberships_of(unit.session, person, role)
            if any(membership.overlaps(start, valid_until) for membership in held):
                raise AlreadyExists("membership", f"{person} as {role}")
            membership = Membership(
                id=new_id(unit.now),
                person_id=person,
                role_id=role,
                valid_from=start,
                valid_until=valid_until,
            )
            unit.session.add(membership)
            unit.announce(
                RoleGranted(
                    actor=Actor(by),
                    person=person,
                    role=role,
                    valid_from=start,
                    valid_until=valid_until,
                )
            )
        return membership

    def revoke(
        self, person: str, role: str, *, at: datetime | None = None, by: str = RESERVED
    ) -> None:
        """End a person's role at a moment (now), and what is granted from then on.

        Raises NotFound when the person does not hold the role then or later.
        """
        with self._changing() as unit:
            moment = require_moment("The end of a role", at or unit.now)
            _locked(unit, person)
            held = store.memberships_of(unit.session, person, role)
            if not [membership for membership in held if membership.end(moment)]:
                raise NotFound("membership", f"{person} as {role}")
            unit.announce(RoleRevoked(actor=Actor(by), person=person, role=role, at=moment))

    def record_absence(
        self,
        person: str,
        *,
        starts_at: datetime,
        ends_at: datetime,
        reason: str | None = None,
        substitute: str | None = None,
        role: str | None = None,
        by: str = RESERVED,
    ) -> Absence:
        """A person is away; ``substitute`` stands in, in one role or in all of them.

        Raises NotFound, and Invalid for a span that runs backwards.
        """
        require_span("An absence", starts_at, ends_at)
        if role is not None and substitute is None:
            raise Invalid("A role without a substitute says nothing: name who stands in.")
        with self._changing() as unit:
            _locked(unit, person)
            absence = Absence(
                id=new_id(unit.now),
                person_id=person,
                starts_at=starts_at,
                ends_at=ends_at,
                reason=reason,
            )
            unit.session.add(absence)
            unit.announce(
                AbsenceRecorded(
                    actor=Actor(by),
                    absence_id=absence.id,
                    person=person,
                    starts_at=starts_at,
                    ends_at=ends_at,
                )
            )
            if substitute is not None:
                self.appoint_substitute(
                    person, substitute, starts_at=starts_at, ends_at=ends_at, role=role, by=by
                )
        return absence

    def appoint_substitute(
        self,
        person: str,
        substitute: str,
        *,
        starts_at: datetime,
        ends_at: datetime,
        role: str | None = None,
        by: str = RESERVED,
    ) -> Substitution:
        """Let somebody stand in for a person, whenever that person is away in this time.

        ``role`` None means all roles that the person holds; what the person stands in for
        is not passed on. Raises NotFound, and Invalid for a person's own substitute.
        """
        require_span("A substitution", starts_at, ends_at)
        if substitute == person:
            raise Invalid(f"{person} cannot stand in for themselves.")
        with self._changing() as unit:
            _require(unit, Person, "person", person)
            _require(unit, Person, "person", substitute)
            _require(unit, Role, "role", role)
            substitution = Substitution(
                id=new_id(unit.now),
                person_id=person,
                substitute_id=substitute,
                role_id=role,
                starts_at=starts_at,
                ends_at=ends_at,
            )
            unit.session.add(substitution)
            unit.announce(
                SubstituteAppointed(
                    actor=Actor(by),
                    person=person,
                    substitute=substitute,
                    role=role,
                    starts_at=starts_at,
                    ends_at=ends_at,
                )
            )
        return substitution

    def end_absence(
        self, absence_id: str, *, at: datetime | None = None, by: str = RESERVED
    ) -> Absence:
        """The person is back at a moment (now). Raises NotFound and WrongState."""
        with self._changing() as unit:
            absence = unit.session.get(Absence, absence_id, with_for_update=True)
            if absence is None:
                raise NotFound("absence", absence_id)
            moment = require_moment("The end of an absence", at or unit.now)
            absence.end(moment)
            unit.announce(
                AbsenceEnded(
                    actor=Actor(by), absence_id=absence_id, person=absence.person_id, at=moment
                )
            )
        return absence


def _locked(unit: Unit, id: str) -> Person:
    person = store.lock_person(unit.session, id)
    if person is None:
        raise NotFound("person", id)
    return person


def _require(
    unit: Unit, table: type[Person | Role | OrganisationUnit], kind: str, id: str | None
) -> None:
    if id is not None and unit.session.get(table, id) is None:
        raise NotFound(kind, id)


def _add_new(unit: Unit, record: Person | Role | OrganisationUnit, kind: str, id: str) -> None:
    if unit.session.get(type(record), id) is not None:
        raise AlreadyExists(kind, id)
    unit.session.add(record)
    try:
        unit.session.flush()
    except IntegrityError as error:
        # Another transaction has added it since we looked.
        raise AlreadyExists(kind, id) from error
