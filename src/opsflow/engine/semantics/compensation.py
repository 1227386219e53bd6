"""Compensation: completed activities are undone in reverse order (BPMN 2.0.2 §10.6, §13.5.5).

A scope remembers the completed activities that can be compensated, as plain records that are
saved with it. Whoever throws compensation takes the records over and works them off, last
first; the handlers run inside the thrower, so that it waits for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from opsflow.engine.changes import Waiting
from opsflow.engine.semantics.stuck import Stuck

if TYPE_CHECKING:
    from opsflow.engine.semantics.activities import Activity
    from opsflow.engine.semantics.token import SpiffTask

DONE = "undoable"
"""What a scope remembers: records of activities, oldest first."""
PENDING = "undoing"
"""What a thrower still has to compensate, the next one last."""
REOPENED = "reopened"
"""Marks an activity that is back only until what was done inside is undone."""


def remember(task: SpiffTask, activity: Activity) -> None:
    """An activity completed: note it in its scope where it can be compensated."""
    scope = task.scope
    inside = task.internal_data.get(DONE)
    undone = inside or activity.compensation or activity.compensated_by
    if scope is None or not undone:
        return
    if PENDING in scope.internal_data:
        return  # a compensation handler is not itself compensated
    record: dict[str, Any] = {"activity": activity.name}
    if inside or activity.compensated_by or activity.body_of is not None:
        record.update(inside=inside or [], data=dict(task.data))
    scope.internal_data.setdefault(DONE, []).append(record)


def take_over(task: SpiffTask, activities: Iterable[str | None]) -> bool:
    """Give a thrower what it compensates: named activities, or (None) all of its scope.

    From inside an event subprocess that is the scope that the event subprocess serves.
    """
    scope = task.scope
    while scope is not None and scope.task_spec.node.triggered_by_event:
        scope = scope.scope
    done = scope.internal_data.get(DONE) if scope is not None else None
    if not done:
        return False
    named = set(activities)
    taken = [record for record in done if None in named or record["activity"] in named]
    assert scope is not None
    scope.internal_data[DONE] = [record for record in done if record not in taken]
    if not scope.internal_data[DONE]:
        del scope.internal_data[DONE]
    task.internal_data[PENDING] = taken
    return bool(taken)


def work_off(task: SpiffTask) -> bool:
    """Start compensating the next record; False where none is left."""
    todo = task.internal_data.get(PENDING)
    if not todo:
        return False
    try:
        known = task.task_spec.inner_spec()
    except Stuck as stuck:  # the called process is gone since
        task.workflow.stop(task, stuck.code, str(stuck))
        return True
    record = todo.pop()
    activity: Activity = known.task_specs[record["activity"]]
    if activity.compensation is None:
        _undo_inside(task, activity, record)
    elif activity.body_of is not None:
        activity.compensation.arrive(_reopen(task, activity, record))
    else:
        activity.compensation.arrive(task)
    return True


def _reopen(task: SpiffTask, activity: Activity, record: dict[str, Any]) -> SpiffTask:
    """Bring an activity back, with the variables it ended with, so that it can be undone."""
    again = task.workflow.new_task(activity, task)
    again.data = dict(record["data"])
    again.internal_data[REOPENED] = True
    again.internal_data[PENDING] = []
    again.waiting = Waiting.INSIDE
    again._set_state(TaskState.STARTED)
    return again


def _undo_inside(task: SpiffTask, activity: Activity, record: dict[str, Any]) -> None:
    """Compensate what was done inside a subprocess, loop or called process."""
    again = _reopen(task, activity, record)
    handler = activity.compensated_by
    if handler is None:
        again.internal_data[PENDING] = record["inside"]
        task.workflow.emptied.append(again)
    else:
        again.internal_data[DONE] = record["inside"]
        handler.handle(again, {})
