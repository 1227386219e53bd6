"""The use cases of process instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement

from opsflow.db import Database, Unit
from opsflow.definitions import Decisions, Definitions
from opsflow.engine import Scripts, Step, Waiting, canonical
from opsflow.errors import Invalid, NotFound
from opsflow.events import SYSTEM, Actor
from opsflow.instances import events, store
from opsflow.instances.census import Census
from opsflow.instances.delivery import Delivered, Delivery
from opsflow.instances.handlers import Handlers, ServiceCall
from opsflow.instances.migration import MigrationCheck, Migrations
from opsflow.instances.models import Instance, require_reason
from opsflow.instances.moves import Moves
from opsflow.instances.outcomes import Result, apply
from opsflow.instances.services import Services, call_of
from opsflow.instances.starts import Starts

PAGE_LIMIT = 10_000
"""Instances that one page may have."""
DUE_LIMIT = 1_000_000
"""Instances whose timers may be fired in one go."""
KEPT_FOR = timedelta(hours=1)
"""How long a message that an instance sent waits for its receiver."""


class Instances(Migrations):
    """The running and ended instances of this opsflow."""

    def __init__(
        self,
        database: Database,
        definitions: Definitions,
        decisions: Decisions,
        handlers: Handlers,
        scripts: Scripts | None = None,
        migration_checks: Sequence[MigrationCheck] = (),
    ) -> None:
        services = Services(definitions, decisions, handlers)
        moves = Moves(definitions, services, scripts, database.clock)
        super().__init__(database, moves, definitions, migration_checks)
        self.census = Census(database)
        self._starts = Starts(database, definitions, self._moves)
        self._delivery = Delivery(database, self._moves, self._starts.at_event)

    def start(
        self,
        key: str,
        *,
        by: str,
        variables: Mapping[str, object] | None = None,
        version: int | None = None,
        business_key: str | None = None,
        idempotency_key: str | None = None,
    ) -> Instance:
        """Start a process, at its published version where none is named.

        The same idempotency key with the same content gives the instance of the first time.
        Raises NotFound, VariablesInvalid, IdempotencyConflict, and WrongState where no version
        is named and none is published.
        """
        return self._starts.by_key(
            key,
            variables=variables or {},
            version=version,
            business_key=business_key,
            idempotency_key=idempotency_key,
            actor=Actor(by),
        )

    def get(self, instance_id: str) -> Instance:
        """One instance. Raises NotFound."""
        with self._database.reading() as unit:
            held = unit.memory.get(("instance", instance_id))
            if isinstance(held, Instance):
                return held
            instance = unit.session.get(Instance, instance_id, populate_existing=True)
        if instance is None:
            raise NotFound("instance", instance_id)
        return instance

    def find(
        self,
        *,
        key: str | None = None,
        version: int | None = None,
        status: str | None = None,
        business_key: str | None = None,
        suspended: bool | None = None,
        attributes: Mapping[str, object] | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Instance]:
        """Instances that meet every condition, oldest first, from behind the id ``after``.

        ``attributes`` are declared search attributes with the value wanted. Raises Invalid
        for a page of another size than 1 to ``PAGE_LIMIT``.
        """
        if not 1 <= limit <= PAGE_LIMIT:
            raise Invalid(f"A page has 1 to {PAGE_LIMIT} instances, not {limit}.")
        wanted: dict[ColumnElement[bool], bool] = {
            (Instance.process_key == key): key is not None,
            (Instance.version == version): version is not None,
            (Instance.status == status): status is not None,
            (Instance.business_key == business_key): business_key is not None,
            Instance.suspended_at.is_not(None): suspended is True,
            Instance.suspended_at.is_(None): suspended is False,
        }
        with self._database.reading() as unit:
            return store.find_instances(
                unit.session,
                conditions=[condition for condition, applies in wanted.items() if applies],
                attributes=attributes or {},
                after=after,
                limit=limit,
            )

    def variables(self, instance_id: str, step_id: str | None = None) -> dict[str, object]:
        """Its own variables, or all that a step sees; after its end, those it ended with."""
        with self._database.reading() as unit:
            execution = self._moves.look(unit, self._moves.lock(unit, instance_id))
            return execution.variables(step_id)

    def steps(self, instance_id: str) -> list[Step]:
        """Where it waits now."""
        with self._database.reading() as unit:
            return self._moves.look(unit, self._moves.lock(unit, instance_id)).steps()

    def lock(self, unit: Unit, instance_id: str) -> Instance:
        """Hold the instance for this transaction; the first thing every verb on it does."""
        return self._moves.lock(unit, instance_id)

    def held(self, unit: Unit, instance: Instance) -> None:
        """The instance was read and locked together with something of its own."""
        self._moves.held(unit, instance)

    def complete_step(
        self, instance_id: str, step_id: str, variables: Mapping[str, object], *, actor: Actor
    ) -> None:
        """The work of a waiting step is done; the instance goes on."""
        with (
            self._database.unit() as unit,
            self._moves.move(unit, instance_id, "complete a step", actor) as (_, execution),
        ):
            execution.complete(step_id, variables, now=unit.now)

    def receive(
        self,
        instance_id: str,
        step_id: str,
        *,
        by: str,
        variables: Mapping[str, object] | None = None,
    ) -> None:
        """Let a step go on as if the message it waits for had come."""
        actor = Actor(by)
        with (
            self._database.unit() as unit,
            self._moves.move(unit, instance_id, "receive", actor) as (_, execution),
        ):
            execution.message(step_id, variables or {}, now=unit.now)

    def service_call(self, instance_id: str, step_id: str) -> ServiceCall | None:
        """What the work of a step is given; None where it waits for no handler or worker."""
        with self._database.unit() as unit:
            instance = self._moves.lock(unit, instance_id)
            execution = self._moves.look(unit, instance)
            step = next((each for each in execution.steps() if each.id == step_id), None)
            if step is None or step.waiting is not Waiting.SERVICE or step.node.controls.decision:
                return None
            return call_of(instance, execution, step)

    def traceparent(self, unit: Unit, instance_id: str) -> str | None:
        """The span of the last move of an instance in this transaction; of what is open else."""
        return self._moves.place(unit, instance_id)

    def finish_step(self, instance_id: str, step_id: str, result: Result) -> None:
        """Let a service step go on by what its work came to; a failure is an incident."""
        with (
            self._database.unit() as unit,
            self._moves.move(unit, instance_id, "finish a step", SYSTEM) as (_, execution),
        ):
            apply(execution, step_id, result, unit.now)

    def throw_error(
        self, instance_id: str, step_id: str, code: str | None, message: str, *, actor: Actor
    ) -> None:
        """The work of a waiting step ends in a BPMN error."""
        with (
            self._database.unit() as unit,
            self._moves.move(unit, instance_id, "throw an error", actor) as (_, execution),
        ):
            execution.throw_error(step_id, code, message, now=unit.now)

    def throw_escalation(
        self, instance_id: str, step_id: str, code: str | None, *, actor: Actor
    ) -> None:
        """The work of a waiting step calls for attention, and goes on."""
        with (
            self._database.unit() as unit,
            self._moves.move(unit, instance_id, "escalate", actor) as (_, execution),
        ):
            execution.throw_escalation(step_id, code, now=unit.now)

    def set_variables(
        self,
        instance_id: str,
        variables: Mapping[str, object],
        *,
        by: str | Actor,
        step_id: str | None = None,
    ) -> None:
        """Correct variables by hand; the change is in the history under this person."""
        with self._database.unit() as unit:
            actor = by if isinstance(by, Actor) else Actor(by)
            with self._moves.move(unit, instance_id, "set variables", actor) as (_, execution):
                execution.set_variables(variables, step_id, now=unit.now)

    def suspend(self, instance_id: str, *, by: str, reason: str) -> Instance:
        """Stop all work on it until it is resumed. Raises Invalid without a reason."""
        said = require_reason("A suspension", reason)
        with self._database.unit() as unit:
            instance = self._moves.lock(unit, instance_id)
            instance.suspend(unit.now)
            instance.revision += 1
            store.save_instances(unit.connection, [instance])
            unit.announce(
                events.InstanceSuspended(actor=Actor(by), instance_id=instance_id, reason=said)
            )
            return instance

    def resume(self, instance_id: str, *, by: str, reason: str = "") -> Instance:
        """Let work on it go on."""
        with self._database.unit() as unit:
            instance = self._moves.lock(unit, instance_id)
            instance.resume()
            instance.revision += 1
            store.save_instances(unit.connection, [instance])
            unit.announce(
                events.InstanceResumed(actor=Actor(by), instance_id=instance_id, reason=reason)
            )
            self._moves.reconsider(unit, instance)
            return instance

    def cancel(self, instance_id: str, *, by: str, reason: str) -> Instance:
        """End it now; everything open in it is cancelled. A suspended one can be cancelled.

        Raises Invalid without a reason.
        """
        actor, said = Actor(by), require_reason("A cancellation", reason)
        with self._database.unit() as unit:
            instance = self._moves.lock(unit, instance_id)
            instance.suspended_at = None
            with self._moves.move(unit, instance_id, "cancel", actor) as (_, execution):
                execution.cancel(now=unit.now, reason=said)
                instance.end("cancelled", unit.now, said)
            unit.announce(
                events.InstanceCancelled(actor=actor, instance_id=instance_id, reason=said)
            )
            return instance

    def message(
        self,
        name: str,
        *,
        by: str,
        variables: Mapping[str, object] | None = None,
        correlation: object = None,
        instance_id: str | None = None,
        keep: timedelta | None = None,
    ) -> Delivered:
        """Hand a message to the one step that waits for it, or start a process on it.

        ``correlation`` is the value of the receiver's correlation key. A message that comes
        early is kept for the time ``keep``; without it, MessageNotCaught is raised.
        """
        return self._delivery.message(
            name,
            variables or {},
            correlation=None if correlation is None else canonical(correlation),
            instance_id=instance_id,
            keep=keep,
            actor=Actor(by),
        )

    def signal(self, name: str, *, by: str, variables: Mapping[str, object] | None = None) -> int:
        """Broadcast a signal; give how many caught it or started on it."""
        return self._delivery.signal(name, variables or {}, actor=Actor(by))

    def run_due(self, *, limit: int = 1000) -> int:
        """Fire every due timer of running instances and start every process that is due.

        ``limit`` is how many instances at the most are taken this time.
        """
        if not 1 <= limit <= DUE_LIMIT:
            raise Invalid(f"1 to {DUE_LIMIT} instances are taken at a time, not {limit}.")
        return self._starts.due(limit) + self._delivery.due(limit)

    def due(self, limit: int) -> list[str]:
        """The running instances with a due timer, the earliest first."""
        return self._delivery.instances_due(limit)

    def fire(self, instance_id: str) -> int:
        """Fire the due timers of one instance; give how many there were."""
        return self._delivery.fire(instance_id)

    def start_due(self, limit: int) -> int:
        """Start every process whose timer start event is due; give how many there were."""
        return self._starts.due(limit)

    def next_due(self) -> datetime | None:
        """When the next timer is due."""
        with self._database.reading() as unit:
            return store.next_due(unit.session)

    def watch_starts(self, release_id: str) -> None:
        """Reaction to a published release: its start events replace those of the one before."""
        self._starts.watch(release_id)

    def deliver_message(self, sent: events.MessageSent) -> None:
        """Reaction to a message that an instance sent; one that comes early waits a while."""
        with self._database.unit() as unit:
            delivered = self._delivery.message(
                sent.name,
                sent.variables,
                correlation=sent.correlation,
                instance_id=None,
                keep=KEPT_FOR,
                actor=SYSTEM,
            )
            if delivered.instance_id is None:
                unit.announce(
                    events.MessageUncaught(
                        instance_id=sent.instance_id,
                        name=sent.name,
                        kept_until=unit.now + KEPT_FOR,
                    )
                )

    def deliver_early(self, found: events.EarlyMessageFound) -> None:
        """Reaction to a step that waits for a message that has come already."""
        self._delivery.early(found)

    def deliver_signal(self, sent: events.SignalSent) -> None:
        """Reaction to a signal that an instance sent: its own catchers have taken it already."""
        self._delivery.signal(sent.name, sent.variables, actor=SYSTEM, besides=sent.instance_id)
