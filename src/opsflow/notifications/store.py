"""Every SQL statement of the notifications."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from opsflow.db import add_if_missing
from opsflow.notifications.models import EVERY_KIND, Notice, Preference


def inbox_of(
    session: Session, person: str, *, unread_only: bool, before: str | None, limit: int
) -> list[Notice]:
    """The notices of a person, newest first, from behind the notice ``before``."""
    statement = (
        select(Notice).where(Notice.person == person).order_by(Notice.id.desc()).limit(limit)
    )
    if unread_only:
        statement = statement.where(Notice.read_at.is_(None))
    if before is not None:
        statement = statement.where(Notice.id < before)
    return list(session.scalars(statement))


def count_unread(session: Session, person: str) -> int:
    """How many notices a person has not read."""
    statement = select(func.count()).where(Notice.person == person, Notice.read_at.is_(None))
    return session.scalar(statement) or 0


def mark_all_read(session: Session, person: str, now: datetime) -> int:
    """Mark every notice of a person read, and give how many were not."""
    unread = session.scalars(
        update(Notice)
        .where(Notice.person == person, Notice.read_at.is_(None))
        .values(read_at=now)
        .returning(Notice.id)
    )
    return len(unread.all())


def preferences_for(session: Session, people: Collection[str], kind: str) -> dict[str, Preference]:
    """What each of these people prefers for a kind of notices, where they prefer something."""
    found = session.scalars(
        select(Preference).where(
            Preference.person.in_(people), Preference.kind.in_([kind, EVERY_KIND])
        )
    )
    chosen: dict[str, Preference] = {}
    for each in found:
        if each.kind == kind or each.person not in chosen:
            chosen[each.person] = each
    return chosen


def preferences_of(session: Session, person: str) -> list[Preference]:
    """Everything that a person prefers, by kind."""
    return list(
        session.scalars(
            select(Preference).where(Preference.person == person).order_by(Preference.kind)
        )
    )


def hold_preference(session: Session, person: str, kind: str) -> Preference:
    """What a person prefers for a kind, held for this transaction; a new one is the inbox alone."""
    add_if_missing(session, Preference, person=person, kind=kind, chosen="[]")
    key = (person, kind)
    return session.get_one(Preference, key, with_for_update=True, populate_existing=True)
