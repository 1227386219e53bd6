"""The use cases of endpoints: what senders may post to, and who says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from opsflow import feel
from opsflow.db import require_key
from opsflow.errors import Invalid, NotFound
from opsflow.events import Actor
from opsflow.webhooks import store
from opsflow.webhooks.events import EndpointDefined, EndpointRemoved
from opsflow.webhooks.models import Endpoint
from opsflow.webhooks.outlets import require_secret_names
from opsflow.webhooks.receiving import Receiving, is_name

BODY_LIMIT = 1024 * 1024
"""Bytes of a body that any endpoint takes at the most."""
KEEP_LIMIT = timedelta(days=366)
VARIABLES_LIMIT = 100


class Endpoints(Receiving):
    """Endpoints are defined, looked at and removed."""

    def define(
        self,
        name: str,
        *,
        by: str,
        secret_from: str | Sequence[str],
        message: str | None = None,
        process: str | None = None,
        when: str | None = None,
        correlation: str | None = None,
        business_key: str | None = None,
        variables: Mapping[str, str] | None = None,
        keep: timedelta | None = None,
        body_limit: int = BODY_LIMIT,
        scheme: Literal["standard", "github"] = "standard",
        replacing: Callable[[Endpoint], None] = lambda _there: None,
    ) -> Endpoint:
        """What is posted to ``/webhooks/NAME`` is a message, or starts a process.

        The secrets are environment variables; each of several counts, while one is replaced.
        ``when``, ``correlation``, ``business_key`` and the values of ``variables`` are FEEL over
        ``body``. A message that nobody waits for is kept for the time ``keep``. An endpoint of
        that name is replaced; its counts stay. ``replacing`` is asked about that one, which nobody
        changes meanwhile, and may raise. Raises Invalid.
        """
        _require_effect(message, process, correlation, business_key, keep)
        names = require_secret_names(secret_from)
        mapped = dict(variables or {})
        _require_expressions(when, correlation, business_key, mapped)
        if not 1 <= body_limit <= BODY_LIMIT:
            raise Invalid(f"A body has 1 to {BODY_LIMIT:,} bytes, not {body_limit}.")
        if scheme not in ("standard", "github"):
            raise Invalid(f"The scheme of a signature is standard or github, not {scheme!r}.")
        if not is_name(name):
            raise Invalid(
                f"{name!r:.110} names no endpoint: it is 1 to 100 small letters, digits and "
                "any of - . _ between them."
            )
        said: dict[str, object] = {
            "scheme": scheme,
            "secret_names": json.dumps(names),
            "message": message,
            "process_key": process,
            "condition": when,
            "correlation": correlation,
            "business_key": business_key,
            "variables": json.dumps(mapped),
            "keep_seconds": None if keep is None else max(int(keep.total_seconds()), 1),
            "body_limit": body_limit,
            "defined_by": by,
        }
        return self._put(name, said, by, replacing)

    def _put(
        self,
        name: str,
        said: Mapping[str, object],
        by: str,
        replacing: Callable[[Endpoint], None],
    ) -> Endpoint:
        with self._database.unit() as unit:
            values = {**said, "defined_at": unit.now}
            endpoint = store.put_endpoint(unit.session, name, values, replacing)
            unit.announce(_defined(endpoint, by))
            return endpoint

    def remove(self, name: str, *, by: str) -> None:
        """Take nothing from its sender any more. Raises NotFound."""
        with self._database.unit() as unit:
            endpoint = store.hold_endpoint(unit.session, name)
            if endpoint is None:
                raise NotFound("endpoint", name)
            store.drop_receipts(unit.session, name)
            unit.session.delete(endpoint)
            unit.announce(EndpointRemoved(actor=Actor(by), endpoint=name))

    def endpoint(self, name: str) -> Endpoint:
        """One endpoint, with what it has taken and refused. Raises NotFound."""
        found = self._endpoint(name)
        if found is None:
            raise NotFound("endpoint", name)
        return found

    def endpoints(self) -> list[Endpoint]:
        """Every endpoint, by name."""
        with self._database.reading() as unit:
            return store.endpoints(unit.session)


def _require_effect(
    message: str | None,
    process: str | None,
    correlation: str | None,
    business_key: str | None,
    keep: timedelta | None,
) -> None:
    if (message is None) == (process is None):
        raise Invalid("An endpoint names a message, or a process to start: one of them.")
    require_key("What an endpoint names", message or process or "")
    if process is not None and (correlation is not None or keep is not None):
        raise Invalid("A start has no correlation, and nothing is kept: leave them out.")
    if message is not None and business_key is not None:
        raise Invalid("A message has no business key: correlate it.")
    if keep is not None and not timedelta() < keep <= KEEP_LIMIT:
        raise Invalid(f"A message is kept for up to {KEEP_LIMIT.days} days.")


def _require_expressions(
    when: str | None, correlation: str | None, business_key: str | None, mapped: Mapping[str, str]
) -> None:
    if len(mapped) > VARIABLES_LIMIT or not all(name.strip() for name in mapped):
        raise Invalid(f"An endpoint gives up to {VARIABLES_LIMIT} variables, each with a name.")
    for text in (when, correlation, business_key, *mapped.values()):
        if text is None:
            continue
        try:
            names = feel.compile(text).names
        except feel.FeelError as error:
            raise Invalid(f"{text!r:.200} is no FEEL expression: {error}") from error
        if unknown := sorted(names - {"body"}):
            raise Invalid(f"{text!r:.200}: only body is known here, not {', '.join(unknown)}.")


def _defined(endpoint: Endpoint, by: str) -> EndpointDefined:
    return EndpointDefined(
        actor=Actor(by),
        endpoint=endpoint.name,
        scheme=endpoint.scheme,
        secrets_from=tuple(endpoint.secrets_from),
        message=endpoint.message,
        process_key=endpoint.process_key,
        condition=endpoint.condition,
        correlation=endpoint.correlation,
        business_key=endpoint.business_key,
        variables=endpoint.variables_from,
    )
