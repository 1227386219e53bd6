"""Every SQL statement of the replies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from opsflow.db import add_if_missing
from opsflow.replies.models import KeptReply


def begin(session: Session, person: str, key: str, request: str, expires_at: datetime) -> KeptReply:
    """The row of this key, held for this transaction; a new one has the status 0.

    Waits for another transaction that has begun with the same key.
    """
    add_if_missing(
        session,
        KeptReply,
        person=person,
        key=key,
        request=request,
        status=0,
        headers="{}",
        body="",
        expires_at=expires_at,
    )
    return session.get_one(KeptReply, (person, key), with_for_update=True, populate_existing=True)


def drop_expired(session: Session, now: datetime) -> None:
    """Nobody will repeat these requests any more."""
    session.execute(delete(KeptReply).where(KeptReply.expires_at <= now))
