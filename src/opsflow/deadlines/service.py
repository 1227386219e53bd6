"""The use cases of the deadlines: arm the ladder, move it, do a rung, take it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opsflow.db import Database, Unit
from opsflow.deadlines import store
from opsflow.deadlines.acting import Acts
from opsflow.deadlines.ladder import again_at, due_of
from opsflow.deadlines.models import FOLLOW_UP, TaskRung
from opsflow.definitions import Definitions
from opsflow.engine import CalendarPort, Rung, ServiceLevel, TimerInvalid
from opsflow.errors import Invalid
from opsflow.instances import ServiceCall
from opsflow.jobs import Jobs
from opsflow.people import Directory
from opsflow.responsibility import Responsibility
from opsflow.tasks import (
    Reckoning,
    Task,
    TaskBlocked,
    TaskCancelled,
    TaskCompleted,
    TaskMigrated,
    TaskOffered,
    TaskPlanned,
    Tasks,
    ladder_reckoning,
    service_level_of,
)

TOPIC = "opsflow.rung"
"""Of the jobs that do rungs."""


@dataclass(frozen=True, slots=True)
class _Ladder:
    """The service level of one task, and how it is counted."""

    level: ServiceLevel
    count: Reckoning


class Deadlines:
    """Sees to it that something is done about tasks that are not done in time.

    Each rung that lies ahead is a job of the ledger, written and removed in the transactions
    that open, plan and close its task.
    """

    def __init__(
        self,
        database: Database,
        definitions: Definitions,
        tasks: Tasks,
        responsibility: Responsibility,
        directory: Directory,
        jobs: Jobs,
        calendars: CalendarPort,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._tasks = tasks
        self._responsibility = responsibility
        self._jobs = jobs
        self._calendars = calendars
        self._acts = Acts(tasks, responsibility, directory)

    def rungs(self, task_id: str) -> list[TaskRung]:
        """What lies ahead of an open task and what was done about it, in order of its ladder."""
        with self._database.reading() as unit:
            return store.rungs_of(unit.session, task_id)

    def next_rung(self, task_id: str) -> TaskRung | None:
        """What is done next about a task that stays as it is."""
        ahead = [(rung.due_at, rung) for rung in self.rungs(task_id) if rung.due_at is not None]
        return min(ahead, key=lambda pair: pair[0], default=(None, None))[1]

    def arm(self, opened: TaskOffered | TaskBlocked) -> None:
        """Reaction to an opened task: its ladder, and its follow-up date."""
        with self._database.unit() as unit:
            task = self._tasks.get(opened.task_id)
            ladder = self._ladder(task)
            if ladder is None and task.follow_up_at is None:
                return
            if isinstance(opened, TaskOffered) and self.rungs(task.id):
                return  # it was blocked before, and armed when it was opened
            for position, rung in enumerate(ladder.level.rungs if ladder else ()):
                row = _row(task, position, rung.act, rung.to)
                self._plan(unit, task, row, self._due(ladder, rung, task, moved=False))
            if task.follow_up_at is not None:
                self._plan(unit, task, _row(task, FOLLOW_UP, "follow_up", None), task.follow_up_at)

    def replan(self, planned: TaskPlanned) -> None:
        """Reaction to a moved due or follow-up date: what is counted from it moves along."""
        with self._database.unit() as unit:
            task = self._tasks.get(planned.task_id)
            rows = {row.position: row for row in self.rungs(task.id)}
            self._follow_up(unit, task, rows.pop(FOLLOW_UP, None))
            ladder = self._ladder(task)
            for position, rung in enumerate(ladder.level.rungs if ladder else ()):
                row = rows.get(position)
                if row is not None and row.for_due != task.due_at:
                    due_at = self._due(ladder, rung, task, moved=True)
                    row.for_due = task.due_at
                    if row.is_ahead or row.done == 0 or (due_at and due_at > unit.now):
                        self._plan(unit, task, row, due_at)

    def follow(self, migrated: TaskMigrated) -> None:
        """Reaction to a task that goes on under another release: its ladder is the one there.

        A rung that both have in the same place keeps its time and what was done; others are
        counted from the beginning of the task, and one whose time is past is done at once.
        """
        with self._database.unit() as unit:
            task = self._tasks.get(migrated.task_id)
            ladder = self._ladder(task)
            rungs = dict(enumerate(ladder.level.rungs if ladder else ()))
            rows = {row.position: row for row in self.rungs(task.id) if row.position != FOLLOW_UP}
            for position, row in rows.items():
                rung = rungs.get(position)
                if rung is not None and (row.act, row.to_role) == (rung.act, rung.to):
                    del rungs[position]
                else:
                    self._drop(unit, row)
            for position, rung in rungs.items():
                row = _row(task, position, rung.act, rung.to)
                self._plan(unit, task, row, self._due(ladder, rung, task, moved=False))

    def take_down(self, closed: TaskCompleted | TaskCancelled) -> None:
        """Reaction to a task that is over: nothing is done about it any more."""
        with self._database.unit() as unit:
            task = self._tasks.get(closed.task_id)
            if self._ladder(task) is None and task.follow_up_at is None:
                return
            rows = self.rungs(task.id)
            self._jobs.withdraw([row.job_id for row in rows if row.job_id is not None])
            store.drop_rungs(unit.session, task.id)

    def do(self, call: ServiceCall) -> None:
        """Do a rung, in the transaction that removes its job: the handler of ``TOPIC``.

        What has changed meanwhile is seen here: a job that its rung does not wait for any more
        does nothing. Raises Invalid for a service task of a process.
        """
        task_id, position = call.variables.get("task"), call.variables.get("position")
        if call.step_id or not isinstance(task_id, str) or not isinstance(position, int):
            raise Invalid(f"The topic {TOPIC!r} is opsflow's own: give the task another one.")
        with self._database.unit() as unit:
            task = self._tasks.lock(unit, task_id)
            row = store.rung_of(unit.session, task_id, position)
            if row is None or row.job_id != call.job_id or row.due_at is None or not task.is_open:
                return
            last = row.due_at
            row.do(unit.now)
            self._repeat(unit, task, row, last)
            self._acts.act(unit, task, row)

    def _drop(self, unit: Unit, row: TaskRung) -> None:
        if row.job_id is not None:
            self._jobs.withdraw([row.job_id])
        store.drop_rung(unit.session, row)

    def _repeat(self, unit: Unit, task: Task, row: TaskRung, last: datetime) -> None:
        ladder = self._ladder(task)
        if ladder is None or not 0 <= row.position < len(ladder.level.rungs):
            return
        rung = ladder.level.rungs[row.position]
        try:
            following = again_at(rung, row.done, last, unit.now, ladder.count)
        except TimerInvalid:
            return  # its calendar has no working time any more
        if following is not None:
            self._plan(unit, task, row, following)

    def _follow_up(self, unit: Unit, task: Task, row: TaskRung | None) -> None:
        if row is None:
            if task.follow_up_at is None:
                return
            row = _row(task, FOLLOW_UP, "follow_up", None)
        elif row.for_due == task.follow_up_at:
            return
        row.for_due = task.follow_up_at
        self._plan(unit, task, row, task.follow_up_at)

    def _plan(self, unit: Unit, task: Task, row: TaskRung, due_at: datetime | None) -> None:
        """Let a rung be done at a moment, by a new job; the one before is taken back."""
        if row.job_id is not None:
            self._jobs.withdraw([row.job_id])
        job_id = None
        if due_at is not None:
            about = {"task": task.id, "position": row.position}
            job_id = self._jobs.enqueue(
                TOPIC, about, instance_id=task.instance_id, due_at=due_at
            ).id
        row.plan(due_at, job_id)
        store.add_rungs(unit.session, [row])

    def _ladder(self, task: Task) -> _Ladder | None:
        """The service level of a task; None where it has no rungs."""
        process = self._definitions.content(task.release_id).process
        node = process.nodes.get(task.node_id)
        level = None if node is None else service_level_of(process, node)
        if node is None or level is None or not level.rungs:
            return None
        row = self._responsibility.matrix(task.release_id).row(node.id)
        return _Ladder(level, ladder_reckoning(self._calendars, process, node, row))

    def _due(
        self, ladder: _Ladder | None, rung: Rung, task: Task, *, moved: bool
    ) -> datetime | None:
        """When a rung is due; None where its calendar has no such time."""
        assert ladder is not None
        try:
            return due_of(ladder.level, rung, task, ladder.count, moved=moved)
        except TimerInvalid:
            return None


def _row(task: Task, position: int, act: str, to: str | None) -> TaskRung:
    follows = position == FOLLOW_UP
    return TaskRung(
        task_id=task.id,
        position=position,
        act=act,
        to_role=to,
        for_due=task.follow_up_at if follows else task.due_at,
        done=0,
    )
