"""The verbs of those who do a task: claim, release, save, complete."""

from __future__ import annotations

from collections.abc import Mapping

from opsflow.db import Unit
from opsflow.errors import RequirementsOpen
from opsflow.events import Actor
from opsflow.responsibility import Verb
from opsflow.tasks.desk import Desk, about, subject_of
from opsflow.tasks.events import TaskClaimed, TaskCompleted, TaskReleased, TaskSubmitted
from opsflow.tasks.forms import form_of, validate
from opsflow.tasks.forms.data import plain
from opsflow.tasks.models import Task
from opsflow.tasks.states import State


class Work(Desk):
    """What the Responsible do with a task."""

    def claim(self, task_id: str, *, by: str, revision: int | None = None) -> Task:
        """Take an offered task. Raises WrongState when somebody else was first."""
        with self._hold(task_id, "claim", revision) as (unit, task):
            actor = self._require(task, by, Verb.CLAIM)
            self._claim(unit, task, actor)
            self._keep(task, actor, Verb.CLAIM)
            return task

    def _claim(self, unit: Unit, task: Task, actor: Actor) -> None:
        task.claim(actor, unit.now)
        unit.announce(TaskClaimed(actor=actor, **about(task)))

    def release(self, task_id: str, *, by: str, revision: int | None = None) -> Task:
        """Put a claimed task back into the offer; a draft stays with it."""
        with self._hold(task_id, "release", revision) as (unit, task):
            actor = self._require(task, by, Verb.RELEASE)
            self._responsibility.withdraw(subject_of(task))
            task.release(unit.now)
            unit.announce(TaskReleased(actor=actor, **about(task)))
            return task

    def save_draft(
        self, task_id: str, *, by: str, data: Mapping[str, object], revision: int | None = None
    ) -> Task:
        """Keep unfinished form data; it is not checked against the form yet."""
        with self._hold(task_id, "save a draft", revision) as (_, task):
            actor = self._require(task, by, Verb.WORK)
            plain(data, form=task.node_id)
            task.save_draft(data)
            if not self._has_worked(task, by):
                self._keep(task, actor, Verb.WORK)
            return task

    def complete(
        self,
        task_id: str,
        *,
        by: str,
        data: Mapping[str, object] | None = None,
        revision: int | None = None,
    ) -> Task:
        """Hand in the work: it is completed, or in review where it has an exit gate.

        An offered task is claimed in the same step, by the rules of a claim. Without ``data``
        the draft is handed in, or what was handed in before a rework. Raises FormInvalid,
        then RequirementsOpen with everything that is still missing.
        """
        with self._hold(task_id, "complete", revision, claims=True) as (unit, task):
            actor = self._require(task, by, Verb.COMPLETE)
            if task.state is State.OFFERED:
                self._claim(unit, task, actor)
            submitted = task.saved if data is None else data
            self._check(unit, task, submitted)
            self._keep(task, actor, Verb.COMPLETE)
            if any(gate.at == "exit" for gate in self._node(task).controls.gates):
                self._submit(unit, task, submitted, actor)
            else:
                self._finish(unit, task, submitted, actor)
            return task

    def _has_worked(self, task: Task, person: str) -> bool:
        """Whether that is written down: a draft may be saved every few seconds."""
        return any(
            deed.person == person and deed.verb == Verb.WORK
            for deed in self._responsibility.trace(task.instance_id, task_id=task.id)
        )

    def _check(self, unit: Unit, task: Task, data: Mapping[str, object]) -> None:
        plain(data, form=task.node_id)
        content = self._definitions.content(task.release_id)
        form = form_of(self._node(task), content.forms)
        if form is not None:
            name, schema = form
            validate(schema, data, form=name)
        missing = [text for guard in self._guards for text in guard(unit, task)]
        if missing:
            raise RequirementsOpen(task.id, missing)

    def _submit(self, unit: Unit, task: Task, data: Mapping[str, object], actor: Actor) -> None:
        task.submit(data, unit.now)
        unit.announce(
            TaskSubmitted(
                actor=actor,
                **about(task),
                release_id=task.release_id,
                round=task.round,
                data=data,
            )
        )

    def _finish(self, unit: Unit, task: Task, data: Mapping[str, object], actor: Actor) -> None:
        task.complete(data, unit.now)
        self._completed(unit, task, data, actor)

    def _completed(self, unit: Unit, task: Task, data: Mapping[str, object], actor: Actor) -> None:
        """Tell that it is done, and let the process go on with the data."""
        unit.announce(
            TaskCompleted(
                actor=actor,
                **about(task),
                release_id=task.release_id,
                performer=str(task.assignee),
                round=task.round,
            )
        )
        self._save(unit, task)
        self._instances.complete_step(task.instance_id, task.step_id, data, actor=actor)
