"""The verbs that give a task to somebody, take it back, or plan it."""

from __future__ import annotations

from datetime import datetime

from opsflow.db import Unit
from opsflow.events import Actor
from opsflow.responsibility import Verb
from opsflow.tasks.desk import Desk, about, subject_of
from opsflow.tasks.events import TaskAssigned, TaskDelegated, TaskPlanned, TaskReturned
from opsflow.tasks.models import Task
from opsflow.tasks.notes import require_text
from opsflow.tasks.states import State


class Steering(Desk):
    """What the Accountable do with a task, and the assignee's handing over."""

    def assign(self, task_id: str, *, to: str, by: str, revision: int | None = None) -> Task:
        """Give an offered or claimed task to a person who may do it."""
        with self._hold(task_id, "assign", revision, by=by) as (unit, task):
            actor = self._require(task, by, Verb.ASSIGN)
            performer = self._require(task, to, Verb.TAKE)
            previous = task.assignee
            self._hand_over(task, actor, Verb.ASSIGN, performer)
            task.assign(performer, unit.now)
            unit.announce(
                TaskAssigned(
                    actor=actor,
                    **about(task),
                    to=to,
                    role=performer.role,
                    on_behalf_of=performer.on_behalf_of,
                    previous=previous,
                )
            )
            return task

    def delegate(self, task_id: str, *, to: str, by: str, revision: int | None = None) -> Task:
        """Hand a task one has claimed to somebody else who may do it."""
        with self._hold(task_id, "delegate", revision, by=by) as (unit, task):
            actor = self._require(task, by, Verb.DELEGATE)
            performer = self._require(task, to, Verb.TAKE)
            self._hand_over(task, actor, Verb.DELEGATE, performer)
            task.delegate(performer, unit.now)
            unit.announce(
                TaskDelegated(
                    actor=actor,
                    **about(task),
                    to=to,
                    role=performer.role,
                    on_behalf_of=performer.on_behalf_of,
                )
            )
            return task

    def return_(self, task_id: str, *, by: str, reason: str, revision: int | None = None) -> Task:
        """Take a claimed or submitted task back and offer it anew."""
        said = require_text("The reason for a return", reason)
        with self._hold(task_id, "return", revision) as (unit, task):
            actor = self._require(task, by, Verb.RETURN)
            previous, was_in_review = str(task.assignee), task.state is State.IN_REVIEW
            self._keep(task, actor, Verb.RETURN)
            self._responsibility.withdraw(subject_of(task))
            task.return_(unit.now)
            unit.announce(
                TaskReturned(
                    actor=actor,
                    **about(task),
                    previous=previous,
                    was_in_review=was_in_review,
                    reason=said,
                )
            )
            return task

    def set_due(
        self, task_id: str, moment: datetime | None, *, by: str, revision: int | None = None
    ) -> Task:
        """Set when a task is due; None for never."""
        with self._hold(task_id, "schedule", revision) as (unit, task):
            actor = self._require(task, by, Verb.SCHEDULE)
            task.set_due(moment)
            return self._planned(unit, task, actor, Verb.SCHEDULE)

    def set_priority(
        self, task_id: str, priority: int, *, by: str, revision: int | None = None
    ) -> Task:
        """Set how urgent a task is, from 0 to 100."""
        with self._hold(task_id, "schedule", revision) as (unit, task):
            actor = self._require(task, by, Verb.SCHEDULE)
            task.set_priority(priority)
            return self._planned(unit, task, actor, Verb.SCHEDULE)

    def set_follow_up(
        self, task_id: str, moment: datetime | None, *, by: str, revision: int | None = None
    ) -> Task:
        """Set when its assignee wants to see a task again."""
        with self._hold(task_id, "set a follow-up", revision) as (unit, task):
            actor = self._require(task, by, Verb.WORK)
            task.set_follow_up(moment)
            return self._planned(unit, task, actor, Verb.WORK)

    def _hand_over(self, task: Task, actor: Actor, verb: Verb, performer: Actor) -> None:
        """Who had it has it no more, as far as separation of duties goes, and who has it now."""
        self._responsibility.withdraw(subject_of(task))
        self._keep(task, actor, verb)
        self._keep(task, performer, Verb.TAKE)

    def _planned(self, unit: Unit, task: Task, actor: Actor, verb: Verb) -> Task:
        self._keep(task, actor, verb)
        unit.announce(
            TaskPlanned(
                actor=actor,
                **about(task),
                due_at=task.due_at,
                follow_up_at=task.follow_up_at,
                priority=task.priority,
            )
        )
        return task
