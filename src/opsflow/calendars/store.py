"""Every SQL statement of the calendars."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from opsflow.calendars.models import Calendar, UnitCalendar
from opsflow.people import OrganisationUnit, Role

DEEPEST = 100
"""Units above a unit that are looked at."""


def all_calendars(session: Session) -> list[Calendar]:
    """Every calendar, by key."""
    return list(session.scalars(select(Calendar).order_by(Calendar.key)))


def calendar_of(session: Session, key: str) -> Calendar | None:
    """The calendar of a key."""
    return session.get(Calendar, key)


def lock_calendar(session: Session, key: str) -> Calendar | None:
    """The calendar, held for this transaction."""
    return session.get(Calendar, key, with_for_update=True, populate_existing=True)


def keys(session: Session) -> frozenset[str]:
    """The keys of all calendars."""
    return frozenset(session.scalars(select(Calendar.key)))


def lock_defaults(session: Session) -> list[Calendar]:
    """Whatever is the default, held for this transaction."""
    return list(
        session.scalars(select(Calendar).where(Calendar.is_default.is_(True)).with_for_update())
    )


def default_key(session: Session) -> str | None:
    """The calendar of those that have no other."""
    return session.scalar(select(Calendar.key).where(Calendar.is_default.is_(True)))


def unit_of_role(session: Session, role: str) -> str | None:
    """The unit that a role belongs to."""
    return session.scalar(select(Role.unit_id).where(Role.id == role))


def assignments(session: Session) -> dict[str, str]:
    """The calendar of every unit that has one of its own."""
    rows = session.scalars(select(UnitCalendar).order_by(UnitCalendar.unit_id))
    return {row.unit_id: row.calendar_key for row in rows}


def assignment_of(session: Session, unit: str) -> UnitCalendar | None:
    """The assignment of one unit, held for this transaction."""
    return session.get(UnitCalendar, unit, with_for_update=True, populate_existing=True)


def calendar_key_of_unit(session: Session, unit: str) -> str | None:
    """The calendar of a unit, or of the nearest unit above it that has one."""
    above: str | None = unit
    for _ in range(DEEPEST):
        if above is None:
            return None
        row = session.execute(
            select(UnitCalendar.calendar_key, OrganisationUnit.parent_id)
            .select_from(OrganisationUnit)
            .outerjoin(UnitCalendar, UnitCalendar.unit_id == OrganisationUnit.id)
            .where(OrganisationUnit.id == above)
        ).one_or_none()
        if row is None:
            return None
        if row.calendar_key is not None:
            return str(row.calendar_key)
        above = row.parent_id
    return None
