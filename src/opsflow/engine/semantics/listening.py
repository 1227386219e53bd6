"""Listening: a task waits for a message, a signal, a moment or a condition."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from opsflow.engine.changes import Subscription, Waiting
from opsflow.engine.codec import canonical
from opsflow.engine.model import EventDefinition, EventKind
from opsflow.engine.semantics.element import truth_of, value_of
from opsflow.engine.semantics.scope import visible
from opsflow.engine.semantics.stuck import Stuck
from opsflow.engine.timers import Schedule, TimerInvalid, every_of, schedule

if TYPE_CHECKING:
    from opsflow.engine.semantics.token import SpiffTask

WAITING = {
    EventKind.MESSAGE: Waiting.MESSAGE,
    EventKind.SIGNAL: Waiting.SIGNAL,
    EventKind.TIMER: Waiting.TIMER,
    EventKind.CONDITIONAL: Waiting.CONDITION,
}


def waiting_for(definitions: tuple[EventDefinition, ...]) -> Waiting:
    """What a step that catches these events waits for."""
    return WAITING[definitions[0].kind] if len(definitions) == 1 else Waiting.SEVERAL


def listen(
    task: SpiffTask, definitions: tuple[EventDefinition, ...], without: int | None = None
) -> None:
    """Let a task listen; several definitions each get a listener of their own inside it.

    ``without`` is the position of one that has come already.
    """
    if len(definitions) == 1:
        listen_for(task, definitions[0])
        return
    live = task.workflow
    task.waiting = Waiting.SEVERAL
    for index, definition in enumerate(definitions):
        if index == without:
            continue
        part = live.new_task(task.task_spec, task, listener=True)
        part.internal_data["part"] = index
        live.attempt(part, listen_for, part, definition)
        if part.incident is None:
            part._set_state(TaskState.STARTED)


def add_listener(task: SpiffTask, definitions: tuple[EventDefinition, ...]) -> None:
    """Start a listener; one that cannot listen has an incident of its own."""
    if task.workflow.attempt(task, _listen_all, task, definitions):
        task._set_state(TaskState.STARTED)


def _listen_all(task: SpiffTask, definitions: tuple[EventDefinition, ...]) -> bool:
    listen(task, definitions)
    return True


def listen_for(task: SpiffTask, definition: EventDefinition) -> bool:
    """Let a task listen for one event. Raises Stuck where its expression fails."""
    live = task.workflow
    seen = visible(_place_of(task))
    if definition.kind is EventKind.MESSAGE and definition.correlation is not None:
        key = value_of(definition.correlation, seen, live, "the correlation key")
        task.internal_data["correlation"] = canonical(key)
    elif definition.kind is EventKind.TIMER:
        _set_schedule(task, first_schedule(task, definition))
    task.waiting = WAITING[definition.kind]
    live.listening[task.id] = task
    if definition.kind is EventKind.CONDITIONAL:
        live.conditions[task.id] = task
        live.conditions_stale = True
    return True


def _place_of(task: SpiffTask) -> SpiffTask:
    """Where a listener reads variables: beside the activity that it serves."""
    while task.listener and task.scope is not None:
        task = task.scope
    return task


def first_schedule(task: SpiffTask, definition: EventDefinition) -> Schedule:
    """When a timer is due. Raises Stuck."""
    if definition.expression is None or definition.timer is None:
        raise Stuck("expression", "the timer has no time")
    live = task.workflow
    value = value_of(definition.expression, visible(_place_of(task)), live, "the timer")
    try:
        return schedule(definition.timer, value, live.now)
    except TimerInvalid as error:
        raise Stuck("expression", f"the timer: {error}") from error


def definition_of(task: SpiffTask) -> EventDefinition:
    """The event that a listening task listens for."""
    part: int = task.internal_data.get("part", 0)
    return task.task_spec.definitions[part]


def holds(task: SpiffTask) -> bool:
    """Whether the condition that a task listens for is true now. Raises Stuck."""
    condition = definition_of(task).expression
    if condition is None:
        raise Stuck("expression", "the conditional event has no condition")
    return truth_of(condition, visible(_place_of(task)), task.workflow, "the condition")


def restart_timer(task: SpiffTask) -> bool:
    """Let the timer that a task listens for begin again, now. Raises Stuck."""
    times = first_schedule(task, definition_of(task))
    task.internal_data.pop("cycle", None)
    _set_schedule(task, times)
    return True


def _set_schedule(task: SpiffTask, times: Schedule) -> None:
    task.internal_data["due"] = times.due_at
    if times.every is not None:
        task.internal_data["cycle"] = [
            times.origin,
            times.every.text,
            times.index,
            times.left,
        ]
    task.workflow.push_timer(task, times.due_at)


def _schedule_of(task: SpiffTask) -> Schedule:
    due: datetime = task.internal_data["due"]
    cycle = task.internal_data.get("cycle")
    if cycle is None:
        return Schedule(due)
    origin, every, index, left = cycle
    return Schedule(origin, every_of(every), index, left)


def again(task: SpiffTask) -> bool:
    """After a non-interrupting catch: whether the listener goes on listening."""
    if definition_of(task).kind is not EventKind.TIMER:
        return True
    following = _schedule_of(task).after_firing(task.workflow.now)
    if following is None:
        return False
    _set_schedule(task, following)
    return True


def subscription_of(task: SpiffTask) -> Subscription:
    """What a listening task tells the host."""
    definition = definition_of(task)
    return Subscription(
        step=task.id,
        node=task.task_spec.node.id,
        kind=WAITING[definition.kind],
        name=definition.name,
        correlation=task.internal_data.get("correlation"),
        due_at=task.internal_data.get("due"),
    )
