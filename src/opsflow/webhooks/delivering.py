"""Make a delivery: the handler of the jobs that tell other systems of events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from opsflow.clock import Clock
from opsflow.db import Database
from opsflow.errors import Invalid
from opsflow.events import SYSTEM
from opsflow.instances import ServiceCall, Terms
from opsflow.jobs import Jobs
from opsflow.jobs.connectors import signed_headers
from opsflow.webhooks import store
from opsflow.webhooks.events import SubscriptionPaused
from opsflow.webhooks.models import Subscription
from opsflow.webhooks.outlets import Outlets, post, secrets_of
from opsflow.webhooks.publishing import subject_of

TERMS = Terms(retries=12, backoff=timedelta(seconds=5), timeout=timedelta(minutes=1))
"""Tried for some three and a half hours; then it is a dead letter."""
GONE = 410
"""The target wants nothing any more (RFC 9110 §15.5.11)."""


class Delivering:
    """Sends one event to the target of its subscription, signed."""

    def __init__(
        self, database: Database, jobs: Jobs, clock: Clock, outlets: Callable[[], Outlets]
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._outlets = outlets

    def __call__(self, call: ServiceCall) -> Mapping[str, object]:
        """Deliver; raises what makes the job try again. Only a 2xx counts as taken."""
        if call.step_id or call.instance_id:
            raise Invalid(f"{call.topic} is opsflow's own topic: a model takes another one.")
        content = dict(call.variables)
        subscription = self._find(str(content.pop("subscription", "")))
        if subscription is None:
            return {}
        status, is_taken = 0, False
        try:
            status = self._send(subscription, call.idempotency_key, content)
            if not 200 <= status < 300:
                # Not its whole URL, which may hold what opens it: others read the error of a job.
                host = urlsplit(subscription.url).hostname
                raise ConnectionError(f"{host} answered {status}")
            is_taken = True
        finally:
            if not is_taken:
                self._note_failure(subscription.id, is_gone=status == GONE)
        if subscription.failing_since is not None:
            self._note_success(subscription.id)
        return {}

    def _find(self, subscription_id: str) -> Subscription | None:
        with self._database.reading() as unit:
            return unit.session.get(Subscription, subscription_id)

    def _send(self, subscription: Subscription, id: str, content: Mapping[str, object]) -> int:
        body = json.dumps({"id": id, **content}, ensure_ascii=False, default=str).encode()
        secrets = secrets_of(subscription.secrets_from)
        headers = {
            "Content-Type": "application/json",
            **signed_headers(secrets, id, self._clock.now(), body),
        }
        return post(self._outlets(), subscription.url, headers, body)

    def _note_failure(self, subscription_id: str, *, is_gone: bool) -> None:
        with self._database.unit() as unit:
            subscription = store.hold(unit.session, subscription_id)
            if subscription is None:
                return
            is_given_up = subscription.note_failure(unit.now)
            if subscription.paused_at is not None or not (is_given_up or is_gone):
                return
            since = subscription.failing_since
            reason = (
                "it answered 410 Gone"
                if is_gone
                else f"it has failed since {since:%Y-%m-%d %H:%M} UTC"
            )
            subscription.pause(reason, unit.now)
            self._jobs.hold_subject(subject_of(subscription.id))
            unit.announce(
                SubscriptionPaused(
                    actor=SYSTEM,
                    subscription_id=subscription.id,
                    reason=reason,
                    created_by=subscription.created_by,
                )
            )

    def _note_success(self, subscription_id: str) -> None:
        with self._database.unit() as unit:
            subscription = store.hold(unit.session, subscription_id)
            if subscription is not None:
                subscription.note_success()
