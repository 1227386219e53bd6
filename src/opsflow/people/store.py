"""Every SQL statement of the people."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from opsflow.people.models import (
    Absence,
    Membership,
    OrganisationUnit,
    Person,
    Role,
    Substitution,
)

StandIn: TypeAlias = tuple[str, str, str]
"""A substitute, the role acted in, and the absent person who holds it."""


def lock_person(session: Session, person_id: str) -> Person | None:
    """The person, held for this transaction so that roles are granted one at a time."""
    return session.get(Person, person_id, with_for_update=True, populate_existing=True)


def all_persons(session: Session) -> list[Person]:
    """Everybody, by id."""
    return list(session.scalars(select(Person).order_by(Person.id)))


def all_roles(session: Session) -> list[Role]:
    """Every role, by id."""
    return list(session.scalars(select(Role).order_by(Role.id)))


def all_units(session: Session) -> list[OrganisationUnit]:
    """Every unit, by id."""
    return list(session.scalars(select(OrganisationUnit).order_by(OrganisationUnit.id)))


def memberships_of(session: Session, person_id: str, role: str | None = None) -> list[Membership]:
    """What a person has held, holds and will hold, oldest first; of one role or of all."""
    statement = select(Membership).where(Membership.person_id == person_id)
    if role is not None:
        statement = statement.where(Membership.role_id == role)
    return list(session.scalars(statement.order_by(Membership.valid_from, Membership.id)))


def absences_of(session: Session, person_id: str) -> list[Absence]:
    """When a person was, is and will be away, oldest first."""
    return list(
        session.scalars(
            select(Absence)
            .where(Absence.person_id == person_id)
            .order_by(Absence.starts_at, Absence.id)
        )
    )


def substitutions_of(session: Session, person_id: str) -> list[Substitution]:
    """Who stands in for a person, and when, oldest first."""
    return list(
        session.scalars(
            select(Substitution)
            .where(Substitution.person_id == person_id)
            .order_by(Substitution.starts_at, Substitution.id)
        )
    )


def roles_held(session: Session, person_id: str, at: datetime) -> list[str]:
    """The roles that an active person holds at a moment, away or not."""
    return list(
        session.scalars(
            select(Membership.role_id)
            .join(Person, Person.id == Membership.person_id)
            .where(Person.id == person_id, Person.active, _valid(at))
            .distinct()
        )
    )


def present_holders(session: Session, role: str, at: datetime) -> list[str]:
    """The active persons who hold a role at a moment and are not away, by id."""
    return list(
        session.scalars(
            select(Person.id)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.role_id == role, Person.active, _valid(at), ~_away(Person.id, at))
            .distinct()
            .order_by(Person.id)
        )
    )


def stand_ins_for_role(session: Session, role: str, at: datetime) -> list[StandIn]:
    """Who stands in for absent holders of a role at a moment."""
    return _stand_ins(session, _standing_in(at).where(Membership.role_id == role))


def stood_in_for_by(session: Session, person_id: str, at: datetime) -> list[StandIn]:
    """The roles of absent persons that a person stands in for at a moment."""
    return _stand_ins(session, _standing_in(at).where(Substitution.substitute_id == person_id))


def _stand_ins(session: Session, statement: Select[str, str, str]) -> list[StandIn]:
    rows = session.execute(statement).all()
    return sorted({(substitute, role, principal) for substitute, role, principal in rows})


def _standing_in(at: datetime) -> Select[str, str, str]:
    """Only roles that the absent person holds: what they stand in for is not passed on."""
    substitute = aliased(Person)
    return (
        select(Substitution.substitute_id, Membership.role_id, Substitution.person_id)
        .join(Membership, Membership.person_id == Substitution.person_id)
        .join(Person, Person.id == Substitution.person_id)
        .join(substitute, substitute.id == Substitution.substitute_id)
        .where(
            Substitution.starts_at <= at,
            Substitution.ends_at > at,
            or_(Substitution.role_id.is_(None), Substitution.role_id == Membership.role_id),
            _valid(at),
            Person.active,
            substitute.active,
            _away(Substitution.person_id, at),
            ~_away(Substitution.substitute_id, at),
        )
    )


def _valid(at: datetime) -> ColumnElement[bool]:
    ends = or_(Membership.valid_until.is_(None), Membership.valid_until > at)
    return (Membership.valid_from <= at) & ends


def _away(person_id: InstrumentedAttribute[str], at: datetime) -> ColumnElement[bool]:
    return exists().where(
        Absence.person_id == person_id, Absence.starts_at <= at, Absence.ends_at > at
    )
