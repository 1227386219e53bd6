"""The organisation in opsflow's own tables: a directory that can be changed and loaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from opsflow.db import Unit
from opsflow.errors import NotFound
from opsflow.people import store
from opsflow.people.directory import Acting, Directory, Holder, PersonInfo
from opsflow.people.loading import Loaded, load
from opsflow.people.models import (
    RESERVED,
    Absence,
    Membership,
    OrganisationUnit,
    Person,
    Role,
    Substitution,
)
from opsflow.people.organisation import read_tables
from opsflow.people.registry import STANDINGS, Registry


class People(Registry, Directory):
    """Persons, units, roles, memberships, absences and substitutes, to change and to ask."""

    def load_organisation(
        self, source: str | Path | Mapping[str, str], *, by: str = RESERVED
    ) -> Loaded:
        """Add what a folder of CSV files (or their texts by file name) holds, all or nothing.

        ``units.csv`` (id, name, parent), ``roles.csv`` (id, name, unit), ``people.csv``
        (id, name, email, active), ``memberships.csv`` (person, role, valid_from,
        valid_until) and ``absences.csv`` (person, starts_at, ends_at, reason, substitute,
        role); each file may be missing. What is there already stays, but people get the
        names, addresses and ``active`` of the file.
        Raises Invalid naming file and line.
        """
        tables = read_tables(source)
        with self._database.unit() as unit:
            return load(unit, self, tables, by=by)

    def get(self, id: str) -> Person:
        """A person. Raises NotFound."""
        with self._database.reading() as unit:
            person = unit.session.get(Person, id)
        if person is None:
            raise NotFound("person", id)
        return person

    def everyone(self) -> list[Person]:
        """All persons, active or not, by id."""
        with self._database.reading() as unit:
            return store.all_persons(unit.session)

    def roles(self) -> list[Role]:
        """All roles, by id."""
        with self._database.reading() as unit:
            return store.all_roles(unit.session)

    def units(self) -> list[OrganisationUnit]:
        """All units, by id."""
        with self._database.reading() as unit:
            return store.all_units(unit.session)

    def memberships(self, person: str) -> list[Membership]:
        """Every role a person has held, holds or will hold, oldest first."""
        with self._database.reading() as unit:
            return store.memberships_of(unit.session, person)

    def absences(self, person: str) -> list[Absence]:
        """When a person was, is or will be away, oldest first."""
        with self._database.reading() as unit:
            return store.absences_of(unit.session, person)

    def substitutions(self, person: str) -> list[Substitution]:
        """Who stands in for a person, and when, oldest first."""
        with self._database.reading() as unit:
            return store.substitutions_of(unit.session, person)

    def person(self, person_id: str) -> PersonInfo | None:
        """The person, or None where there is no such person."""
        with self._database.reading() as unit:
            return _standing(unit, person_id, unit.now)[0]

    def acting_roles(self, person_id: str, at: datetime) -> frozenset[Acting]:
        """The roles a person holds, and those of absent persons they stand in for.

        Somebody who is away keeps the roles they hold (they may turn up after all), but
        stands in for nobody.
        """
        with self._database.reading() as unit:
            return _standing(unit, person_id, at)[1]

    def holders(self, role: str, at: datetime) -> tuple[Holder, ...]:
        """Who holds a role and is there, by id; then who stands in for those away."""
        with self._database.reading() as unit:
            present = store.present_holders(unit.session, role, at)
            stand_ins = store.stand_ins_for_role(unit.session, role, at)
        return tuple(Holder(person, role) for person in present) + tuple(
            Holder(substitute, role, principal) for substitute, _role, principal in stand_ins
        )

    def role_exists(self, role: str) -> bool:
        """Whether there is a role of this id."""
        with self._database.reading() as unit:
            return unit.session.get(Role, role) is not None


def _standing(
    unit: Unit, person_id: str, at: datetime
) -> tuple[PersonInfo | None, frozenset[Acting]]:
    """A person and what the person can act as, asked once in a unit that changes neither."""
    known = unit.memory.setdefault(STANDINGS, {})
    assert isinstance(known, dict)
    if (person_id, at) not in known:
        info, roles = store.standing_of(unit.session, person_id, at)
        known[person_id, at] = info, frozenset(Acting(*role) for role in roles)
    standing: tuple[PersonInfo | None, frozenset[Acting]] = known[person_id, at]
    return standing
