"""Taking a task away from whoever has it too long, as its service level says."""

from __future__ import annotations

from dataclasses import replace

from opsflow.events import SYSTEM
from opsflow.responsibility import Source, Verb
from opsflow.tasks.desk import Desk, about, subject_of
from opsflow.tasks.events import TaskReassigned
from opsflow.tasks.models import Task
from opsflow.tasks.states import State


class Escalation(Desk):
    """The verb of the ladder."""

    def reassign(self, task_id: str, *, to: str | None = None) -> Task:
        """Take a task away and offer it anew: to the role ``to``, or to all responsible ones.

        It goes to ``to`` only where the rules let somebody else of that role claim it; what was
        done before, separation of duties and all, is minded as in every claim.
        """
        with self._hold(task_id, "reassign") as (unit, task):
            previous = task.assignee
            if previous is not None:
                self._responsibility.withdraw(subject_of(task))
            roles, candidates = self._meant_for(task)
            if to is not None and self._may_take(task, to):
                roles, candidates = (to,), ()
            task.reassign(roles, candidates, unit.now)
            unit.announce(
                TaskReassigned(
                    actor=SYSTEM, **about(task), previous=previous, roles=roles, wanted=to
                )
            )
            return task

    def _meant_for(self, task: Task) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Whom it is offered to where no rung says otherwise."""
        row = self._responsibility.row(subject_of(task))
        if row.source is Source.MATRIX:
            return row.responsible, task.candidates
        return task.candidate_roles, task.candidates

    def _may_take(self, task: Task, role: str) -> bool:
        """Whether somebody of the role who has not had it just now may claim it."""
        row = self._responsibility.row(subject_of(task))
        if role not in row.responsible:
            return False
        offered = replace(
            subject_of(task),
            state=State.OFFERED,
            assignee=None,
            assignee_role=None,
            assignee_on_behalf_of=None,
            candidates=(),
            candidate_roles=(role,),
        )
        with self._database.reading() as unit:
            holders = self._directory.holders(role, unit.now)
        people = {holder.person for holder in holders} - {task.assignee}
        return any(
            self._responsibility.rule(offered, person, Verb.CLAIM).allowed for person in people
        )
