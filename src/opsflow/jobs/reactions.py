"""What the jobs do when something happens to an instance."""

from __future__ import annotations

from opsflow.db import Database, Unit, new_id
from opsflow.definitions import Definitions
from opsflow.engine import NodeKind, encode
from opsflow.instances import (
    IncidentRaised,
    IncidentResolved,
    InstanceMigrated,
    InstanceResumed,
    Instances,
    InstanceSuspended,
    ServiceCall,
    StepCancelled,
    StepCompleted,
    StepReached,
)
from opsflow.jobs import store
from opsflow.jobs.models import Job, Kind, State
from opsflow.jobs.ports import Dispatcher
from opsflow.jobs.settling import Settling, known_as

_SERVED = frozenset({NodeKind.SERVICE_TASK, NodeKind.SEND_TASK, NodeKind.BUSINESS_RULE_TASK})
"""The nodes that handlers and workers do; nothing is looked up for the others."""


class Reactions:
    """One reaction per event, in the transaction of whoever caused it."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        dispatcher: Dispatcher,
        settling: Settling,
    ) -> None:
        self._database = database
        self._instances = instances
        self._definitions = definitions
        self._dispatcher = dispatcher
        self._settling = settling

    def open(self, reached: StepReached) -> None:
        """A step waits for a handler or a worker: a job for it, unless it has one."""
        if reached.waiting != "service":
            return
        with self._database.unit() as unit:
            if known_as(reached.instance_id, reached.step_id) in unit.memory:
                return
            call = self._call(reached.instance_id, reached.step_id)
            if call is not None:
                place = self._instances.traceparent(unit, call.instance_id)
                self._queue(unit, _job_of(unit, call, place))

    def renew(self, resolved: IncidentResolved) -> None:
        """The step of an incident is tried again: its job, under its old key, with all retries."""
        with self._database.unit() as unit:
            job = store.job_of_step(unit.connection, resolved.instance_id, resolved.step_id)
            if job is None or job.state is not State.INCIDENT:
                return
            call = self._call(resolved.instance_id, resolved.step_id)
            if call is not None:
                unit.memory[known_as(resolved.instance_id, resolved.step_id)] = job
                job.renew(encode(call.variables), unit.now)
                self._dispatcher.dispatch(unit, job)
                store.save(unit.connection, job)

    def stop(self, raised: IncidentRaised) -> None:
        """The step cannot go on: its job waits for a human too."""
        with self._database.unit() as unit:
            job = _job(unit, raised)
            if job is not None:
                job.stop()
                store.save(unit.connection, job)

    def drop(self, left: StepCompleted | StepCancelled) -> None:
        """The step is over, and with it its job."""
        node = self._definitions.content(left.release_id).process.nodes[left.node_id]
        if node.kind not in _SERVED or node.controls.decision is not None:
            return
        with self._database.unit() as unit:
            job = _job(unit, left)
            if job is not None:
                unit.memory.pop(known_as(left.instance_id, left.step_id), None)
                self._dispatcher.cancel(unit, job)
                unit.write_behind(store.remove_all, job)

    def follow(self, migrated: InstanceMigrated) -> None:
        """The steps are those of another release: their jobs are for its handlers.

        Whoever has one goes on with it; the answer takes effect.
        """
        with self._database.unit() as unit:
            unit.session.flush()
            for step in self._instances.steps(migrated.instance_id):
                if step.node.kind in _SERVED and step.node.controls.decision is None:
                    topic = step.node.controls.topic or step.node.id
                    job = store.job_of_step(unit.connection, migrated.instance_id, step.id)
                    if job is not None and job.topic != topic:
                        # Who does the old topic is not told of it any more.
                        self._dispatcher.cancel(unit, job)
                    store.rename_job(
                        unit.session, migrated.instance_id, step.id, step.node.id, topic
                    )

    def hold(self, suspended: InstanceSuspended) -> None:
        """The jobs of a suspended instance wait."""
        with self._database.unit() as unit:
            store.hold_back(unit.connection, suspended.instance_id, unit.now)

    def release(self, resumed: InstanceResumed) -> None:
        """The jobs of the instance go on; what was finished meanwhile takes effect."""
        with self._database.unit() as unit:
            store.hold_back(unit.connection, resumed.instance_id, None)
            for job in store.with_outcome(unit.connection, resumed.instance_id):
                self._settling.write_kept(unit, job)
            for job in store.due_of(unit.connection, resumed.instance_id):
                self._dispatcher.dispatch(unit, job)
                store.save(unit.connection, job)

    def _call(self, instance_id: str, step_id: str) -> ServiceCall | None:
        return self._instances.service_call(instance_id, step_id)

    def _queue(self, unit: Unit, job: Job) -> None:
        self._dispatcher.dispatch(unit, job)
        store.add(unit.connection, job)


def _job(unit: Unit, event: IncidentRaised | StepCompleted | StepCancelled) -> Job | None:
    """The job of a step: the one that this transaction works on already, or another one."""
    known = unit.memory.get(known_as(event.instance_id, event.step_id))
    if isinstance(known, Job):
        return known
    return store.job_of_step(unit.connection, event.instance_id, event.step_id)


def _job_of(unit: Unit, call: ServiceCall, traceparent: str | None) -> Job:
    return Job(
        id=new_id(unit.now),
        kind=Kind.SERVICE,
        topic=call.topic,
        instance_id=call.instance_id,
        step_id=call.step_id,
        node_id=call.node_id,
        business_key=call.business_key,
        payload=encode(call.variables),
        state=State.QUEUED,
        due_at=unit.now,
        attempt=0,
        failures=0,
        traceparent=traceparent,
        created_at=unit.now,
    )
