"""Tables of access: tokens, and the access roles that people were granted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.access.permissions import Permission
from opsflow.db import PREFIX, Base, Id
from opsflow.errors import WrongState

USE_NOTED_EVERY = timedelta(hours=1)
"""How exactly ``last_used_at`` is kept: a write with every request would be too much."""


class Token(Base):
    """What lets a program act as a person. Of its secret there is only the SHA-256.

    ``hint`` is how the secret begins, ``expires_at`` None means never.
    """

    __tablename__ = PREFIX + "access_token"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("expires_at > created_at", name="span"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
        Index(None, "person", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person: Mapped[str]
    name: Mapped[str]
    hint: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    scope_text: Mapped[str | None] = mapped_column("scopes")
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]

    @property
    def scopes(self) -> frozenset[Permission] | None:
        """What the token is narrowed to; None where it is not.

        A permission that this version does not know any more allows nothing.
        """
        if self.scope_text is None:
            return None
        known = {permission.value for permission in Permission}
        return frozenset(Permission(word) for word in self.scope_text.split() if word in known)

    def fault(self, now: datetime) -> str | None:
        """Why it does not count at a moment; None where it does."""
        if self.revoked_at is not None:
            return f"revoked at {self.revoked_at.isoformat()}"
        if self.expires_at is not None and self.expires_at <= now:
            return f"expired at {self.expires_at.isoformat()}"
        return None

    def state(self, now: datetime) -> str:
        """``valid``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if self.fault(now) is None else "expired"

    def revoke(self, by: str, now: datetime) -> None:
        """Let it count no more. Raises WrongState where that was done before."""
        if self.revoked_at is not None:
            raise WrongState("token", self.id, "revoked", "revoke")
        self.revoked_at, self.revoked_by = now, by

    def needs_note(self, now: datetime) -> bool:
        """Whether the last use that was noted is long ago."""
        return self.last_used_at is None or self.last_used_at <= now - USE_NOTED_EVERY


class AccessGrant(Base):
    """A person has an access role; taking it back removes the row, the history keeps both."""

    __tablename__ = PREFIX + "access_grant"
    __table_args__ = (Index(None, "role", "person"),)

    person: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    granted_at: Mapped[datetime]
    granted_by: Mapped[str]
