"""A move of an instance: wake it, let it do something, record what came of it, put it back.

The instance row is locked for the whole move, so two writers never interleave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from opsflow import engine
from opsflow.clock import Clock
from opsflow.db import Unit, new_id
from opsflow.definitions import Definitions, ReleaseContent
from opsflow.engine import (
    CalendarPort,
    Execution,
    Migrated,
    MigrationPlan,
    Scripts,
    Waiting,
    migrate_state,
)
from opsflow.errors import NotFound, WrongState
from opsflow.events import SYSTEM, Actor
from opsflow.instances import events, store
from opsflow.instances.announcing import event_of
from opsflow.instances.kept import LiveExecutions
from opsflow.instances.models import Incident, Instance, StartEvent
from opsflow.instances.search import index_value
from opsflow.instances.services import Services
from opsflow.telemetry import span, traceparent

MESSAGE_LIMIT = 2_000
"""Characters that an incident keeps of what a handler's error says."""


class Moves:
    """Runs instances; the only caller of the engine at run time."""

    def __init__(
        self,
        definitions: Definitions,
        services: Services,
        scripts: Scripts | None,
        clock: Clock,
        calendars: CalendarPort | None = None,
    ) -> None:
        self.definitions = definitions
        self._scripts = scripts
        self._clock = clock
        self._calendars = calendars
        self._services = services
        self._live = LiveExecutions()

    def lock(self, unit: Unit, instance_id: str) -> Instance:
        """The instance, held for this transaction unless that only reads. Raises NotFound."""
        known = unit.memory.get(("instance", instance_id))
        if isinstance(known, Instance):
            return known
        read = store.read_instance if unit.reads else store.lock_instance
        instance = read(unit.connection, instance_id)
        if instance is None:
            raise NotFound("instance", instance_id)
        unit.memory["instance", instance_id] = instance
        return instance

    def held(self, unit: Unit, instance: Instance) -> None:
        """The instance was locked with something of its own."""
        unit.memory.setdefault(("instance", instance.id), instance)

    def create(
        self,
        release_id: str,
        variables: Mapping[str, object],
        start: StartEvent | None,
        now: datetime,
    ) -> Execution:
        """A new live state of a release, run to rest from where it starts."""
        return Execution.start(
            self.definitions.content(release_id).program,
            variables,
            now=now,
            at=start.node_id if start else None,
            position=start.position if start else None,
            scripts=self._scripts,
            clock=self._clock.now,
            calendars=self._calendars,
        )

    def begin(self, unit: Unit, instance: Instance, execution: Execution, actor: Actor) -> None:
        """Record the first move of a new instance."""
        unit.memory["instance", instance.id] = instance
        with self._moving(unit, instance, "start"):
            self._follow(unit, instance, execution, actor, {})

    @contextmanager
    def move(
        self, unit: Unit, instance_id: str, verb: str, actor: Actor
    ) -> Iterator[tuple[Instance, Execution]]:
        """Lock and wake an active instance; what the block does to it is recorded and kept."""
        instance = self.lock(unit, instance_id)
        instance.require_active(verb)
        with (
            self._moving(unit, instance, verb),
            span(f"instance: {verb}", _attributes(instance), link=instance.traceparent),
        ):
            self.note_place(unit, instance)
            execution = self._wake(unit, instance)
            before = _subscriptions(execution)
            yield instance, execution
            self._follow(unit, instance, execution, actor, before)

    def note_place(self, unit: Unit, instance: Instance) -> None:
        """What follows from this move belongs to its span, also where it is done after it."""
        here = traceparent()
        if here is not None:
            unit.memory["traceparent", instance.id] = here

    def place(self, unit: Unit, instance_id: str) -> str | None:
        """The span of the last move of an instance in this transaction, as a traceparent."""
        found = unit.memory.get(("traceparent", instance_id))
        return found if isinstance(found, str) else traceparent()

    def tried(
        self, unit: Unit, instance: Instance, plan: MigrationPlan, target: ReleaseContent
    ) -> Migrated:
        """What would come of the instance under another release; nothing is changed."""
        source = self.definitions.content(instance.release_id).program
        return migrate_state(
            instance.state,
            plan,
            source,
            target.program,
            now=unit.now,
            scripts=self._scripts,
            clock=self._clock.now,
            calendars=self._calendars,
        )

    @contextmanager
    def rebinding(
        self,
        unit: Unit,
        instance: Instance,
        plan: MigrationPlan,
        target: ReleaseContent,
        actor: Actor,
    ) -> Iterator[Migrated]:
        """Bring a locked instance over; the block refuses it, or names its new release.

        Then what is due by itself happens, unless the instance is suspended.
        """
        with self._moving(unit, instance, "migrate"):
            before = _subscriptions(self._wake(unit, instance))
            migrated = self.tried(unit, instance, plan, target)
            yield migrated
            execution = migrated.execution
            assert execution is not None
            revision = instance.revision
            store.rebind_instance(unit.connection, instance)
            self._carry_incidents(unit, instance, execution, actor)
            self._reindex(unit, instance, execution)
            if not instance.is_suspended:
                execution.proceed(now=unit.now)
            self._follow(unit, instance, execution, actor, before)
            if instance.revision == revision:
                instance.revision += 1
                store.save_instances(unit.connection, [instance])
            if instance.is_suspended:
                # What is due by itself is known to memory only: it is found again when woken.
                unit.memory.pop(("execution", instance.id), None)

    def _carry_incidents(
        self, unit: Unit, instance: Instance, execution: Execution, actor: Actor
    ) -> None:
        """Open incidents are at the nodes that their steps are at now, or over with them."""
        places = {each.step: each.node.id for each in execution.incidents()}
        for incident in store.open_incidents(unit.session, instance.id, None):
            if incident.step_id in places:
                incident.node_id = places[incident.step_id]
            else:
                incident.resolve(unit.now, actor.person)
                unit.announce(
                    events.IncidentResolved(
                        actor=actor,
                        instance_id=instance.id,
                        incident_id=incident.id,
                        step_id=incident.step_id,
                    )
                )

    def _reindex(self, unit: Unit, instance: Instance, execution: Execution) -> None:
        """The search attributes are those that the new release declares."""
        declared = self.definitions.content(instance.release_id).process.controls.search
        store.keep_search_values(unit.session, instance.id, [each.name for each in declared])
        self._index(unit, instance, execution.variables())

    def look(self, unit: Unit, instance: Instance) -> Execution:
        """The live state, to be read only. Raises WrongState while the instance moves."""
        self._require_rest(unit, instance, "look at its variables or steps")
        execution = self._wake(unit, instance)
        self._put_back(unit, instance, execution)
        return execution

    def _wake(self, unit: Unit, instance: Instance) -> Execution:
        """The live state: from memory where the revision still matches, else restored.

        It is taken out of memory, so that a move that is rolled back leaves none behind.
        """
        moved = unit.memory.pop(("execution", instance.id), None)
        if isinstance(moved, Execution):
            return moved
        kept = self._live.take(instance.id, instance.revision)
        if kept is not None:
            return kept
        program = self.definitions.content(instance.release_id).program
        return Execution.restore(
            program,
            instance.state,
            scripts=self._scripts,
            clock=self._clock.now,
            calendars=self._calendars,
        )

    def _put_back(self, unit: Unit, instance: Instance, execution: Execution) -> None:
        """Keep the live state for the next move, once this transaction is over."""
        unit.memory["execution", instance.id] = execution

        def keep() -> None:
            last = unit.memory.get(("execution", instance.id))
            if isinstance(last, Execution) and last.status == "running":
                self._live.keep(instance.id, instance.revision, last)

        # Also what was only read: whoever moves it in between would do so under the reader's eyes.
        unit.after_commit(keep)

    @contextmanager
    def _moving(self, unit: Unit, instance: Instance, verb: str) -> Iterator[None]:
        self._require_rest(unit, instance, verb)
        key = ("moving", instance.id)
        unit.busy.add(key)
        try:
            yield
        finally:
            unit.busy.discard(key)

    def _require_rest(self, unit: Unit, instance: Instance, verb: str) -> None:
        if ("moving", instance.id) in unit.busy:
            raise WrongState("instance", instance.id, "in the middle of a step", verb)

    def _follow(
        self,
        unit: Unit,
        instance: Instance,
        execution: Execution,
        actor: Actor,
        before: Mapping[str, list[tuple[int, engine.Subscription]]],
    ) -> None:
        """Record changes; do the service tasks they reached; and so on until all is at rest."""
        services = self._record(unit, instance, execution, actor)
        while services:
            for step_id in services:
                self._services.serve(unit, instance, execution, step_id)
            services = self._record(unit, instance, execution, SYSTEM)
        self._keep(unit, instance, execution, before)

    def _keep(
        self,
        unit: Unit,
        instance: Instance,
        execution: Execution,
        before: Mapping[str, list[tuple[int, engine.Subscription]]],
    ) -> None:
        after = _subscriptions(execution)
        changed = {step for step in before if after.get(step) != before[step]}
        fresh = [item for step in after if after[step] != before.get(step) for item in after[step]]
        if changed:
            unit.session.flush()
            store.drop_waiting(unit.session, instance.id, changed)
        if fresh:
            store.add_waiting(unit.session, instance.id, fresh)
            self._look_for_early_messages(unit, instance, fresh)
        state = execution.save()
        if state != instance.state or not instance.is_running:
            instance.state = state
            instance.revision += 1
            unit.write_behind(store.save_instances, instance)
        self._put_back(unit, instance, execution)

    def reconsider(self, unit: Unit, instance: Instance) -> None:
        """An instance that listens again takes what came early while it did not."""
        waiting = _subscriptions(self.look(unit, instance))
        items = [item for found in waiting.values() for item in found]
        self._look_for_early_messages(unit, instance, items)

    def _look_for_early_messages(
        self, unit: Unit, instance: Instance, fresh: list[tuple[int, engine.Subscription]]
    ) -> None:
        for _position, item in fresh:
            if item.kind is Waiting.MESSAGE and item.name is not None:
                early = store.early_message(unit.session, item.name, item.correlation, unit.now)
                if early is not None:
                    unit.announce(
                        events.EarlyMessageFound(
                            instance_id=instance.id,
                            message_id=early.id,
                            name=early.name,
                            step_id=item.step,
                        )
                    )

    def _record(
        self, unit: Unit, instance: Instance, execution: Execution, actor: Actor
    ) -> list[str]:
        """Announce what happened, and give the service steps that were reached."""
        services = []
        for change in execution.take_changes():
            self._announce(unit, instance, change, actor)
            if isinstance(change, engine.StepReached) and change.waiting is Waiting.SERVICE:
                services.append(change.step)
            elif isinstance(change, engine.VariablesChanged) and change.scope is None:
                self._index(unit, instance, change.values)
        still = {step.id for step in execution.steps() if step.waiting is Waiting.SERVICE}
        return [step for step in services if step in still]

    def _index(self, unit: Unit, instance: Instance, values: Mapping[str, object]) -> None:
        process = self.definitions.content(instance.release_id).process
        found = {
            attribute.name: index_value(attribute, values[attribute.name])
            for attribute in process.controls.search
            if attribute.name in values
        }
        if found:
            store.set_search_values(unit.session, instance.id, found)

    def _announce(
        self, unit: Unit, instance: Instance, change: engine.Change, actor: Actor
    ) -> None:
        match change:
            case engine.IncidentRaised():
                self._raise_incident(unit, instance, change)
            case engine.Ended():
                instance.end("completed", unit.now, change.by)
                unit.announce(
                    events.InstanceEnded(actor=actor, instance_id=instance.id, by=change.by)
                )
            case _:
                unit.announce(event_of(instance.id, change, actor))

    def _raise_incident(
        self, unit: Unit, instance: Instance, change: engine.IncidentRaised
    ) -> None:
        incident = Incident(
            id=new_id(unit.now),
            instance_id=instance.id,
            step_id=change.step,
            node_id=change.node.id,
            code=change.code,
            message=change.message,
            raised_at=unit.now,
        )
        unit.session.add(incident)
        unit.announce(
            events.IncidentRaised(
                instance_id=instance.id,
                incident_id=incident.id,
                step_id=change.step,
                node_id=change.node.id,
                code=change.code,
                message=change.message,
            )
        )


def _attributes(instance: Instance) -> dict[str, str | int | None]:
    return {
        "opsflow.process.key": instance.process_key,
        "opsflow.process.version": instance.version,
        "opsflow.instance.id": instance.id,
    }


def _subscriptions(execution: Execution) -> dict[str, list[tuple[int, engine.Subscription]]]:
    """What the execution listens for, by step."""
    found: dict[str, list[tuple[int, engine.Subscription]]] = {}
    for item in execution.subscriptions():
        if item.kind is not Waiting.CONDITION:
            listed = found.setdefault(item.step, [])
            listed.append((len(listed), item))
    return found
