"""What the operator allows webhooks: which hosts are told, and which secrets they use."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from opsflow.errors import ConfigurationInvalid, Invalid
from opsflow.jobs.connectors import HttpConnector, Request, is_among

SECRET_PREFIX = "OPSFLOW_SECRET_"  # noqa: S105
"""How the environment variables begin that a subscription or an endpoint may name."""
URL_LIMIT = 2_000
TIMEOUT = timedelta(seconds=15)
"""How long each part of an answer is waited for."""
SECRETS_LIMIT = 5
"""Secrets that are valid at once; two while one is replaced."""
_NAME = re.compile(SECRET_PREFIX + r"[A-Z0-9_]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """The hosts that may be told, ``*.example.com`` for all below one.

    ``private`` are those of them that may have an address that is not public, and may be
    spoken to without TLS.
    """

    hosts: tuple[str, ...] = ()
    private: tuple[str, ...] = ()

    def require(self, url: str) -> str:
        """The URL, where somebody may be told there. Raises Invalid."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".").lower()
            _ = parts.port
        except ValueError as error:
            raise Invalid(f"{url!r:.100} is no URL: {error}") from error
        is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= URL_LIMIT
        if parts.scheme not in ("https", "http") or not host or not is_plain or "\\" in url:
            raise Invalid(f"{url!r:.100} is no URL that webhooks go to: write https://HOST/PATH.")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise Invalid("The URL of a webhook has no user, no password and no fragment.")
        if not is_among(host, self.hosts):
            raise Invalid(
                f"The host {host!r} is not among those that webhooks go to: the operator lists "
                "it in OPSFLOW_WEBHOOK_HOSTS."
            )
        if parts.scheme == "http" and not is_among(host, self.private):
            raise Invalid(f"{host!r} is told over https only.")
        return url


def post(outlets: Outlets, url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Send something where somebody may be told; the status of the answer.

    No redirect is followed, and nothing of the answer is read. Raises Invalid, and what httpx
    raises.
    """
    outlets.require(url)
    connector = HttpConnector(hosts=outlets.hosts, private=outlets.private, timeout=TIMEOUT)
    answer = connector.ask(Request("POST", url, {}, dict(headers), body), reads=False)
    status = answer["status"]
    assert isinstance(status, int)
    return status


def outlets_from(environment: Mapping[str, str]) -> Outlets:
    """As OPSFLOW_WEBHOOK_HOSTS and OPSFLOW_WEBHOOK_PRIVATE_HOSTS say, separated by commas.

    A private host is told too.
    """
    private = _listed(environment.get("OPSFLOW_WEBHOOK_PRIVATE_HOSTS", ""))
    hosts = _listed(environment.get("OPSFLOW_WEBHOOK_HOSTS", ""))
    return Outlets(hosts=(*hosts, *private), private=private)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip().lower() for each in text.split(",") if each.strip())


def require_secret_names(names: str | Sequence[str]) -> list[str]:
    """The names of environment variables that hold secrets. Raises Invalid."""
    found = [names] if isinstance(names, str) else list(names)
    if not 1 <= len(found) <= SECRETS_LIMIT:
        raise Invalid(f"Name 1 to {SECRETS_LIMIT} environment variables that hold a secret.")
    for name in found:
        if not _NAME.fullmatch(name):
            raise Invalid(
                f"{name!r:.60} names no secret of webhooks: its environment variable begins with "
                f"{SECRET_PREFIX}, in capital letters."
            )
    return found


def secrets_of(names: Iterable[str]) -> list[str]:
    """The secrets themselves, of those that there are. Raises ConfigurationInvalid for none."""
    wanted = list(names)
    found = [os.environ[name] for name in wanted if os.environ.get(name)]
    if not found:
        raise ConfigurationInvalid(f"There is no environment variable {', '.join(wanted)}.")
    return found
