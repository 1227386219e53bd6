"""Take announced events to the subscriptions: a job for each, in the transaction of the event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from opsflow.db import Database, Unit
from opsflow.events import Event, InstanceEvent
from opsflow.instances import Instances
from opsflow.jobs import OWN_TOPICS, JobEvent, Jobs
from opsflow.webhooks import store
from opsflow.webhooks.events import WebhookEvent
from opsflow.webhooks.models import fits
from opsflow.webhooks.payloads import public

DELIVERY = OWN_TOPICS + "webhook"
"""The topic of the jobs that deliver."""
KNOWN_FOR = timedelta(seconds=2)
"""How long a process goes on with the subscriptions it knows, where another one changes them."""
_CHANGED = "subscriptions changed"


@dataclass(frozen=True, slots=True)
class _Known:
    """The subscriptions of a moment, and which of them want a type of events."""

    at: datetime
    patterns: dict[str, list[str]]
    """By the id of the subscription."""
    by_type: dict[str, tuple[str, ...]]

    def wanting(self, type: str) -> tuple[str, ...]:
        """Those that are about events of this type; looked up once for each type."""
        found = self.by_type.get(type)
        if found is None:
            found = tuple(id for id, patterns in self.patterns.items() if fits(patterns, type))
            self.by_type[type] = found
        return found


@dataclass(frozen=True, slots=True)
class _Told:
    """An event, and the subscription that is to be told of it."""

    subscription_id: str
    event: Event


class Publisher:
    """Asked for every event; where nobody subscribes it costs a look at the clock."""

    def __init__(self, database: Database, instances: Instances, jobs: Jobs) -> None:
        self._database = database
        self._instances = instances
        self._jobs = jobs
        self._known: _Known | None = None
        self._edition = 0
        self._lock = Lock()

    def publish(self, unit: Unit, event: Event) -> None:
        """Have everybody told who subscribes to such events, once this is committed.

        What is said when the transaction ends: nobody waits for a subscription's row before.
        """
        known = self._current(unit)
        if not known.patterns or _is_own(event):
            return
        for subscription_id in known.wanting(type(event).__name__):
            unit.write_last(self._write, _Told(subscription_id, event))

    def changed(self, unit: Unit) -> None:
        """Subscriptions are changed in this transaction: it reads them again, then everybody."""
        unit.memory[_CHANGED] = True
        unit.after_commit(self._forget)

    def _current(self, unit: Unit) -> _Known:
        known = self._known
        changes = _CHANGED in unit.memory
        if known is not None and not changes:
            age = unit.now - known.at
            if timedelta() <= age < KNOWN_FOR:
                return known
        edition = self._edition
        found = store.interests(unit.connection)
        fresh = _Known(unit.now, {id: json.loads(patterns) for id, patterns in found}, {})
        with self._lock:
            if not changes and edition == self._edition:
                self._known = fresh
        return fresh

    def _forget(self) -> None:
        with self._lock:
            self._edition += 1
            self._known = None

    def _write(self, unit: Unit, told: Sequence[_Told]) -> None:
        """Number the events and queue their deliveries: subscriptions in one order for all."""
        by_id: dict[str, list[Event]] = {}
        for each in told:
            by_id.setdefault(each.subscription_id, []).append(each.event)
        with self._database.unit():
            for subscription_id in sorted(by_id):
                self._queue(unit, subscription_id, by_id[subscription_id])

    def _queue(self, unit: Unit, subscription_id: str, events: Sequence[Event]) -> None:
        subscription = store.hold(unit.session, subscription_id)
        if subscription is None:
            return
        for event in events:
            about = self._about(event)
            wanted = subscription.process_key
            if wanted is not None and wanted != about.get("process_key"):
                continue
            subscription.sequence += 1
            content = {
                "subscription": subscription.id,
                "type": type(event).__name__,
                "timestamp": unit.now.isoformat(),
                "sequence": subscription.sequence,
                "data": {**about, **public(event)},
            }
            self._jobs.enqueue(
                DELIVERY,
                content,
                subject=subject_of(subscription.id),
                held_at=subscription.paused_at,
            )

    def _about(self, event: Event) -> dict[str, object]:
        """The process of an event, and what the business calls its instance."""
        instance_id = getattr(event, "instance_id", None)
        if isinstance(event, InstanceEvent) or instance_id:
            instance = self._instances.get(str(instance_id))
            return {"process_key": instance.process_key, "business_key": instance.business_key}
        key = getattr(event, "process_key", None) or getattr(event, "key", None)
        return {} if key is None else {"process_key": key}


def subject_of(subscription_id: str) -> str:
    """What the deliveries of a subscription are about."""
    return f"subscription:{subscription_id}"


def _is_own(event: Event) -> bool:
    """An event about deliveries would bring about deliveries without end."""
    if isinstance(event, JobEvent):
        return event.topic.startswith(OWN_TOPICS)
    return isinstance(event, WebhookEvent)
