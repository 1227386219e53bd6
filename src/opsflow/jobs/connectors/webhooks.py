"""Webhooks, signed as Standard Webhooks 1.0 describes: out as a handler, in as a check.

The signature is over ``id.timestamp.content``, with HMAC-SHA256; the headers are ``webhook-id``,
``webhook-timestamp`` (seconds since 1970) and ``webhook-signature`` (``v1,`` and Base64, several of
them separated by blanks while a secret is being changed).
"""

from __future__ import annotations

import hmac
import json
import os
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from opsflow.clock import Clock, SystemClock
from opsflow.errors import ConfigurationInvalid, Invalid
from opsflow.instances import ServiceCall
from opsflow.jobs.connectors.http import HttpConnector, Request, plain

WINDOW = timedelta(minutes=5)
"""How far the clocks of both sides may be apart, and how long a message can be replayed."""
_PREFIX = "whsec_"


class SignatureInvalid(Invalid):
    """A webhook was not sent by who knows the secret, not now, or was changed on its way."""


def sign(secret: str, id: str, at: datetime, content: bytes) -> str:
    """The signature of a webhook. ``secret`` is Base64, with or without ``whsec_`` before it."""
    signed = f"{id}.{int(at.timestamp())}.".encode() + content
    return "v1," + b64encode(hmac.digest(_key(secret), signed, sha256)).decode()


def signed_headers(secrets: Sequence[str], id: str, at: datetime, content: bytes) -> dict[str, str]:
    """The headers of a webhook: signed with every secret, so that the receiver may know any."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(sign(secret, id, at, content) for secret in secrets),
    }


def verify(
    secrets: Sequence[str],
    headers: Mapping[str, str],
    content: bytes,
    *,
    now: datetime,
    window: timedelta = WINDOW,
) -> str:
    """The id of a webhook that is genuine and new; use it as the idempotency key.

    Several secrets are for the time in which one is replaced. Raises SignatureInvalid.
    """
    given = {name.lower(): value for name, value in headers.items()}
    id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not id or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        raise SignatureInvalid("The webhook has no webhook-id or no webhook-timestamp.")
    at = datetime.fromtimestamp(int(stamp), UTC)
    if abs(now - at) > window:
        raise SignatureInvalid(f"The webhook was sent at {at}, too far from {now}.")
    signatures = given.get("webhook-signature", "").split()
    expected = [sign(secret, id, at, content).encode() for secret in secrets]
    found = [each.encode() for each in signatures]
    if not any(hmac.compare_digest(one, other) for one in found for other in expected):
        raise SignatureInvalid("The signature of the webhook does not fit its content.")
    return id


@dataclass(frozen=True, kw_only=True)
class WebhookConnector:
    """A handler that tells another system: its inputs, as JSON, signed, to one address.

    ``secret_from`` names the environment variable that holds the secret. What cannot be
    delivered is retried like every job, and then waits as an incident.
    """

    url: str
    http: HttpConnector
    secret_from: str
    clock: Clock = field(default_factory=SystemClock)

    def __call__(self, call: ServiceCall) -> Mapping[str, object]:
        """Send the webhook of a job."""
        secret = os.environ.get(self.secret_from)
        if secret is None:
            raise ConfigurationInvalid(f"There is no environment variable {self.secret_from!r}.")
        content = json.dumps(call.variables, default=plain, ensure_ascii=False).encode()
        now = self.clock.now()
        headers = {
            "Content-Type": "application/json",
            **signed_headers([secret], call.idempotency_key, now, content),
        }
        answer = self.http.send(Request("POST", self.url, {}, headers, content), reads=False)
        if answer["status"] not in range(200, 300):
            # A redirect is not followed, so nobody has taken it.
            raise ConnectionError(f"{self.url} answered {answer['status']}")
        return {"status": answer["status"]}


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (NoBase64, ValueError) as error:
        raise ConfigurationInvalid("The secret of a webhook is Base64.") from error
    if not key:
        # Anybody could sign with it.
        raise ConfigurationInvalid("The secret of a webhook is empty: write Base64 of 24 bytes.")
    return key
