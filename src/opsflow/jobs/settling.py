"""The last transaction of a job: what its work came to takes effect, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from opsflow.db import Database, Unit
from opsflow.engine import decode, encode
from opsflow.errors import VariablesInvalid
from opsflow.instances import (
    Again,
    Completed,
    Erred,
    Failed,
    Handlers,
    Instance,
    Instances,
    Later,
    Registration,
    Result,
    Terms,
    attempt,
)
from opsflow.jobs import store
from opsflow.jobs.events import JobFailed
from opsflow.jobs.leases import Lease
from opsflow.jobs.models import Job
from opsflow.jobs.ports import Dispatcher
from opsflow.jobs.watching import Answer, Answered, Outcome, effect_of, note, outcome_of


class Settling:
    """Writes effects: locks the instance, then the job, and only if the attempt is its last."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        handlers: Handlers,
        dispatcher: Dispatcher,
        chance: Callable[[], float],
    ) -> None:
        self._database = database
        self._instances = instances
        self._handlers = handlers
        self._dispatcher = dispatcher
        self._chance = chance

    def settle(self, answered: Answered) -> bool:
        """Write the effect of an answer; False where the job was lost meanwhile."""
        lease = answered.lease
        with self._database.unit() as unit:
            instance, job = self._hold(unit, lease)
            if job is None:
                self._tell(lease, Outcome.LOST)
                return False
            with effect_of(answered, job):
                self._answer(unit, instance, job, answered.answer)
            unit.after_commit(partial(self._ended, answered, job))
            return True

    def settle_all(self, answers: Sequence[Answered]) -> list[Answered]:
        """Write the effects of several answers in one transaction, one per instance.

        Gives those that are still to be settled one by one: who they belong to is held by
        somebody else, or they were lost, or another one was of the same instance. Nothing is
        kept when one of them raises.
        """
        left, moved = [], set[str]()
        with self._database.transaction() as unit:
            unit.gathers = True
            held = self._hold_free(unit, [each.lease for each in answers])
            for each in answers:
                lease = each.lease
                found = held.get((lease.job_id, lease.attempt))
                if found is None or lease.instance_id in moved:
                    left.append(each)
                    continue
                instance, job = self._held_still(unit, lease, *found)
                if job is None:
                    left.append(each)
                    continue
                with unit.use_case(savepoint=False), effect_of(each, job):
                    self._answer(unit, instance, job, each.answer)
                unit.after_commit(partial(self._ended, each, job))
                if instance is not None:
                    moved.add(instance.id)
        return left

    def work_inside(self, lease: Lease, registered: Registration) -> bool:
        """Let a transactional handler work in the transaction that writes its effect."""
        with self._database.unit() as unit:
            instance, job = self._hold(unit, lease)
            if job is None:
                self._tell(lease, Outcome.LOST)
                return False
            if instance is not None and instance.is_suspended:
                job.queue(unit.now, unit.now)
                store.save(unit.connection, job)
                unit.after_commit(partial(self._tell, lease, Outcome.HANDED_BACK))
                return False
            answer = attempt(registered.handler, lease.call, unit.visit())
            instance, job = self._held_still(unit, lease, instance, job)
            if job is None or not self._is_awaited(job):
                # What it did has ended its own step, and stays done; the job goes with the step.
                unit.after_commit(partial(self._tell, lease, Outcome.LOST))
                return False
            self._answer(unit, instance, job, answer)
            unit.after_commit(partial(self._ended, Answered(lease, answer), job))
            return True

    def expire(self, lease: Lease) -> bool:
        """The lease has run out: the attempt counts as failed. False where it has not, now."""
        with self._database.unit() as unit:
            instance, job = self._hold(unit, lease)
            if job is None or job.lease_until is None or job.lease_until > unit.now:
                return False
            said = f"{job.lease_owner} had it until {job.lease_until:%Y-%m-%d %H:%M:%S} UTC and "
            self._fail(unit, instance, job, Failed(said + "did not answer."))
            unit.after_commit(lambda: self._tell(lease, Outcome.EXPIRED))
            return True

    def write_kept(self, unit: Unit, job: Job) -> None:
        """The instance is active again: the result that was kept takes effect.

        Unless another one that was kept has ended its step: the job goes with that.
        """
        assert job.instance_id is not None
        assert job.step_id is not None
        if not self._is_awaited(job):
            return
        result = _read(job.outcome or "")
        job.outcome = None
        store.save(unit.connection, job)
        self._instances.finish_step(job.instance_id, job.step_id, result)

    def _is_awaited(self, job: Job) -> bool:
        """Whether its step, if it has one, is still there."""
        if job.instance_id is None or job.step_id is None:
            return True
        return job.step_id in {step.id for step in self._instances.steps(job.instance_id)}

    def _ended(self, answered: Answered, job: Job) -> None:
        self._tell(answered.lease, outcome_of(job, answered.answer))

    def _tell(self, lease: Lease, outcome: Outcome) -> None:
        """Let the observer know, and whoever watches this attempt."""
        note(lease, outcome)
        self._database.observer.attempt_ended(lease.topic, outcome)

    def _hold(self, unit: Unit, lease: Lease) -> tuple[Instance | None, Job | None]:
        # The instance first, as everybody does: two who lock in one order never wait in a ring.
        if lease.instance_id is None:
            return None, store.hold_attempt(unit.connection, lease.job_id, lease.attempt)
        found = store.hold_attempt_and_instance(unit.connection, lease.job_id, lease.attempt)
        if found is None:
            return None, None
        job, instance = found
        return self._known(unit, instance, job), job

    def _hold_free(
        self, unit: Unit, leases: Sequence[Lease]
    ) -> dict[tuple[str, int], tuple[Instance | None, Job]]:
        """Jobs that nobody else holds, with their instances, by id and present attempt."""
        found: dict[tuple[str, int], tuple[Instance | None, Job]] = {}
        alone = [lease.job_id for lease in leases if lease.instance_id is None]
        belonging = [lease.job_id for lease in leases if lease.instance_id is not None]
        if belonging:
            for job, instance in store.hold_free_and_instances(unit.connection, belonging):
                found[job.id, job.attempt] = (self._known(unit, instance, job), job)
        if alone:
            for job in store.hold_free(unit.connection, alone):
                found[job.id, job.attempt] = (None, job)
        return found

    def _held_still(
        self, unit: Unit, lease: Lease, instance: Instance | None, job: Job
    ) -> tuple[Instance | None, Job | None]:
        """What was held before others worked in this transaction, as it is now.

        They may have ended the step, and where a part of it was undone, so are the objects.
        """
        if instance is None:
            return None, job
        same = self._instances.lock(unit, instance.id) is instance
        if job.step_id is not None:
            same = same and unit.memory.get(known_as(instance.id, job.step_id)) is job
        return (instance, job) if same and job.lease_until else self._hold(unit, lease)

    def _known(self, unit: Unit, instance: Instance, job: Job) -> Instance:
        """Whoever works on them in this transaction works on the same objects."""
        if job.step_id is not None:
            unit.memory[known_as(instance.id, job.step_id)] = job
        self._instances.held(unit, instance)
        return self._instances.lock(unit, instance.id)

    def _answer(self, unit: Unit, instance: Instance | None, job: Job, answer: Answer) -> None:
        match answer:
            case Later(within=within):
                job.lease_until = unit.now + within
                store.save(unit.connection, job)
            case Again():
                self._continue(unit, instance, job, answer)
            case Failed():
                self._fail(unit, instance, job, answer)
            case Erred() if instance is None or job.step_id is None:
                self._fail(unit, instance, job, Failed(answer.message, retries=0))
            case Completed() | Erred():
                self._finish(unit, instance, job, answer)

    def _continue(self, unit: Unit, instance: Instance | None, job: Job, rest: Again) -> None:
        try:
            job.renew(encode(dict(rest.variables)), unit.now)
        except VariablesInvalid as error:
            self._fail(unit, instance, job, Failed(str(error), retries=0))
            return
        job.queue(unit.now + rest.pause, unit.now)
        self._dispatcher.dispatch(unit, job)
        store.save(unit.connection, job)

    def _finish(
        self, unit: Unit, instance: Instance | None, job: Job, result: Completed | Erred
    ) -> None:
        if instance is None or job.step_id is None:
            unit.write_behind(store.remove_all, job)
            return
        try:
            kept = _written(result)
        except VariablesInvalid as error:
            self._fail(unit, instance, job, Failed(str(error), retries=0))
            return
        if instance.is_suspended:
            self._keep(unit, job, kept)
        else:
            # The step goes on or is cancelled, and the reaction to that removes the job.
            self._instances.finish_step(instance.id, job.step_id, result)

    def _fail(self, unit: Unit, instance: Instance | None, job: Job, failed: Failed) -> None:
        terms = self._terms(job.topic)
        told = (failed.retries, job.retries_left, terms.retries)
        left = next(count for count in told if count is not None)
        job.failures += 1
        job.last_error = failed.message
        job.retries_left = max(left - 1, 0)
        base = _base(failed, job, terms)
        job.backoff = base.total_seconds()
        retry_at = unit.now + job.pause(base, self._chance()) if left > 0 else None
        if retry_at is not None:
            job.queue(retry_at, unit.now)
            self._dispatcher.dispatch(unit, job)
        elif instance is not None and job.step_id is not None and instance.is_suspended:
            self._keep(unit, job, _written(failed))
        else:
            job.stop()
        store.save(unit.connection, job)
        unit.announce(
            JobFailed(
                job_id=job.id,
                topic=job.topic,
                instance_id=job.instance_id,
                step_id=job.step_id,
                attempt=job.attempt,
                message=failed.message,
                retry_at=retry_at,
            )
        )
        if job.instance_id and job.step_id and job.due_at is None:
            self._instances.finish_step(job.instance_id, job.step_id, failed)

    def _keep(self, unit: Unit, job: Job, outcome: str) -> None:
        job.outcome, job.held_at = outcome, job.held_at or unit.now
        job.queue(unit.now, unit.now)
        store.save(unit.connection, job)

    def _terms(self, topic: str) -> Terms:
        registered = self._handlers.find(topic)
        return registered.terms if registered else Terms()


def known_as(instance_id: str, step_id: str) -> tuple[str, str, str]:
    """Under what the job of a step is in the memory of a transaction that works on it."""
    return ("job", instance_id, step_id)


def _base(failed: Failed, job: Job, terms: Terms) -> timedelta:
    if failed.pause is not None:
        return failed.pause
    return terms.backoff if job.backoff is None else timedelta(seconds=job.backoff)


def _written(result: Result) -> str:
    """A result as text. Raises VariablesInvalid."""
    match result:
        case Completed(variables):
            return encode({"variables": dict(variables)})
        case Erred(code, message, variables):
            return encode({"code": code, "message": message, "variables": dict(variables)})
        case Failed(message=message):
            return encode({"message": message})


def _read(text: str) -> Result:
    kept = decode(text)
    assert isinstance(kept, dict)
    if "variables" not in kept:
        return Failed(kept["message"])
    if "message" in kept:
        return Erred(kept["code"], kept["message"], kept["variables"])
    return Completed(kept["variables"])
