"""Access: who somebody is to opsflow, what access roles they have, and what those may do.

Access roles are about opsflow itself: deploying, operating, reading the trail. Who may do a
task is another matter, decided by the matrix of its process.
"""

from opsflow.access.events import (
    AccessEvent,
    AccessGranted,
    AccessWithdrawn,
    TokenIssued,
    TokenRevoked,
)
from opsflow.access.identity import Identity
from opsflow.access.models import AccessGrant, Token
from opsflow.access.oidc import Admission, Issuer, Vouched
from opsflow.access.permissions import PERMISSIONS, AccessRole, Grant, Permission
from opsflow.access.secret import NAME_LIMIT
from opsflow.access.service import DEFAULT_LIFETIME, NEVER, Access, IssuedToken

__all__ = [
    "DEFAULT_LIFETIME",
    "NAME_LIMIT",
    "NEVER",
    "PERMISSIONS",
    "Access",
    "AccessEvent",
    "AccessGrant",
    "AccessGranted",
    "AccessRole",
    "AccessWithdrawn",
    "Admission",
    "Grant",
    "Identity",
    "IssuedToken",
    "Issuer",
    "Permission",
    "Token",
    "TokenIssued",
    "TokenRevoked",
    "Vouched",
]
