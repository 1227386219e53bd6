"""The use cases of subscriptions: who is told of what, and whether it arrives."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence

from opsflow.db import Database, Unit, new_id, require_key
from opsflow.errors import Invalid, NotFound
from opsflow.events import Actor
from opsflow.instances import Instances
from opsflow.jobs import Job, Jobs, JobTried
from opsflow.webhooks import store
from opsflow.webhooks.delivering import Delivering
from opsflow.webhooks.endpoints import Endpoints
from opsflow.webhooks.events import (
    SubscriptionEnded,
    SubscriptionMade,
    SubscriptionPaused,
    SubscriptionResumed,
)
from opsflow.webhooks.models import Subscription
from opsflow.webhooks.outlets import Outlets, outlets_from, require_secret_names
from opsflow.webhooks.publishing import Publisher, subject_of

PAGE_LIMIT = 1000
EVENTS_LIMIT = 50
"""Types of events that one subscription names."""
RETRIED_AT_ONCE = 1000
"""Dead letters that are retried in one go."""
_PATTERN = re.compile(r"[A-Z][A-Za-z]{0,99}\*?|\*")


class Webhooks(Endpoints):
    """Subscriptions and endpoints; ``deliver`` does the jobs of the deliveries."""

    def __init__(
        self, database: Database, instances: Instances, jobs: Jobs, publisher: Publisher
    ) -> None:
        super().__init__(database, instances)
        self._jobs = jobs
        self._publisher = publisher
        self.outlets = outlets_from(os.environ)
        self.deliver = Delivering(database, jobs, database.clock, lambda: self.outlets)

    def allow(self, *hosts: str, private: Sequence[str] = ()) -> Outlets:
        """Let webhooks go to these hosts, besides those of the environment.

        ``*.example.com`` is all below one. Those in ``private`` may have an address that is not
        public, and are spoken to without TLS too.
        """
        before = self.outlets
        self.outlets = Outlets(
            hosts=(*before.hosts, *hosts, *private), private=(*before.private, *private)
        )
        return self.outlets

    def subscribe(
        self,
        url: str,
        *,
        by: str,
        events: Sequence[str],
        secret_from: str | Sequence[str],
        process: str | None = None,
    ) -> Subscription:
        """Tell this URL of every event of these types (``TaskCompleted``, ``Task*``, ``*``).

        Only of those about ``process``, where one is named. ``secret_from`` names environment
        variables that begin with OPSFLOW_SECRET_. Raises Invalid.
        """
        self.outlets.require(url)
        names = require_secret_names(secret_from)
        patterns = _require_patterns(events)
        if process is not None:
            require_key("The key of a process", process)
        with self._database.unit() as unit:
            subscription = Subscription(
                id=new_id(unit.now),
                url=url,
                patterns=json.dumps(patterns),
                process_key=process,
                secret_names=json.dumps(names),
                sequence=0,
                failures=0,
                created_by=by,
                created_at=unit.now,
            )
            unit.session.add(subscription)
            unit.announce(
                SubscriptionMade(
                    actor=Actor(by),
                    subscription_id=subscription.id,
                    url=url,
                    events=tuple(patterns),
                    process_key=process,
                    secrets_from=tuple(names),
                )
            )
            self._publisher.changed(unit)
            return subscription

    def unsubscribe(self, subscription_id: str, *, by: str) -> int:
        """Tell it nothing any more; how many deliveries were waiting, and are not made.

        Raises NotFound.
        """
        with self._database.unit() as unit:
            subscription = self._hold(unit, subscription_id)
            subject = subject_of(subscription_id)
            reason = "the subscription has ended"
            count = self._jobs.discard_all(subject, by=by, reason=reason, dead_only=False)
            unit.session.delete(subscription)
            unit.announce(
                SubscriptionEnded(actor=Actor(by), subscription_id=subscription_id, discarded=count)
            )
            self._publisher.changed(unit)
            return count

    def pause(self, subscription_id: str, *, by: str, reason: str) -> Subscription:
        """Deliver nothing until it is resumed; what happens meanwhile waits.

        Raises NotFound, WrongState, and Invalid without a reason.
        """
        if not reason.strip():
            raise Invalid("Whoever pauses a subscription says why.")
        with self._database.unit() as unit:
            subscription = self._hold(unit, subscription_id)
            subscription.pause(reason.strip(), unit.now)
            self._jobs.hold_subject(subject_of(subscription_id))
            unit.announce(
                SubscriptionPaused(
                    actor=Actor(by),
                    subscription_id=subscription_id,
                    reason=reason.strip(),
                    created_by=subscription.created_by,
                )
            )
            return subscription

    def resume(self, subscription_id: str, *, by: str) -> Subscription:
        """Deliver again, first what has waited. Raises NotFound, WrongState."""
        with self._database.unit() as unit:
            subscription = self._hold(unit, subscription_id)
            subscription.resume()
            self._jobs.let_go_subject(subject_of(subscription_id))
            unit.announce(SubscriptionResumed(actor=Actor(by), subscription_id=subscription_id))
            return subscription

    def get(self, subscription_id: str) -> Subscription:
        """One subscription. Raises NotFound."""
        with self._database.reading() as unit:
            found = unit.session.get(Subscription, subscription_id)
        if found is None:
            raise NotFound("subscription", subscription_id)
        return found

    def subscriptions(
        self, *, made_by: str | None = None, after: str | None = None, limit: int = 100
    ) -> list[Subscription]:
        """Subscriptions of a person or of everybody, oldest first, from behind ``after``."""
        if not 1 <= limit <= PAGE_LIMIT:
            raise Invalid(f"A page has 1 to {PAGE_LIMIT} subscriptions, not {limit}.")
        with self._database.reading() as unit:
            return store.subscriptions(unit.session, made_by, after, limit)

    def deliveries(
        self,
        subscription_id: str,
        *,
        dead_only: bool = False,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Job]:
        """The jobs of a subscription that are not done yet, oldest first. Raises NotFound."""
        self.get(subscription_id)
        state = "incident" if dead_only else None
        return self._jobs.find(
            subject=subject_of(subscription_id), state=state, after=after, limit=limit
        )

    def count_dead(self, subscription_id: str) -> int:
        """How many of its deliveries are dead letters."""
        return self._jobs.count_dead(subject_of(subscription_id))

    def retry_dead(self, subscription_id: str, *, by: str) -> list[JobTried]:
        """Try its dead letters again, the oldest thousand of them. Raises NotFound."""
        dead = self.deliveries(subscription_id, dead_only=True, limit=RETRIED_AT_ONCE)
        return self._jobs.retry_all([each.id for each in dead], by=by)

    def discard_dead(self, subscription_id: str, *, by: str, reason: str) -> int:
        """Give up its dead letters; how many. Raises NotFound, Invalid without a reason."""
        self.get(subscription_id)
        return self._jobs.discard_all(subject_of(subscription_id), by=by, reason=reason)

    def _hold(self, unit: Unit, subscription_id: str) -> Subscription:
        subscription = store.hold(unit.session, subscription_id)
        if subscription is None:
            raise NotFound("subscription", subscription_id)
        return subscription


def _require_patterns(events: Sequence[str]) -> list[str]:
    found = [events] if isinstance(events, str) else list(dict.fromkeys(events))
    if not 1 <= len(found) <= EVENTS_LIMIT:
        raise Invalid(f"A subscription names 1 to {EVENTS_LIMIT} types of events.")
    for pattern in found:
        if not _PATTERN.fullmatch(pattern):
            raise Invalid(f"{pattern!r:.110} is no type of events: write TaskCompleted or Task*.")
    return found
