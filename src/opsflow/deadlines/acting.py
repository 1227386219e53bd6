"""What the rungs do about a task."""

from __future__ import annotations

from datetime import datetime

from opsflow.db import Unit
from opsflow.deadlines.events import TaskEscalated, TaskFollowUpDue, TaskReminded
from opsflow.deadlines.models import TaskRung
from opsflow.engine import Act
from opsflow.people import Directory
from opsflow.responsibility import Responsibility, Verb
from opsflow.tasks import State, Task, Tasks


class Acts:
    """Reminds, reassigns and tells, as the state of the task is when the rung is done."""

    def __init__(self, tasks: Tasks, responsibility: Responsibility, directory: Directory) -> None:
        self._tasks = tasks
        self._responsibility = responsibility
        self._directory = directory

    def act(self, unit: Unit, task: Task, row: TaskRung) -> None:
        """Do what a rung says. The task is held."""
        match row.act:
            case Act.TELL:
                self._tell(unit, task, row)
            case Act.REASSIGN if self._can_be_reassigned(task, row.to_role):
                self._tasks.reassign(task.id, to=row.to_role)
            case Act.REASSIGN | Act.REMIND:
                self._remind(unit, task, row)
            case _:
                self._follow_up(unit, task)

    def _can_be_reassigned(self, task: Task, to: str | None) -> bool:
        """Whether somebody has it, or it can be offered to others than before."""
        return task.state is State.CLAIMED or (task.state is State.OFFERED and to is not None)

    def _remind(self, unit: Unit, task: Task, row: TaskRung) -> None:
        unit.announce(
            TaskReminded(
                instance_id=task.instance_id,
                task_id=task.id,
                node_id=task.node_id,
                position=row.position,
                people=self._whose_turn(unit, task),
                is_overdue=_is_overdue(task, unit.now),
            )
        )

    def _tell(self, unit: Unit, task: Task, row: TaskRung) -> None:
        unit.announce(
            TaskEscalated(
                instance_id=task.instance_id,
                task_id=task.id,
                node_id=task.node_id,
                position=row.position,
                roles=self._accountable(task),
                is_overdue=_is_overdue(task, unit.now),
            )
        )

    def _follow_up(self, unit: Unit, task: Task) -> None:
        """Only whoever has the task set the date, or has to do with it."""
        if task.state is State.CLAIMED and task.assignee is not None:
            unit.announce(
                TaskFollowUpDue(
                    instance_id=task.instance_id,
                    task_id=task.id,
                    node_id=task.node_id,
                    assignee=task.assignee,
                )
            )

    def _whose_turn(self, unit: Unit, task: Task) -> tuple[str, ...]:
        """Who has the task, or could take it; else those who answer for it."""
        if task.state is State.CLAIMED and task.assignee is not None:
            return (task.assignee,)
        if task.state is State.OFFERED:
            subject = self._tasks.subject_of(task.id)
            able = self._responsibility.could(subject, Verb.CLAIM)
            if task.candidate_roles:
                meant = {
                    holder.person
                    for role in task.candidate_roles
                    for holder in self._directory.holders(role, unit.now)
                } | set(task.candidates)
                return tuple(person for person in able if person in meant)
            return able
        holders = (self._directory.holders(role, unit.now) for role in self._accountable(task))
        return tuple(dict.fromkeys(each.person for found in holders for each in found))

    def _accountable(self, task: Task) -> tuple[str, ...]:
        return self._responsibility.matrix(task.release_id).row(task.node_id).accountable


def _is_overdue(task: Task, now: datetime) -> bool:
    return task.due_at is not None and task.due_at <= now
