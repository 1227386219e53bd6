"""The public keys of an issuer: fetched when needed, kept for a while, never in a rush."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opsflow.errors import ConfigurationInvalid, NotAuthenticated

if TYPE_CHECKING:
    from jwt import PyJWK

REFRESH_SECONDS = 300.0
"""After this time the keys are fetched again, so that one that was taken back stops counting."""
STALE_SECONDS = 3600.0
"""How old keys may be that still count while the issuer cannot be reached."""
PAUSE_SECONDS = 10.0
"""Between two attempts to fetch: tokens of unknown keys must not become requests to the issuer."""
TIMEOUT_SECONDS = 5.0
"""For each answer of the issuer; a request of somebody waits for it."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class IssuerKeys:
    """The keys that an issuer signs with now, by their id (``kid``).

    Without ``jwks_url`` the issuer is asked where they are (OpenID Connect Discovery 1.0 §4).
    """

    def __init__(
        self,
        issuer: str,
        jwks_url: str | None,
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._url = None if jwks_url is None else require_safe(jwks_url)
        self._ticks = ticks
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._trouble: str | None = None
        self._fetching = Lock()

    def key(self, kid: str) -> PyJWK:
        """The key of an id. Raises NotAuthenticated: there is none, or it cannot be had."""
        if self._age() >= REFRESH_SECONDS or kid not in self._keys:
            self._refresh()
        if self._age() >= STALE_SECONDS:
            raise NotAuthenticated(self._trouble or "the keys of the issuer are being fetched")
        found = self._keys.get(kid)
        if found is None:
            raise NotAuthenticated(f"the issuer has no key {kid!r:.80}")
        return found

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._ticks() - self._fetched_at

    def _refresh(self) -> None:
        """Fetch the keys, unless somebody has just tried or does so now.

        Only who cannot go on without waits for somebody else's attempt, and not for one at an
        issuer that is in trouble: requests must not pile up behind it.
        """
        worth_it = self._age() >= STALE_SECONDS and self._trouble is None
        if not self._fetching.acquire(blocking=worth_it):
            return
        try:
            if self._tried_at is None or self._ticks() - self._tried_at >= PAUSE_SECONDS:
                self._fetch()
                self._tried_at = self._ticks()
        finally:
            self._fetching.release()

    def _fetch(self) -> None:
        from jwt import PyJWKClient, PyJWTError

        try:
            place = self._url or _discovered(self._issuer)
            client = PyJWKClient(place, cache_jwk_set=False, timeout=TIMEOUT_SECONDS)
            keys = client.get_signing_keys()
        except (PyJWTError, OSError, ValueError, ConfigurationInvalid) as error:
            self._trouble = f"the keys of the issuer cannot be had: {error}"
            return
        self._keys = {key.key_id: key for key in reversed(keys) if key.key_id}
        self._fetched_at, self._trouble = self._ticks(), None


def _discovered(issuer: str) -> str:
    """Where the issuer says its keys are; it must call itself by the name it is known by (§4.3)."""
    from jwt import PyJWKClient

    place = issuer.rstrip("/") + "/.well-known/openid-configuration"
    # The client of PyJWT reads any JSON object, over http(s) only and without redirects.
    said = PyJWKClient(place, cache_jwk_set=False, timeout=TIMEOUT_SECONDS).fetch_data()
    if said.get("issuer") != issuer:
        raise ConfigurationInvalid(f"{place} is about another issuer: {said.get('issuer')!r:.200}")
    return require_safe(str(said.get("jwks_uri")))


def require_safe(url: str) -> str:
    """The URL, if nobody in between can change what it answers. Raises ConfigurationInvalid."""
    parts = urlsplit(url)
    loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or loopback):
        raise ConfigurationInvalid(f"{url!r} must begin with https:// (or be on this machine).")
    return url
