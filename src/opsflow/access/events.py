"""What access announces: ids and permissions, and nothing that a secret could be told from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opsflow.access.permissions import AccessRole, Permission
from opsflow.events import Event


@dataclass(frozen=True, kw_only=True)
class AccessEvent(Event):
    """A fact about who may enter, and as what."""

    @property
    def stream(self) -> str:
        """One chain for all of access."""
        return "access"


@dataclass(frozen=True, kw_only=True)
class TokenIssued(AccessEvent):
    """A token was made for a person. ``scopes`` None: it is not narrowed."""

    token_id: str
    person: str
    name: str
    scopes: tuple[Permission, ...] | None
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(AccessEvent):
    """A token counts no more."""

    token_id: str
    person: str


@dataclass(frozen=True, kw_only=True)
class AccessGranted(AccessEvent):
    """A person was given an access role."""

    person: str
    access_role: AccessRole


@dataclass(frozen=True, kw_only=True)
class AccessWithdrawn(AccessEvent):
    """An access role of a person was taken back."""

    person: str
    access_role: AccessRole
