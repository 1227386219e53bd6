"""Dead letters: calls whose retries are used up. A human retries or discards them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from opsflow.db import Unit
from opsflow.errors import Invalid, NotFound, OpsflowError, WrongState
from opsflow.events import Actor
from opsflow.jobs import store
from opsflow.jobs.events import JobDiscarded, JobRetried
from opsflow.jobs.external import ExternalWork
from opsflow.jobs.models import Job, Kind, State


@dataclass(frozen=True, slots=True)
class JobTried:
    """What became of one job of many; ``error`` is None where it is done again."""

    job_id: str
    error: str | None


class DeadLetters(ExternalWork):
    """Jobs that wait for a human, alone, in bulk, and by what they are about."""

    def retry(self, job_id: str, *, by: str) -> Job:
        """Have a job done now that waits for its time, or that is an incident without a step.

        The incident of a step is retried by ``instances.retry``. Raises NotFound, WrongState.
        """
        with self._database.unit() as unit:
            job = self._hold(unit, job_id)
            if job.state is State.RUNNING or (job.state is State.INCIDENT and job.step_id):
                raise WrongState("job", job_id, str(job.state), "retry")
            if job.state is State.INCIDENT:
                job.renew(job.payload, unit.now)
            else:
                job.queue(unit.now, unit.now)
            self._dispatcher.dispatch(unit, job)
            store.save(unit.connection, job)
            unit.announce(
                JobRetried(
                    actor=Actor(by),
                    job_id=job.id,
                    topic=job.topic,
                    instance_id=job.instance_id,
                    step_id=job.step_id,
                )
            )
            return job

    def retry_all(self, job_ids: Iterable[str], *, by: str) -> list[JobTried]:
        """The same for many; one that cannot be retried holds up no other."""
        return [self._tried(job_id, by) for job_id in dict.fromkeys(job_ids)]

    def discard(self, job_id: str, *, by: str, reason: str) -> None:
        """Give up a call that no step waits for: it is never done.

        Raises NotFound, WrongState while somebody does it or for a step's, and Invalid
        without a reason.
        """
        if not reason.strip():
            raise Invalid("Whoever discards a job says why.")
        with self._database.unit() as unit:
            job = self._hold(unit, job_id)
            if job.state is State.RUNNING or job.kind is not Kind.CALL:
                hint = "The step of a service job is resolved as an incident, or cancelled."
                state = str(job.state)
                raise WrongState("job", job_id, state, "discard", hint=hint if job.step_id else "")
            self._discard(unit, job, Actor(by), reason.strip())

    def discard_all(self, subject: str, *, by: str, reason: str, dead_only: bool = True) -> int:
        """Give up the dead letters of a subject, or all its calls that nobody is at; how many."""
        if not reason.strip():
            raise Invalid("Whoever discards a job says why.")
        with self._database.unit() as unit:
            found = store.hold_subject(unit.connection, subject, dead_only=dead_only)
            for job in found:
                self._discard(unit, job, Actor(by), reason.strip())
            return len(found)

    def hold_subject(self, subject: str) -> None:
        """Nobody takes the calls of a subject until it is let go."""
        with self._database.unit() as unit:
            store.hold_back_subject(unit.connection, subject, unit.now)

    def let_go_subject(self, subject: str) -> None:
        """The calls of a subject are done again."""
        with self._database.unit() as unit:
            store.hold_back_subject(unit.connection, subject, None)
            unit.after_commit(self._bell.ring)

    def count_dead(self, subject: str) -> int:
        """How many dead letters a subject has."""
        with self._database.reading() as unit:
            return store.count_dead(unit.connection, subject)

    def _tried(self, job_id: str, by: str) -> JobTried:
        try:
            self.retry(job_id, by=by)
        except OpsflowError as error:
            return JobTried(job_id, str(error))
        return JobTried(job_id, None)

    def _discard(self, unit: Unit, job: Job, actor: Actor, reason: str) -> None:
        self._dispatcher.cancel(unit, job)
        store.remove_all(unit.connection, [job])
        unit.announce(
            JobDiscarded(
                actor=actor,
                job_id=job.id,
                topic=job.topic,
                instance_id=job.instance_id,
                step_id=job.step_id,
                reason=reason,
            )
        )

    def _get(self, unit: Unit, job_id: str) -> Job:
        job = unit.session.get(Job, job_id, populate_existing=True)
        if job is None:
            raise NotFound("job", job_id)
        return job

    def _hold(self, unit: Unit, job_id: str) -> Job:
        """The job, behind its instance, as everybody locks them."""
        seen = self._get(unit, job_id)
        if seen.instance_id is not None:
            self._instances.lock(unit, seen.instance_id)
        job = store.hold(unit.connection, job_id)
        if job is None:
            raise NotFound("job", job_id)
        return job
