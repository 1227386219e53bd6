"""The organisation: persons, units, roles, who holds which, who is away."""

from __future__ import annotations

from opsflow.access import Permission
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.instances import DoneOut
from opsflow.api.schemas.people import (
    AbsenceIn,
    AbsenceOut,
    MembershipIn,
    MembershipOut,
    NewPersonIn,
    PersonIn,
    PersonOut,
    RoleIn,
    RoleOut,
    SubstitutionOut,
    UnitIn,
    UnitOut,
)

TAGS = ["people"]
READ = Permission.PEOPLE_READ
MANAGE = Permission.PEOPLE_MANAGE


def add(routes: Routes) -> None:
    """Register the routes."""
    _persons(routes)
    _structure(routes)
    _memberships(routes)
    _absences(routes)


def _persons(routes: Routes) -> None:
    people = routes.flow.people

    @routes.get("/people", permission=READ, tags=TAGS)
    def list_people() -> Listed[PersonOut]:
        """All persons, active or not, by id."""
        return Listed(items=[PersonOut.of(person) for person in people.everyone()])

    @routes.get("/people/{person_id}", permission=READ, tags=TAGS)
    def get_person(person_id: str) -> PersonOut:
        """A person."""
        return PersonOut.of(people.get(person_id))

    @routes.post("/people", permission=MANAGE, tags=TAGS, status_code=201)
    def add_person(body: NewPersonIn, call: Caller) -> PersonOut:
        """Add a person."""
        return call.once(
            lambda: PersonOut.of(
                people.add_person(body.id, name=body.name, email=body.email, by=call.person)
            ),
            status=201,
        )

    @routes.put("/people/{person_id}", permission=MANAGE, tags=TAGS)
    def change_person(person_id: str, body: PersonIn, call: Caller) -> PersonOut:
        """Change the name and address of a person."""
        return call.once(
            lambda: PersonOut.of(
                people.change_person(person_id, name=body.name, email=body.email, by=call.person)
            )
        )

    @routes.post("/people/{person_id}/deactivate", permission=MANAGE, tags=TAGS)
    def deactivate_person(person_id: str, call: Caller) -> PersonOut:
        """A person acts no more; what the person did stays."""
        return call.once(lambda: PersonOut.of(people.deactivate(person_id, by=call.person)))

    @routes.post("/people/{person_id}/reactivate", permission=MANAGE, tags=TAGS)
    def reactivate_person(person_id: str, call: Caller) -> PersonOut:
        """A person acts again."""
        return call.once(lambda: PersonOut.of(people.reactivate(person_id, by=call.person)))


def _structure(routes: Routes) -> None:
    people = routes.flow.people

    @routes.get("/roles", permission=READ, tags=TAGS)
    def list_roles() -> Listed[RoleOut]:
        """All roles, by id."""
        return Listed(items=[RoleOut.of(role) for role in people.roles()])

    @routes.post("/roles", permission=MANAGE, tags=TAGS, status_code=201)
    def add_role(body: RoleIn, call: Caller) -> RoleOut:
        """Add a role."""
        return call.once(
            lambda: RoleOut.of(
                people.add_role(body.id, name=body.name, unit=body.unit, by=call.person)
            ),
            status=201,
        )

    @routes.get("/units", permission=READ, tags=TAGS)
    def list_units() -> Listed[UnitOut]:
        """All units, by id."""
        return Listed(items=[UnitOut.of(unit) for unit in people.units()])

    @routes.post("/units", permission=MANAGE, tags=TAGS, status_code=201)
    def add_unit(body: UnitIn, call: Caller) -> UnitOut:
        """Add a unit."""
        return call.once(
            lambda: UnitOut.of(
                people.add_unit(body.id, name=body.name, parent=body.parent, by=call.person)
            ),
            status=201,
        )


def _memberships(routes: Routes) -> None:
    people = routes.flow.people

    @routes.get("/people/{person_id}/memberships", permission=READ, tags=TAGS)
    def list_memberships(person_id: str) -> Listed[MembershipOut]:
        """Every role a person has held, holds or will hold, oldest first."""
        people.get(person_id)
        return Listed(items=[MembershipOut.of(each) for each in people.memberships(person_id)])

    @routes.post("/people/{person_id}/memberships", permission=MANAGE, tags=TAGS, status_code=201)
    def grant_role(person_id: str, body: MembershipIn, call: Caller) -> MembershipOut:
        """Give a person a role, from now or from a moment on."""
        return call.once(
            lambda: MembershipOut.of(
                people.grant(
                    person_id,
                    body.role,
                    valid_from=body.valid_from,
                    valid_until=body.valid_until,
                    by=call.person,
                )
            ),
            status=201,
        )

    @routes.delete("/people/{person_id}/memberships/{role}", permission=MANAGE, tags=TAGS)
    def revoke_role(person_id: str, role: str, call: Caller) -> DoneOut:
        """Take a role from a person, from now on."""

        def revoke() -> DoneOut:
            people.revoke(person_id, role, by=call.person)
            return DoneOut()

        return call.once(revoke)


def _absences(routes: Routes) -> None:
    people = routes.flow.people

    @routes.get("/people/{person_id}/absences", permission=READ, tags=TAGS)
    def list_absences(person_id: str) -> Listed[AbsenceOut]:
        """When a person was, is or will be away, oldest first."""
        people.get(person_id)
        return Listed(items=[AbsenceOut.of(each) for each in people.absences(person_id)])

    @routes.get("/people/{person_id}/substitutions", permission=READ, tags=TAGS)
    def list_substitutions(person_id: str) -> Listed[SubstitutionOut]:
        """Who stands in for a person, and when."""
        people.get(person_id)
        found = people.substitutions(person_id)
        return Listed(items=[SubstitutionOut.of(each) for each in found])

    @routes.post("/people/{person_id}/absences", permission=MANAGE, tags=TAGS, status_code=201)
    def record_absence(person_id: str, body: AbsenceIn, call: Caller) -> AbsenceOut:
        """Record when a person is away, and who stands in."""
        return call.once(
            lambda: AbsenceOut.of(
                people.record_absence(
                    person_id,
                    starts_at=body.starts_at,
                    ends_at=body.ends_at,
                    reason=body.reason,
                    substitute=body.substitute,
                    role=body.role,
                    by=call.person,
                )
            ),
            status=201,
        )

    @routes.post("/absences/{absence_id}/end", permission=MANAGE, tags=TAGS)
    def end_absence(absence_id: str, call: Caller) -> AbsenceOut:
        """A person is back earlier than planned."""
        return call.once(lambda: AbsenceOut.of(people.end_absence(absence_id, by=call.person)))
