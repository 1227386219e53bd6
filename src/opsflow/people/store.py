"""Every SQL statement of the people."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    exists,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from opsflow.db import Moment, PlainText
from opsflow.people.directory import PersonInfo
from opsflow.people.models import (
    Absence,
    Membership,
    OrganisationUnit,
    Person,
    Role,
    Substitution,
)

At: TypeAlias = datetime | BindParameter[datetime]
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


def _stand_ins(session: Session, statement: Select[str, str, str]) -> list[StandIn]:
    rows = session.execute(statement).all()
    return sorted({(substitute, role, principal) for substitute, role, principal in rows})


def _standing_in(at: At) -> Select[str, str, str]:
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


def _valid(at: At) -> ColumnElement[bool]:
    ends = or_(Membership.valid_until.is_(None), Membership.valid_until > at)
    return (Membership.valid_from <= at) & ends


def _away(person_id: InstrumentedAttribute[str], at: At) -> ColumnElement[bool]:
    return exists().where(
        Absence.person_id == person_id, Absence.starts_at <= at, Absence.ends_at > at
    )


_PERSON, _AT = bindparam("person", type_=PlainText()), bindparam("at", type_=Moment())
_NOTHING = (null(), null(), null())
_STANDING: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(
        Person.name, Person.email, Person.active, null().label("role"), null().label("principal")
    ).where(Person.id == _PERSON),
    select(*_NOTHING, Membership.role_id, null()).where(
        Membership.person_id == _PERSON, _valid(_AT)
    ),
    _standing_in(_AT)
    .with_only_columns(
        *_NOTHING, Membership.role_id, Substitution.person_id, maintain_column_froms=True
    )
    .where(Substitution.substitute_id == _PERSON),
)


def standing_of(
    session: Session, person_id: str, at: datetime
) -> tuple[PersonInfo | None, list[tuple[str, str | None]]]:
    """A person, and the roles that are held or stood in for at a moment, with whom they are of.

    None of them for somebody who is not active.
    """
    rows = session.execute(_STANDING, {"person": person_id, "at": at}).all()
    infos = [PersonInfo(person_id, *row[:3]) for row in rows if row.active is not None]
    if not infos or not infos[0].active:
        return (infos[0] if infos else None), []
    return infos[0], [(row.role, row.principal) for row in rows if row.role is not None]
