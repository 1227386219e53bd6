"""Somebody whom an OpenID Connect issuer vouches for: its signed tokens (JWT), verified.

RFC 7519 (JWT), RFC 8725 (best current practices), OpenID Connect Core 1.0 §2.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from opsflow.access.identity import Identity
from opsflow.access.keys import IssuerKeys, require_safe
from opsflow.access.permissions import AccessRole
from opsflow.access.service import Access
from opsflow.errors import ConfigurationInvalid, NotAuthenticated

LEEWAY_SECONDS = 30
"""How much the clocks of the issuer and of this machine may differ."""
LENGTH_LIMIT = 16_384
"""Characters of a token that are looked at."""
ASYMMETRIC = frozenset(
    f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)
) | {"EdDSA"}
"""Algorithms that can be allowed. With HS… the public key would be the shared secret."""
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""Of what type a token may say it is (RFC 8725 §3.11); a logout token signs nobody in."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom an issuer vouches for, until when, and the access roles that it says they have."""

    person: str
    roles: frozenset[AccessRole]
    expires_at: datetime


class Issuer:
    """An OpenID Connect issuer whose word on who somebody is counts here.

    ``url`` is what it calls itself, to the letter; ``audience`` is what its tokens for this
    opsflow are for. ``person_claim`` holds the id of the person in the directory: take one
    that nobody can choose for themselves. ``role_claim`` (a name, or a path of names such as
    ``("realm_access", "roles")``) holds words of which ``roles`` makes access roles; other
    words mean nothing. Raises ConfigurationInvalid; needs the extra ``opsflow[server]``.
    """

    def __init__(
        self,
        url: str,
        audience: str | Sequence[str],
        algorithms: Sequence[str] = ("RS256", "ES256"),
        jwks_url: str | None = None,
        person_claim: str = "sub",
        role_claim: str | Sequence[str] | None = None,
        roles: Mapping[str, AccessRole] | None = None,
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        _require_library()
        self.url = require_safe(url)
        self.audience = _named("audience", audience)
        self.algorithms = _allowed(algorithms)
        self.person_claim = person_claim
        self._role_path = () if role_claim is None else _named("role_claim", role_claim)
        self._roles = dict(roles or {})
        self._keys = IssuerKeys(url, jwks_url, ticks=ticks)

    def recognises(self, token: str) -> bool:
        """Whether the token says that it is of this issuer; nothing is verified yet."""
        import jwt

        if not _is_shaped(token):
            return False
        try:
            return bool(jwt.decode(token, options={"verify_signature": False})["iss"] == self.url)
        except (jwt.PyJWTError, KeyError):
            return False

    def verify(self, token: str) -> Vouched:
        """Whom the token is about. Raises NotAuthenticated for everything that is wrong with it."""
        from jwt import PyJWTError

        if not _is_shaped(token):
            raise NotAuthenticated("not the shape of a JWT")
        try:
            claims = self._claims(token)
        except PyJWTError as error:
            raise NotAuthenticated(f"JWT refused: {error!s:.200}") from error
        return Vouched(self._person(claims), self._told_roles(claims), _end(claims))

    def _claims(self, token: str) -> dict[str, Any]:
        import jwt

        header = jwt.get_unverified_header(token)
        kid, kind = header.get("kid"), header.get("typ", "JWT")
        # Looked at before any key is fetched: what cannot be right costs no request.
        if header.get("alg") not in self.algorithms:
            raise NotAuthenticated(f"JWT of the algorithm {header.get('alg')!r:.40}")
        if not isinstance(kid, str) or not kid:
            raise NotAuthenticated("JWT without the id of a key")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise NotAuthenticated(f"JWT of the type {kind!r:.40}")
        return jwt.decode(
            token,
            self._keys.key(kid),
            algorithms=self.algorithms,
            audience=self.audience,
            issuer=self.url,
            leeway=LEEWAY_SECONDS,
            options={
                "require": ["iss", "aud", "exp", self.person_claim],
                "enforce_minimum_key_length": True,
            },
        )

    def _person(self, claims: Mapping[str, Any]) -> str:
        person = claims[self.person_claim]
        if not isinstance(person, str) or not person:
            raise NotAuthenticated(f"the claim {self.person_claim} is no text")
        if self.person_claim == "email" and claims.get("email_verified") is not True:
            raise NotAuthenticated("an address that the issuer has not verified")
        return person

    def _told_roles(self, claims: Mapping[str, Any]) -> frozenset[AccessRole]:
        found: object = claims if self._role_path else None
        for name in self._role_path:
            found = found.get(name) if isinstance(found, dict) else None
        words = [found] if isinstance(found, str) else found
        if not isinstance(words, list):
            return frozenset()
        told = (self._roles.get(word) for word in words if isinstance(word, str))
        return frozenset(role for role in told if role is not None)


class Admission:
    """An issuer at the door of one opsflow: whom it vouches for, the directory has to know."""

    def __init__(self, issuer: Issuer, access: Access) -> None:
        self._issuer = issuer
        self._access = access

    def recognises(self, token: str) -> bool:
        """Whether the token says that it is of this issuer; nothing is verified yet."""
        return self._issuer.recognises(token)

    def verify(self, token: str) -> Identity:
        """Who shows the token, with the roles granted here and those the issuer tells.

        Raises NotAuthenticated.
        """
        vouched = self._issuer.verify(token)
        return self._access.identity(
            vouched.person, roles=vouched.roles, expires_at=vouched.expires_at
        )


def _is_shaped(token: str) -> bool:
    return len(token) <= LENGTH_LIMIT and token.isascii() and token.count(".") == 2


def _end(claims: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotAuthenticated("JWT that ends after all time") from error


def _named(what: str, names: str | Sequence[str]) -> tuple[str, ...]:
    found = (names,) if isinstance(names, str) else tuple(names)
    if not found or not all(found):
        raise ConfigurationInvalid(f"The {what} of an issuer must not be empty.")
    return found


def _allowed(algorithms: Sequence[str]) -> list[str]:
    found = list(_named("algorithms", algorithms))
    unsafe = sorted(set(found) - ASYMMETRIC)
    if unsafe:
        raise ConfigurationInvalid(
            f"{', '.join(unsafe)} cannot prove who signed; possible are "
            f"{', '.join(sorted(ASYMMETRIC))}."
        )
    return found


def _require_library() -> None:
    try:
        from jwt.algorithms import has_crypto
    except ImportError as error:
        raise ConfigurationInvalid(
            "To sign in with OpenID Connect, install opsflow[server]."
        ) from error
    if not has_crypto:
        raise ConfigurationInvalid("PyJWT needs cryptography: install opsflow[server].")
