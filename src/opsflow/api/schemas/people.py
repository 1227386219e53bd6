"""People, their access and their tokens over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from opsflow.access import AccessRole, IssuedToken, Permission, Token
from opsflow.api.schemas.base import Body, Id, Out
from opsflow.people import Absence, Membership, OrganisationUnit, Person, Role, Substitution


class MeOut(Out):
    """Who the caller is, and what the caller may do."""

    person: str
    name: str | None
    access_roles: list[AccessRole]
    permissions: list[Permission]
    roles: list[str] = Field(description="Roles the caller holds or stands in for now")


class PersonIn(Body):
    """A person."""

    name: Id
    email: str | None = Field(default=None, max_length=320)


class NewPersonIn(PersonIn):
    """A new person."""

    id: Id


class PersonOut(Out):
    """A person."""

    id: str
    name: str
    email: str | None
    active: bool

    @classmethod
    def of(cls, person: Person) -> PersonOut:
        """What is told of a person."""
        return cls.model_validate(person)


class UnitIn(Body):
    """A new unit of the organisation."""

    id: Id
    name: Id | None = None
    parent: Id | None = None


class UnitOut(Out):
    """A unit of the organisation."""

    id: str
    name: str
    parent_id: str | None

    @classmethod
    def of(cls, unit: OrganisationUnit) -> UnitOut:
        """What is told of a unit."""
        return cls.model_validate(unit)


class RoleIn(Body):
    """A new role."""

    id: Id
    name: Id | None = None
    unit: Id | None = None


class RoleOut(Out):
    """A role."""

    id: str
    name: str
    unit_id: str | None

    @classmethod
    def of(cls, role: Role) -> RoleOut:
        """What is told of a role."""
        return cls.model_validate(role)


class MembershipIn(Body):
    """A role for a person."""

    role: Id
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class MembershipOut(Out):
    """A person holds a role from a moment until, and not including, another."""

    id: str
    person_id: str
    role_id: str
    valid_from: datetime
    valid_until: datetime | None

    @classmethod
    def of(cls, membership: Membership) -> MembershipOut:
        """What is told of a membership."""
        return cls.model_validate(membership)


class AbsenceIn(Body):
    """When a person is away, and who stands in."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str | None = Field(default=None, max_length=1000)
    substitute: Id | None = None
    role: Id | None = Field(default=None, description="Only in this role")


class AbsenceOut(Out):
    """When a person is away."""

    id: str
    person_id: str
    starts_at: datetime
    ends_at: datetime
    reason: str | None

    @classmethod
    def of(cls, absence: Absence) -> AbsenceOut:
        """What is told of an absence."""
        return cls.model_validate(absence)


class SubstitutionOut(Out):
    """Who stands in for a person; it counts only while that person is away."""

    id: str
    person_id: str
    substitute_id: str
    role_id: str | None
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, substitution: Substitution) -> SubstitutionOut:
        """What is told of a substitution."""
        return cls.model_validate(substitution)


class AccessOut(Out):
    """The access roles of a person."""

    person: str
    access_roles: list[AccessRole]


class TokenIn(Body):
    """A new token; for oneself, or by an administrator for another person."""

    name: Id
    person: Id | None = None
    scopes: list[Permission] | None = Field(
        default=None, description="What it is good for; everything its person may without it"
    )
    expires_at: AwareDatetime | None = None


class TokenOut(Out):
    """A token, without its secret."""

    id: str
    person: str
    name: str
    hint: str
    scopes: list[Permission] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, token: Token) -> TokenOut:
        """What is told of a token."""
        return cls.model_validate(token)


class IssuedOut(TokenOut):
    """A new token, with its secret, which is shown this once."""

    secret: str

    @classmethod
    def of_issued(cls, issued: IssuedToken) -> IssuedOut:
        """What is told of a token just made."""
        told = TokenOut.of(issued.token).model_dump()
        return cls(**told, secret=issued.secret)
