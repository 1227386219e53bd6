"""Every SQL statement of access."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from opsflow.access.models import USE_NOTED_EVERY, AccessGrant, Token
from opsflow.access.permissions import AccessRole


def token_with_roles(session: Session, sha256: str) -> tuple[Token, frozenset[AccessRole]] | None:
    """The token of a secret's hash, and the access roles granted to its person."""
    rows = session.execute(
        select(Token, AccessGrant.role)
        .outerjoin(AccessGrant, AccessGrant.person == Token.person)
        .where(Token.sha256 == sha256)
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return None
    return rows[0][0], _known(role for _token, role in rows)


def note_use(session: Session, token_id: str, now: datetime) -> None:
    """Note that a token was used, unless another request has just done so."""
    session.execute(
        update(Token)
        .where(
            Token.id == token_id,
            or_(Token.last_used_at.is_(None), Token.last_used_at <= now - USE_NOTED_EVERY),
        )
        .values(last_used_at=now)
    )


def lock_token(session: Session, token_id: str) -> Token | None:
    """The token, held for this transaction."""
    return session.get(Token, token_id, with_for_update=True, populate_existing=True)


def tokens_of(session: Session, person: str | None) -> list[Token]:
    """The tokens of a person or of everybody, oldest first."""
    statement = select(Token).order_by(Token.id)
    if person is not None:
        statement = statement.where(Token.person == person)
    return list(session.scalars(statement))


def roles_granted(session: Session, person: str) -> frozenset[AccessRole]:
    """The access roles that were granted to a person."""
    return _known(session.scalars(select(AccessGrant.role).where(AccessGrant.person == person)))


def grants_of(
    session: Session, *, person: str | None = None, role: AccessRole | None = None
) -> list[AccessGrant]:
    """Who was granted what, by person and role."""
    statement = select(AccessGrant).order_by(AccessGrant.person, AccessGrant.role)
    if person is not None:
        statement = statement.where(AccessGrant.person == person)
    if role is not None:
        statement = statement.where(AccessGrant.role == role)
    return list(session.scalars(statement))


def lock_holders(session: Session, role: AccessRole) -> list[str]:
    """Who was granted an access role, held for this transaction, always in the same order."""
    return list(
        session.scalars(
            select(AccessGrant.person)
            .where(AccessGrant.role == role)
            .order_by(AccessGrant.person)
            .with_for_update()
        )
    )


def remove_grant(session: Session, person: str, role: AccessRole) -> bool:
    """Take an access role back; False where the person did not have it."""
    removed = session.scalars(
        delete(AccessGrant)
        .where(AccessGrant.person == person, AccessGrant.role == role)
        .returning(AccessGrant.person)
    )
    return bool(removed.all())


def _known(roles: Iterable[str | None]) -> frozenset[AccessRole]:
    """A role that another version has granted, and this one does not know, allows nothing."""
    return frozenset(AccessRole) & frozenset(roles)
