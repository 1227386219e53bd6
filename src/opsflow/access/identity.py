"""Who somebody is in a request, and what they may do there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opsflow.access.permissions import PERMISSIONS, AccessRole, Permission
from opsflow.errors import Refused


@dataclass(frozen=True, slots=True)
class Identity:
    """An authenticated person. It may be kept for a few seconds, until ``expires_at`` at most.

    ``scopes`` narrows what the roles allow (None: not at all); ``token_id`` names the token
    that was shown, and ``expires_at`` is when it, or what an issuer vouches for, ends.
    """

    person: str
    roles: frozenset[AccessRole]
    scopes: frozenset[Permission] | None = None
    token_id: str | None = None
    expires_at: datetime | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether a token or scopes stand in between: it may be stolen, or in a program's hands."""
        return self.token_id is not None or self.scopes is not None

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles has the permission and the scopes leave it."""
        return self._has(permission) and self._leaves(permission)

    def require(self, permission: Permission) -> None:
        """Raises Refused (rule ``access.permission``) without the permission."""
        if self.may(permission):
            return
        reason = (
            "the token that was shown is not for this"
            if self._has(permission)
            else f"this needs the access role {_either(permission)}"
        )
        raise Refused(reason, rule="access.permission", person=self.person, verb=permission)

    def _has(self, permission: Permission) -> bool:
        return not self.roles.isdisjoint(PERMISSIONS[permission].roles)

    def _leaves(self, permission: Permission) -> bool:
        return self.scopes is None or permission in self.scopes


def _either(permission: Permission) -> str:
    return " or ".join(sorted(PERMISSIONS[permission].roles))
