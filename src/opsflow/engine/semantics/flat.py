"""FlatWorkflow: the flat set of live tasks, what they listen for, and when they are due."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from opsflow.engine.changes import Change, StepCancelled
from opsflow.engine.codec import size_of
from opsflow.engine.semantics.token import SpiffTask

if TYPE_CHECKING:
    from opsflow.engine.semantics.element import Element
    from opsflow.engine.semantics.process import ProcessSpec


MAX_VARIABLES = 10_000_000
"""The most bytes that the variables of one instance may take together."""


class FlatWorkflow(Workflow):
    """Corrects SpiffWorkflow's task tree: it holds live tasks only, and predicts nothing."""

    spec: ProcessSpec
    tasks: dict[str, SpiffTask]

    def __init__(self, spec: ProcessSpec) -> None:
        super().__init__(spec, deserializing=True)
        self.status = "running"
        self.last_id = 0
        self.emptied: deque[SpiffTask] = deque()
        self.joins: dict[tuple[str, str], SpiffTask] = {}
        self.listening: dict[str, SpiffTask] = {}
        self.conditions: dict[str, SpiffTask] = {}
        self.timers: list[tuple[datetime, int, int, SpiffTask]] = []
        self._pushed = 0
        self.changes: list[Change] = []
        self.limit = MAX_VARIABLES
        self.weight = 0

    # Room for variables

    def weigh(self) -> int:
        """About how many bytes the variables and memories of all live tasks take."""
        return sum(size_of(task.data) + size_of(task.internal_data) for task in self.tasks.values())

    def has_room(self, size: int, replaced: int = 0) -> bool:
        """Whether so many bytes more can be kept.

        ``weight`` grows with what is written and never shrinks; only where it passes the limit
        are the variables weighed, so that a step costs no more the more there is.
        """
        if self.weight + size > self.limit:
            self.weight = self.weigh()
        return self.weight + size - replaced <= self.limit

    # Tasks

    def new_task(
        self, spec: Element, scope: SpiffTask | None, *, listener: bool = False
    ) -> SpiffTask:
        """A new live task inside a scope; ids are numbers that are never used again."""
        name = str(self.last_id)
        self.last_id += 1
        return SpiffTask(self, spec, scope, name, listener=listener)

    def get_tasks(self, *_: object, **kwargs: Any) -> list[SpiffTask]:
        """The live tasks in any of the states of the mask ``state``, oldest first."""
        state = kwargs.get("state", TaskState.ANY_MASK)
        return [task for task in self.tasks.values() if task._state & state]

    def is_completed(self) -> bool:
        """Whether nothing is left to do."""
        return self.status != "running"

    def update_waiting_tasks(self) -> None:
        """Nothing: waiting tasks are woken by what they wait for, never by a sweep."""

    def _predict(self, mask: int = TaskState.NOT_FINISHED_MASK) -> None:
        """Nothing: predicted tasks do not exist."""

    def _task_completed_notify(self, task: SpiffTask) -> None:
        scope = task.scope
        if scope is not None and scope.is_live:
            scope.task_spec.inner_done(scope, task)
        self.remove(task)

    def remove(self, task: SpiffTask) -> None:
        """Take a finished task out of the live set, with the listeners that served it."""
        for child in task.children:
            self.remove(child)
        if self.tasks.pop(task.id, None) is None:
            return
        self.forget(task)
        scope = task.scope
        if scope is not None:
            scope._child_removed_notify(task)
            if scope.tokens == 0 and not task.listener:
                self.emptied.append(scope)

    def forget(self, task: SpiffTask) -> None:
        """Stop listening for what the task waited for."""
        self.listening.pop(task.id, None)
        self.conditions.pop(task.id, None)
        task.task_spec.forgotten(task)

    def cancel_task(self, task: SpiffTask, reason: str) -> None:
        """Withdraw a task and everything inside it, innermost first."""
        found = [task]
        for place in found:  # grows while it is walked: no recursion, so no depth limit
            found.extend(place._children.values())
        for place in reversed(found):
            if place.is_live:
                self._withdraw(place, reason)

    def _withdraw(self, task: SpiffTask, reason: str) -> None:
        if task._state != TaskState.COMPLETED:
            task._set_state(TaskState.CANCELLED)
            if task.reached and not task.listener:
                spec = task.task_spec
                self.changes.append(StepCancelled(task.id, spec.node, spec.program_ref, reason))
            task.task_spec._on_cancel(task)
        self.remove(task)

    def clear(self, scope: SpiffTask, reason: str) -> None:
        """Withdraw all that is inside a scope; what listens for the activity itself stays."""
        for child in scope.children:
            if not (child.listener and child.task_spec.serves_boundary):
                self.cancel_task(child, reason)

    # Timers

    def push_timer(self, task: SpiffTask, due_at: datetime) -> None:
        """Remember when a task is due."""
        self._pushed += 1
        heapq.heappush(self.timers, (due_at, int(task.id), self._pushed, task))

    def next_timer(self) -> tuple[datetime, SpiffTask] | None:
        """The next due timer of a task that still waits for it."""
        while self.timers:
            due_at, _, _, task = self.timers[0]
            if task.id in self.listening and task.internal_data.get("due") == due_at:
                return due_at, task
            heapq.heappop(self.timers)
        return None

    def listeners(self) -> Iterable[SpiffTask]:
        """The tasks that listen for an event, oldest first."""
        return sorted(self.listening.values(), key=lambda task: int(task.id))
