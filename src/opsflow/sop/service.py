"""The use cases of procedures: record a step, skip it, decide about a deviation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

from opsflow.db import Database, Unit
from opsflow.definitions import Definitions, fetch
from opsflow.engine import ProcedureStep, ProcedureStepKind
from opsflow.errors import EvidenceInvalid, Invalid, NotFound, RequirementsOpen
from opsflow.instances import Instances
from opsflow.people import Directory
from opsflow.responsibility import Responsibility, Verb
from opsflow.sop import store
from opsflow.sop.carrying import carry
from opsflow.sop.entries import EVIDENCE_LIMIT, Entry, read_entry, read_file
from opsflow.sop.events import DeviationAccepted, DeviationFacts, DeviationSentBack
from opsflow.sop.holding import Holding
from opsflow.sop.limits import Limits, limits_of
from opsflow.sop.models import Deviation, Evidence
from opsflow.sop.recording import Recording
from opsflow.sop.steps import StepStatus, stand
from opsflow.tasks import State, Task, TaskMigrated, Tasks

PAGE_LIMIT = 1000
"""Deviations that one page may have."""

_DECIDABLE = (State.OFFERED, State.CLAIMED, State.IN_REVIEW)


class Procedures:
    """Walks people through the procedure of a task, and keeps what they did."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        tasks: Tasks,
        responsibility: Responsibility,
        directory: Directory,
        *,
        evidence_limit: int = EVIDENCE_LIMIT,
    ) -> None:
        self._database = database
        self._instances = instances
        self._definitions = definitions
        self._tasks = tasks
        self._holding = Holding(database, instances, tasks)
        self._responsibility = responsibility
        self._directory = directory
        self._evidence_limit = evidence_limit

    def steps(self, task_id: str) -> list[StepStatus]:
        """Every step of a task's procedure, in order, and where it stands. Raises NotFound."""
        with self._database.reading() as unit:
            return self._stand(unit, self._tasks.get(task_id))

    def record(
        self,
        task_id: str,
        step_id: str,
        *,
        by: str,
        value: object = None,
        file: tuple[str, bytes] | None = None,
        reason: str | None = None,
    ) -> StepStatus:
        """Do a step: a number for a measure, a text, the own name for a signature, a file.

        Recording it again replaces what was there. A measure out of its limits needs a
        reason, and raises a deviation. Raises EvidenceInvalid, Invalid, NotFound, Refused,
        WrongState, and RequirementsOpen while a required step before it is open.
        """
        with self._begin(task_id, step_id, by, "record a step of") as (recording, status):
            step = status.step
            entry = read_entry(step, value, self._name(by))
            upload = read_file(step, file, self._evidence_limit)
            breach = _breach(status, entry)
            if breach is not None and not (reason or "").strip():
                raise EvidenceInvalid(f"The step {step.id!r}: {breach}. Give the reason for it.")
            recording.done(entry, upload, breach, (reason or "").strip() or None)
        return self._status(task_id, step_id)

    def skip(self, task_id: str, step_id: str, *, by: str, reason: str) -> StepStatus:
        """Leave a step out, with a reason. Where the step is required, that is a deviation.

        Raises Invalid, NotFound, Refused, WrongState, and RequirementsOpen as ``record``.
        """
        if not reason.strip():
            raise Invalid("A step is skipped with a reason.")
        with self._begin(task_id, step_id, by, "skip a step of") as (recording, _):
            recording.skipped(reason.strip())
        return self._status(task_id, step_id)

    def accept(self, deviation_id: str, *, by: str, comment: str = "") -> Deviation:
        """The accountable role lets the work go on with a deviation.

        Raises NotFound, Refused and WrongState; nobody decides about a deviation of their own.
        """
        with self._deciding(deviation_id, by, "accept a deviation of") as (unit, deviation, facts):
            deviation.accept(facts["actor"], unit.now, comment)
            unit.announce(DeviationAccepted(**facts, comment=comment.strip()))
            return deviation

    def send_back(self, deviation_id: str, *, by: str, comment: str) -> Deviation:
        """The accountable role wants the step done again; it is open from now on.

        Raises Invalid without a comment, NotFound, Refused and WrongState.
        """
        with self._deciding(deviation_id, by, "send back a step of") as (unit, deviation, facts):
            deviation.send_back(facts["actor"], unit.now, comment)
            unit.announce(DeviationSentBack(**facts, comment=comment.strip()))
            return deviation

    def deviations(self, task_id: str) -> list[Deviation]:
        """All deviations of a task, oldest first."""
        with self._database.reading() as unit:
            return store.deviations_of(unit.session, task_id)

    def deviations_for(self, person: str, *, limit: int = 100) -> list[Deviation]:
        """Open deviations that a person may decide about, oldest first."""
        if not 1 <= limit <= PAGE_LIMIT:
            raise Invalid(f"A page has 1 to {PAGE_LIMIT} deviations, not {limit}.")
        with self._database.reading() as unit:
            acting = self._directory.acting_roles(person, unit.now)
            roles = frozenset(each.role for each in acting)
            waiting = store.open_deviations(unit.session, _DECIDABLE)
            found = (
                deviation
                for deviation, task in waiting
                if not deviation.is_of(person) and self._may_decide(task, person, roles)
            )
            return list(islice(found, limit))

    def evidence(self, evidence_id: str) -> tuple[Evidence, bytes]:
        """A piece of evidence and its content. Raises NotFound."""
        with self._database.reading() as unit:
            found = store.evidence_with_id(unit.session, evidence_id)
            if found is None:
                raise NotFound("evidence", evidence_id)
            return found, fetch(unit.session, found.sha256)

    def follow(self, migrated: TaskMigrated) -> None:
        """Reaction to a migrated task: what is recorded counts for the steps that are still there.

        A step of another kind is to be done again. Nobody needs to decide any more about a
        deviation at a step that is gone.
        """
        with self._database.unit() as unit:
            task = self._tasks.lock(unit, migrated.task_id)
            before = self._procedure(migrated.from_release_id, migrated.from_node_id)
            after = self._procedure(task.release_id, task.node_id)
            gone = {id for id, step in before.items() if id not in after}
            other = {id for id, step in before.items() if id in after and after[id] != step}
            carry(unit, task, gone=gone, other=other)

    def _procedure(self, release_id: str, node_id: str) -> dict[str, ProcedureStepKind]:
        node = self._definitions.content(release_id).process.nodes[node_id]
        return {step.id: step.kind for step in node.controls.procedure}

    def open_items(self, unit: Unit, task: Task) -> list[str]:
        """What keeps a task from being completed: open required steps, undecided deviations."""
        return [status.missing for status in self._stand(unit, task) if status.missing]

    def _status(self, task_id: str, step_id: str) -> StepStatus:
        task = self._tasks.get(task_id)
        return _find(self.steps(task_id), task, step_id)

    @contextmanager
    def _begin(
        self, task_id: str, step_id: str, by: str, verb: str
    ) -> Iterator[tuple[Recording, StepStatus]]:
        """A step that may be recorded now, by somebody who may. ``verb`` is for the errors."""
        with self._holding.hold(task_id, verb, (State.CLAIMED,)) as (unit, task):
            subject = self._tasks.subject_of(task_id)
            actor = self._responsibility.require(subject, by, Verb.WORK)
            statuses = self._stand(unit, task)
            status = _find(statuses, task, step_id)
            if status.waits_for:
                first = [f"step {each} comes first" for each in status.waits_for]
                raise RequirementsOpen(task_id, first)
            yield Recording(unit, task, status, actor, _begun_at(statuses, task)), status
            self._responsibility.record(subject, actor, Verb.WORK)

    @contextmanager
    def _deciding(
        self, deviation_id: str, by: str, verb: str
    ) -> Iterator[tuple[Unit, Deviation, DeviationFacts]]:
        """A deviation, and the facts of its decision by somebody who may decide."""
        task_id = self._deviation(deviation_id).task_id
        with self._holding.hold(task_id, verb, _DECIDABLE) as (unit, task):
            deviation = store.deviation(unit.session, deviation_id)
            if deviation is None:
                raise NotFound("deviation", deviation_id)
            subject = self._tasks.subject_of(task_id)
            actor = self._responsibility.require(subject, by, Verb.ACCEPT_DEVIATION)
            facts = DeviationFacts(
                actor=actor,
                instance_id=task.instance_id,
                task_id=task.id,
                node_id=task.node_id,
                step_id=deviation.step_id,
                deviation_id=deviation.id,
            )
            yield unit, deviation, facts
            self._responsibility.record(subject, actor, Verb.ACCEPT_DEVIATION)

    def _deviation(self, deviation_id: str) -> Deviation:
        with self._database.reading() as unit:
            found = store.deviation(unit.session, deviation_id)
        if found is None:
            raise NotFound("deviation", deviation_id)
        return found

    def _may_decide(self, task: Task, person: str, roles: frozenset[str]) -> bool:
        subject = self._tasks.subject_of(task.id)
        accountable = self._responsibility.row(subject).accountable
        if accountable and not roles.intersection(accountable):
            return False
        return self._responsibility.rule(subject, person, Verb.ACCEPT_DEVIATION).allowed

    def _stand(self, unit: Unit, task: Task) -> list[StepStatus]:
        node = self._definitions.content(task.release_id).process.nodes[task.node_id]
        steps = node.controls.procedure
        if not steps:
            return []
        return stand(
            steps,
            store.records_of(unit.session, task.id),
            store.evidence_of(unit.session, task.id),
            {found.id: found for found in store.deviations_of(unit.session, task.id)},
            self._limits(unit, task, steps),
        )

    def _limits(self, unit: Unit, task: Task, steps: Sequence[ProcedureStep]) -> dict[str, Limits]:
        """As they are now; of a task that is over only its records tell what they were."""
        limited = [step for step in steps if step.minimum or step.maximum]
        if not limited or not task.is_open:
            return {}
        variables = self._instances.variables(task.instance_id, task.step_id)
        return {step.id: limits_of(step, variables, unit.now) for step in limited}

    def _name(self, person_id: str) -> str:
        person = self._directory.person(person_id)
        if person is None:
            raise NotFound("person", person_id)
        return person.name


def _find(statuses: Sequence[StepStatus], task: Task, step_id: str) -> StepStatus:
    for status in statuses:
        if status.step.id == step_id:
            return status
    raise NotFound(f"procedure step of the task {task.id!r}", step_id)


def _begun_at(statuses: Sequence[StepStatus], task: Task) -> datetime:
    """When the work on the next step began: at the last record, or when it was claimed."""
    moments = [status.record.at for status in statuses if status.record is not None]
    return max([task.claimed_at or task.created_at, *moments])


def _breach(status: StepStatus, entry: Entry) -> str | None:
    if entry.number is None:
        return None
    return status.limits.breach(entry.number, status.step.unit)
