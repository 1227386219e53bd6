"""The secret of a token: made, recognised, and hashed."""

from __future__ import annotations

import hashlib
import re
import secrets

from opsflow.errors import Invalid

PREFIX = "opsflow_"
"""Every secret begins so, so that scanners for leaked secrets find it."""
NAME_LIMIT = 100
"""Characters of the name of a token."""
_BYTES = 32
_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}\Z", re.ASCII)
_SHOWN = len(PREFIX) + 6


def new_secret() -> str:
    """A fresh secret of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def is_secret(text: str) -> bool:
    """Whether a text has the shape of a secret at all."""
    return _SHAPE.match(text) is not None


def hint_of(secret: str) -> str:
    """The beginning of a secret, to tell tokens apart; 220 bits stay unknown."""
    return secret[:_SHOWN]


def digest_of(secret: str) -> str:
    """SHA-256 (hex) of a secret: what is stored, and looked up by.

    A slow hash with a salt protects what people think up; nobody guesses 256 random bits,
    however fast the hash is. Being looked up by the hash, how long it takes to compare says
    nothing about the secret.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def require_name(name: str) -> str:
    """The name of a token without blanks around it. Raises Invalid."""
    stripped = name.strip()
    if not 1 <= len(stripped) <= NAME_LIMIT or not stripped.isprintable():
        raise Invalid(
            f"The name of a token has 1 to {NAME_LIMIT} printable characters: "
            "say what it is for, such as 'ERP import'."
        )
    return stripped
