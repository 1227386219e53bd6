"""Add what the rows of an organisation's files say and is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opsflow.db import Unit
from opsflow.errors import Invalid
from opsflow.people import store
from opsflow.people.models import OrganisationUnit, Person, Role
from opsflow.people.organisation import Line, Tables, placed
from opsflow.people.registry import Registry


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much of each kind was added; what was there already does not count."""

    units: int = 0
    roles: int = 0
    people: int = 0
    memberships: int = 0
    absences: int = 0


def load(unit: Unit, people: Registry, tables: Tables, *, by: str) -> Loaded:
    """Add every row that is not there yet, in an order in which references exist."""
    return Loaded(
        units=_load_units(unit, people, tables["units.csv"], by),
        roles=_each(tables["roles.csv"], lambda line: _load_role(unit, people, line, by)),
        people=_each(tables["people.csv"], lambda line: _load_person(unit, people, line, by)),
        memberships=_each(
            tables["memberships.csv"], lambda line: _load_membership(unit, people, line, by)
        ),
        absences=_each(tables["absences.csv"], lambda line: _load_absence(unit, people, line, by)),
    )


def _each(lines: Sequence[Line], take: Callable[[Line], bool]) -> int:
    added = 0
    for line in lines:
        with placed(line.file, line.number):
            added += take(line)
    return added


def _load_units(unit: Unit, people: Registry, lines: Sequence[Line], by: str) -> int:
    """A unit may stand before its parent: go over the rest again until nothing is added."""
    added = 0
    rest = list(lines)
    while rest:
        here = {line.cells.get("id") for line in rest}
        ready = [line for line in rest if line.cells.get("parent") not in here - {None}]
        if not ready:
            with placed(rest[0].file, rest[0].number):
                raise Invalid("the unit is, through its parents, its own parent")
        added += _each(ready, lambda line: _load_unit(unit, people, line, by))
        rest = [line for line in rest if line not in ready]
    return added


def _load_unit(unit: Unit, people: Registry, line: Line, by: str) -> bool:
    key, name, parent = line.text("id"), line.cells.get("name"), line.cells.get("parent")
    if unit.session.get(OrganisationUnit, key) is not None:
        return False
    people.add_unit(key, name=name, parent=parent, by=by)
    return True


def _load_role(unit: Unit, people: Registry, line: Line, by: str) -> bool:
    key, name, of_unit = line.text("id"), line.cells.get("name"), line.cells.get("unit")
    if unit.session.get(Role, key) is not None:
        return False
    people.add_role(key, name=name, unit=of_unit, by=by)
    return True


def _load_person(unit: Unit, people: Registry, line: Line, by: str) -> bool:
    person, name, email = line.text("id"), line.text("name"), line.cells.get("email")
    record = unit.session.get(Person, person)
    added = record is None
    if record is None:
        record = people.add_person(person, name=name, email=email, by=by)
    elif (record.name, record.email) != (name, email or record.email):
        people.change_person(person, name=name, email=email or record.email, by=by)
    active = line.yes("active")
    if active is False and record.active:
        people.deactivate(person, by=by)
    elif active and not record.active:
        people.reactivate(person, by=by)
    return added


def _load_membership(unit: Unit, people: Registry, line: Line, by: str) -> bool:
    person, role = line.text("person"), line.text("role")
    start, end = line.moment("valid_from"), line.moment("valid_until")
    held = store.memberships_of(unit.session, person, role)
    if any(membership.covers(start or unit.now, end) for membership in held):
        return False
    people.grant(person, role, valid_from=start, valid_until=end, by=by)
    return True


def _load_absence(unit: Unit, people: Registry, line: Line, by: str) -> bool:
    person, substitute = line.text("person"), line.cells.get("substitute")
    starts_at, ends_at = line.required_moment("starts_at"), line.required_moment("ends_at")
    role = line.cells.get("role")
    known = [(a.starts_at, a.ends_at) for a in store.absences_of(unit.session, person)]
    if (starts_at, ends_at) not in known:
        reason = line.cells.get("reason")
        people.record_absence(person, starts_at=starts_at, ends_at=ends_at, reason=reason, by=by)
    elif substitute is None or any(
        (s.substitute_id, s.role_id, s.starts_at, s.ends_at)
        == (substitute, role, starts_at, ends_at)
        for s in store.substitutions_of(unit.session, person)
    ):
        return False
    if substitute is not None:
        people.appoint_substitute(
            person, substitute, starts_at=starts_at, ends_at=ends_at, role=role, by=by
        )
    elif role is not None:
        raise Invalid("role is filled without a substitute: name who stands in")
    return True
