"""Starting instances: by key, by a start event, and by a timer of a process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy.exc import IntegrityError

from opsflow.db import Database, Unit, new_id, require_key
from opsflow.definitions import Definitions, Release
from opsflow.engine import decode, encode, start_subscriptions
from opsflow.errors import IdempotencyConflict
from opsflow.events import SYSTEM, Actor
from opsflow.instances import store
from opsflow.instances.events import InstanceStarted
from opsflow.instances.models import Instance, StartEvent
from opsflow.instances.moves import Moves
from opsflow.telemetry import Attributes, span, traceparent


class Starts:
    """Makes new instances."""

    def __init__(self, database: Database, definitions: Definitions, moves: Moves) -> None:
        self._database = database
        self._definitions = definitions
        self._moves = moves

    def by_key(
        self,
        key: str,
        *,
        variables: Mapping[str, object],
        version: int | None,
        business_key: str | None,
        idempotency_key: str | None,
        actor: Actor,
    ) -> Instance:
        """Start a process; a repeated idempotency key gives the same instance.

        The published version is started where none is named.
        """
        if business_key is not None:
            require_key("A business key", business_key)
        request = None
        if idempotency_key is not None:
            require_key("An idempotency key", idempotency_key)
            request = _request_hash(variables, version, business_key)

        def attempt() -> Instance:
            with self._database.unit() as unit:
                if idempotency_key is not None:
                    earlier = store.instance_of_request(unit.session, key, idempotency_key)
                    if earlier is not None:
                        return _same_request(earlier, request)
                release = self._definitions.startable(key, version)
                return self._make(
                    unit, release, None, variables, actor, business_key, idempotency_key, request
                )

        try:
            return attempt()
        except IntegrityError:
            if idempotency_key is None:
                raise
            # Another request with this key committed in between: it is found now.
            return attempt()

    def at_event(
        self, start: StartEvent, variables: Mapping[str, object], actor: Actor
    ) -> Instance:
        """Start a process at one of its start events."""
        with self._database.unit() as unit:
            release = self._definitions.get(start.release_id)
            return self._make(unit, release, start, variables, actor)

    def due(self, limit: int) -> int:
        """Start every process whose timer start event is due, each in a transaction of its own."""
        for started in range(limit):
            with self._database.reading() as unit:
                if not store.has_start_due(unit.session, unit.now):
                    return started
            with self._database.unit() as unit:
                start = store.start_timer_due(unit.session, unit.now)
                if start is None:
                    return started
                late = unit.now - (start.due_at or unit.now)
                observed = partial(self._database.observer.timer_fired, start.process_key, late)
                unit.after_commit(observed)
                self.at_event(start, {}, SYSTEM)
                self._next_start(unit, start)
        return limit

    def watch(self, release_id: str) -> None:
        """From now on the process of this release starts on the release's events."""
        with self._database.unit() as unit:
            content = self._definitions.content(release_id)
            found = [
                StartEvent(
                    process_key=content.key,
                    node_id=item.node,
                    position=item.position,
                    release_id=release_id,
                    kind=str(item.kind),
                    name=item.name,
                    watched_at=unit.now,
                    due_at=item.due_at,
                    index=item.schedule.index if item.schedule else None,
                    left=item.schedule.left if item.schedule else None,
                )
                for item in start_subscriptions(content.process, unit.now)
            ]
            store.replace_start_events(unit.session, content.key, found)

    def _next_start(self, unit: Unit, start: StartEvent) -> None:
        """A cycle that was missed while nothing ran starts once, not once per missed time."""
        process = self._definitions.content(start.release_id).process
        for item in start_subscriptions(process, start.watched_at):
            if (item.node, item.position) == (start.node_id, start.position) and item.schedule:
                fired = replace(item.schedule, index=start.index or 0, left=start.left)
                following = fired.after_firing(unit.now)
                if following is None:
                    unit.session.delete(start)
                else:
                    start.due_at = following.due_at
                    start.index, start.left = following.index, following.left

    def _make(
        self,
        unit: Unit,
        release: Release,
        start: StartEvent | None,
        variables: Mapping[str, object],
        actor: Actor,
        business_key: str | None = None,
        idempotency_key: str | None = None,
        request_hash: str | None = None,
    ) -> Instance:
        about: Attributes = {
            "opsflow.process.key": release.process_key,
            "opsflow.process.version": release.version,
        }
        with span("instance: start", about) as opened:
            execution = self._moves.create(release.id, variables, start, unit.now)
            instance = Instance(
                id=new_id(unit.now),
                process_key=release.process_key,
                release_id=release.id,
                version=release.version,
                business_key=business_key,
                idempotency_key=idempotency_key,
                request_hash=request_hash,
                status="running",
                revision=1,
                started_at=unit.now,
                started_by=actor.person,
                traceparent=traceparent(),
                state=execution.save(),
            )
            opened.set(opsflow__instance__id=instance.id)
            self._moves.note_place(unit, instance)
            store.add_instance(unit.connection, instance)
            unit.announce(
                InstanceStarted(
                    actor=actor,
                    instance_id=instance.id,
                    process_key=release.process_key,
                    version=release.version,
                    release_id=release.id,
                    business_key=business_key,
                )
            )
            self._moves.begin(unit, instance, execution, actor)
            return instance


def _request_hash(
    variables: Mapping[str, object], version: int | None, business_key: str | None
) -> str:
    # Encoded once before, because only then every name is known to be a text.
    given = _ordered(decode(encode(dict(variables))))
    said = encode({"variables": given, "version": version, "key": business_key})
    return hashlib.sha256(said.encode()).hexdigest()


def _ordered(value: object) -> object:
    """The value with its names in order: how a client happens to write them says nothing."""
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value


def _same_request(earlier: Instance, request: str | None) -> Instance:
    if earlier.request_hash != request:
        raise IdempotencyConflict(
            f"The idempotency key {earlier.idempotency_key!r} of {earlier.process_key!r} "
            "was used before with other content: take a new key."
        )
    return earlier
