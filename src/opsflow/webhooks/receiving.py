"""Take what a sender has signed: once, in the transaction of its effect."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from opsflow import feel
from opsflow.db import KEY_LIMIT, Database, Unit
from opsflow.errors import ConfigurationInvalid, Invalid, NotAuthenticated, OpsflowError
from opsflow.events import Actor
from opsflow.instances import Instances
from opsflow.jobs.connectors import SignatureInvalid, verify
from opsflow.webhooks import store
from opsflow.webhooks.events import WebhookReceived
from opsflow.webhooks.models import Endpoint, Receipt
from opsflow.webhooks.outlets import secrets_of

REMEMBERED_FOR = timedelta(days=30)
"""How long a delivery is known again."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
HUB_SIGNATURE = "x-hub-signature-256"
ERROR_LIMIT = 500
"""Characters of the last error that an endpoint shows."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a delivery.

    ``outcome`` is ``delivered``, ``started``, ``kept`` or ``ignored``; ``repeated`` says that
    it came before, and had its effect then.
    """

    outcome: str
    instance_id: str | None
    repeated: bool = False


class Receiving:
    """Checks deliveries, and hands them on as messages or starts."""

    def __init__(self, database: Database, instances: Instances) -> None:
        self._database = database
        self._instances = instances

    def receive(self, name: str, headers: Mapping[str, str], content: bytes) -> Received:
        """Let a delivery have its effect, once.

        Raises NotAuthenticated for a signature that does not fit, a delivery that is too old
        and an endpoint that there is not, with nothing that tells them apart. What is genuine
        and has no effect raises Invalid or MessageNotCaught, and may be sent again.
        """
        endpoint = self._endpoint(name)
        delivery = self._verified(name, endpoint, headers, content)
        assert endpoint is not None
        try:
            return self._take(endpoint, delivery, content)
        except OpsflowError as error:
            self._note_refusal(name, str(error))
            raise

    def _endpoint(self, name: str) -> Endpoint | None:
        with self._database.reading() as unit:
            return unit.session.get(Endpoint, name) if is_name(name) else None

    def _verified(
        self, name: str, endpoint: Endpoint | None, headers: Mapping[str, str], content: bytes
    ) -> str:
        """The id of a genuine delivery. Raises NotAuthenticated."""
        now = self._database.clock.now()
        given = {key.lower(): value for key, value in headers.items()}
        try:
            if endpoint is None:
                _verify_standard([secrets.token_hex(16)], given, content, now)
                raise SignatureInvalid("there is no such endpoint")
            known = secrets_of(endpoint.secrets_from)
            if endpoint.scheme == "github":
                return _verify_github(known, given, content)
            return _verify_standard(known, given, content, now)
        except (SignatureInvalid, ConfigurationInvalid) as error:
            # Also of one that there is not, which then takes as long.
            self._note_refusal(name, str(error))
            raise NotAuthenticated(f"webhook {name!r:.80}: {error}") from error

    def _take(self, endpoint: Endpoint, delivery: str, content: bytes) -> Received:
        with self._database.transaction() as unit:
            store.drop_expired(unit.session, unit.now)
            expires_at = unit.now + REMEMBERED_FOR
            receipt = store.begin(unit.session, endpoint.name, delivery, expires_at)
            if receipt.outcome is not None:
                store.count(unit.session, endpoint.name, {"repeated": Endpoint.repeated + 1})
                return Received(receipt.outcome, receipt.instance_id, repeated=True)
            if len(content) > endpoint.body_limit:
                raise Invalid(f"The body has more than {endpoint.body_limit:,} bytes.")
            received = self._effect(unit, endpoint, _read(content))
            self._note(unit, endpoint, receipt, received)
            return received

    def _effect(self, unit: Unit, endpoint: Endpoint, body: object) -> Received:
        context = {"body": body}
        if endpoint.condition and _value(endpoint.condition, context, unit.now) is not True:
            return Received("ignored", None)
        variables = {
            name: _value(text, context, unit.now) for name, text in endpoint.variables_from.items()
        }
        actor = f"endpoint:{endpoint.name}"
        if endpoint.process_key is not None:
            business_key = _key("business key", endpoint.business_key, context, unit.now)
            instance = self._instances.start(
                endpoint.process_key, by=actor, variables=variables, business_key=business_key
            )
            return Received("started", instance.id)
        correlation = None
        if endpoint.correlation:
            correlation = _value(endpoint.correlation, context, unit.now)
            if correlation is None:
                raise Invalid(f"The correlation {endpoint.correlation!r} is null in what was sent.")
        delivered = self._instances.message(
            endpoint.message or "",
            by=actor,
            variables=variables,
            correlation=correlation,
            keep=endpoint.keep,
        )
        if delivered.instance_id is None:
            return Received("kept", None)
        return Received("started" if delivered.started else "delivered", delivered.instance_id)

    def _note(self, unit: Unit, endpoint: Endpoint, receipt: Receipt, received: Received) -> None:
        with self._database.unit():
            receipt.outcome, receipt.instance_id = received.outcome, received.instance_id
            unit.announce(
                WebhookReceived(
                    actor=Actor(f"endpoint:{endpoint.name}"),
                    endpoint=endpoint.name,
                    delivery=receipt.delivery,
                    outcome=received.outcome,
                    receiver_id=received.instance_id,
                )
            )
            store.count(
                unit.session,
                endpoint.name,
                {"accepted": Endpoint.accepted + 1, "last_at": unit.now},
            )

    def _note_refusal(self, name: str, error: str) -> None:
        if not is_name(name):
            return
        with self._database.transaction() as unit:
            store.count(
                unit.session,
                name,
                {"refused": Endpoint.refused + 1, "last_error": error[:ERROR_LIMIT]},
            )


def is_name(text: str) -> bool:
    """Whether an endpoint can be called so."""
    return _NAME.fullmatch(text) is not None


def _verify_standard(
    known: list[str], headers: Mapping[str, str], content: bytes, now: datetime
) -> str:
    id = verify(known, headers, content, now=now)
    if len(id) > KEY_LIMIT or not id.isprintable():
        raise SignatureInvalid("The webhook-id is too long.")
    return id


def _verify_github(known: list[str], headers: Mapping[str, str], content: bytes) -> str:
    """As GitHub signs: ``sha256=`` and HMAC-SHA256 of the body, in hexadecimal.

    Neither a time nor an id is signed, so the content itself is what a delivery is known by.
    """
    given = headers.get(HUB_SIGNATURE, "").encode()
    expected = [
        f"sha256={hmac.digest(secret.encode(), content, sha256).hex()}".encode() for secret in known
    ]
    if not any(hmac.compare_digest(given, each) for each in expected):
        raise SignatureInvalid(f"The {HUB_SIGNATURE} does not fit the content.")
    return sha256(content).hexdigest()


def _read(content: bytes) -> object:
    try:
        return json.loads(
            content.decode("utf-8"),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_number,
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Invalid(f"The body is no JSON: {error}"[:ERROR_LIMIT]) from error


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no number")


def _value(text: str, context: Mapping[str, object], now: datetime) -> object:
    try:
        return feel.compile(text).evaluate(context, now=now)
    except feel.FeelError as error:
        raise Invalid(f"{text!r:.200}: {error}") from error


def _key(what: str, text: str | None, context: Mapping[str, object], now: datetime) -> str | None:
    if text is None:
        return None
    value = _value(text, context, now)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = f"{value:f}"
    if not isinstance(value, str):
        raise Invalid(f"The {what} {text!r} is no text in what was sent.")
    return value
