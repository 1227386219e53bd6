"""The process's side of a task: opened, suspended, gated and cancelled with its step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from opsflow.db import Unit, new_id
from opsflow.engine import Node, Process, Waiting, parse_interval
from opsflow.errors import NotFound
from opsflow.events import SYSTEM, Actor
from opsflow.instances import (
    IncidentResolved,
    InstanceResumed,
    InstanceSuspended,
    StepCancelled,
    StepCompleted,
    StepReached,
)
from opsflow.responsibility import Row
from opsflow.tasks import store
from opsflow.tasks.desk import about
from opsflow.tasks.events import (
    TaskBlocked,
    TaskCancelled,
    TaskOffered,
    TaskPlanUnreadable,
    TaskReworked,
)
from opsflow.tasks.models import Task
from opsflow.tasks.opening import Opening, Place, new_task, opening_of
from opsflow.tasks.reckoning import ladder_reckoning, reckoning_of, service_level_of
from opsflow.tasks.states import State
from opsflow.tasks.work import Work


class Lifecycle(Work):
    """Reactions to the instance, and the verbs of the approval gates."""

    def open(self, reached: StepReached) -> None:
        """Reaction to a step that waits for a person: there is a task for it.

        A step that is gone by now, withdrawn in the same move, needs none.
        """
        if reached.waiting != Waiting.WORK:
            return
        with self._database.unit() as unit:
            try:
                variables = self._instances.variables(reached.instance_id, reached.step_id)
            except NotFound:
                return
            place = Place(reached.instance_id, reached.step_id, reached.node_id, reached.release_id)
            self._open(unit, place, variables)

    def reopen(self, resolved: IncidentResolved) -> None:
        """Reaction to a step tried again: if it waits for a person, there is a task again.

        What was handed in before is the draft of the new task.
        """
        with self._database.unit() as unit:
            before = store.last_task_of_step(unit.session, resolved.instance_id, resolved.step_id)
            if before is None or before.is_open or not self._waits(resolved):
                return
            variables = self._instances.variables(resolved.instance_id, resolved.step_id)
            place = Place(before.instance_id, before.step_id, before.node_id, before.release_id)
            self._open(unit, place, variables, draft=before.data)

    def _waits(self, resolved: IncidentResolved) -> bool:
        steps = self._instances.steps(resolved.instance_id)
        return any(s.id == resolved.step_id and s.waiting is Waiting.WORK for s in steps)

    def _open(
        self,
        unit: Unit,
        place: Place,
        variables: Mapping[str, object],
        draft: str | None = None,
    ) -> None:
        content = self._definitions.content(place.release_id)
        node = content.process.nodes[place.node_id]
        row = self._responsibility.matrix(place.release_id).row(node.id)
        opening = self._read(content.process, node, row, variables, unit.now)
        task = new_task(new_id(unit.now), place, content.key, node, opening, unit.now)
        task.draft = draft
        self._add(unit, task)
        for unread in opening.unreadable:
            unit.announce(
                TaskPlanUnreadable(
                    **about(task),
                    what=unread.what,
                    expression=unread.expression,
                    value=unread.value,
                )
            )
        if task.state is State.BLOCKED:
            unit.announce(TaskBlocked(**about(task), release_id=task.release_id, name=task.name))
        else:
            self._offered(unit, task, SYSTEM)

    def _read(
        self,
        process: Process,
        node: Node,
        row: Row,
        variables: Mapping[str, object],
        now: datetime,
    ) -> Opening:
        """What the model says about the task, its times counted in the calendars it names."""
        count = reckoning_of(self._calendars, process, node, row)
        level = service_level_of(process, node)

        def level_due() -> datetime | None:
            if level is None or level.due is None:
                return None
            ladder = ladder_reckoning(self._calendars, process, node, row)
            return ladder(now, parse_interval(level.due))

        counted = count if count.reference is not None else None
        return opening_of(node, row, variables, now, counted, level_due)

    def cancel(self, cancelled: StepCancelled) -> None:
        """Reaction to a step that was withdrawn: its task is not needed any more."""
        if self._is_human(cancelled):
            self._drop(cancelled.instance_id, cancelled.step_id, cancelled.reason, cancelled.actor)

    def settle(self, completed: StepCompleted) -> None:
        """Reaction to a completed step: a task still open was passed over by hand."""
        if self._is_human(completed):
            reason = "its step was completed without it"
            self._drop(completed.instance_id, completed.step_id, reason, completed.actor)

    def _is_human(self, step: StepCompleted | StepCancelled) -> bool:
        return self._definitions.content(step.release_id).process.nodes[step.node_id].is_human

    def suspend(self, suspended: InstanceSuspended) -> None:
        """Reaction to a suspended instance: nobody works on its tasks."""
        self._rest(suspended.instance_id, rests=True)

    def resume(self, resumed: InstanceResumed) -> None:
        """Reaction to a resumed instance: work goes on where it stopped."""
        self._rest(resumed.instance_id, rests=False)

    def _rest(self, instance_id: str, *, rests: bool) -> None:
        with self._database.unit() as unit:
            store.set_suspended(unit.session, instance_id, suspended=rests)
            for known in unit.memory.values():
                if isinstance(known, Task) and known.instance_id == instance_id and known.is_open:
                    (known.suspend if rests else known.resume)()

    def unblock(self, task_id: str, *, actor: Actor = SYSTEM) -> Task:
        """The entry gates let a task through: it is offered."""
        with self._hold(task_id, "unblock") as (unit, task):
            task.unblock(unit.now)
            self._offered(unit, task, actor)
            return task

    def rework(self, task_id: str, reasons: Sequence[str], *, actor: Actor = SYSTEM) -> Task:
        """An exit gate sends a task back to its assignee, with the reasons of the voters."""
        with self._hold(task_id, "rework") as (unit, task):
            task.rework(unit.now)
            unit.announce(
                TaskReworked(
                    actor=actor,
                    **about(task),
                    assignee=str(task.assignee),
                    round=task.round,
                    reasons=tuple(reasons),
                )
            )
            return task

    def finish(
        self,
        task_id: str,
        extra_variables: Mapping[str, object] | None = None,
        *,
        actor: Actor = SYSTEM,
    ) -> Task:
        """The exit gates are through: the process goes on with what was submitted."""
        with self._hold(task_id, "finish") as (unit, task):
            task.finish(unit.now)
            data = {**task.submitted, **(extra_variables or {})}
            self._completed(unit, task, data, actor)
            return task

    def fail(
        self, task_id: str, error_code: str | None, *, message: str = "", actor: Actor = SYSTEM
    ) -> Task:
        """A gate ends a task in a BPMN error, which the process catches or not."""
        with self._hold(task_id, "cancel") as (unit, task):
            self._cancel(unit, task, f"rejected, error {error_code}", actor)
            self._instances.throw_error(
                task.instance_id, task.step_id, error_code, message, actor=actor
            )
            return task

    def _offered(self, unit: Unit, task: Task, actor: Actor) -> None:
        unit.announce(
            TaskOffered(
                actor=actor,
                **about(task),
                release_id=task.release_id,
                name=task.name,
                roles=task.candidate_roles,
                candidates=task.candidates,
                due_at=task.due_at,
                priority=task.priority,
            )
        )

    def _drop(self, instance_id: str, step_id: str, reason: str, actor: Actor) -> None:
        with self._database.unit() as unit:
            held = unit.memory.get(("task of step", instance_id, step_id))
            if isinstance(held, Task):
                found = held.id if held.is_open else None
            else:
                found = store.open_task_of_step(unit.session, instance_id, step_id)
            if found is not None:
                task = self.lock(unit, found)
                self._cancel(unit, task, reason, actor)

    def _cancel(self, unit: Unit, task: Task, reason: str, actor: Actor) -> None:
        task.cancel(reason, unit.now)
        unit.announce(
            TaskCancelled(actor=actor, **about(task), reason=reason, assignee=task.assignee)
        )
        self._save(unit, task)
