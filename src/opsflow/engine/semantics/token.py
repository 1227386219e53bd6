"""SpiffTask: one live place in the tree of scopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from opsflow.engine.changes import Waiting

if TYPE_CHECKING:
    from opsflow.engine.semantics.element import Element, Flow
    from opsflow.engine.semantics.live import LiveWorkflow


class SpiffTask(Task):
    """A token, a listener for an event, or an activity with steps inside it.

    ``scope`` is the task of the enclosing activity. ``data`` holds the variables of the
    task's own scope and ``internal_data`` what its spec has to remember; both are saved.
    """

    workflow: LiveWorkflow
    task_spec: Element
    data: dict[str, object]
    internal_data: dict[str, Any]

    def __init__(
        self,
        workflow: LiveWorkflow,
        spec: Element,
        scope: SpiffTask | None,
        id: str,
        *,
        listener: bool = False,
    ) -> None:
        # Task.__init__ is not called: it takes a UUID and the time for every task.
        self.id = id
        self.workflow = workflow
        self.task_spec = spec
        self.scope = scope
        self.listener = listener
        self.data = {}
        self.internal_data = {}
        self.triggered = False
        self.thread_id = 0
        self.last_state_change = 0.0
        self._parent = None if scope is None else scope.id
        self._children: dict[str, SpiffTask] = {}
        self._state = TaskState.FUTURE
        self.tokens = 0
        self.waiting: Waiting | None = None
        self.reached = False
        self.incident: tuple[str, str] | None = None
        self.pending: Mapping[str, object] | None = None
        self.flows: tuple[Flow, ...] = ()
        workflow.tasks[id] = self
        if scope is not None:
            scope._child_added_notify(self)

    @property
    def parent(self) -> SpiffTask | None:
        """The task of the enclosing activity."""
        return self.scope

    @property
    def children(self) -> list[SpiffTask]:
        """The live tasks directly inside, oldest first."""
        return list(self._children.values())

    @property
    def inner_tokens(self) -> list[SpiffTask]:
        """The tokens directly inside, without listeners."""
        return [child for child in self._children.values() if not child.listener]

    @property
    def is_live(self) -> bool:
        """Whether it is still in the workflow."""
        return self.workflow.tasks.get(self.id) is self

    def run(self) -> bool | None:
        """Execute it: True completes it, None leaves it waiting (STARTED), False stops it."""
        result: bool | None = self.task_spec._run(self)
        if result:
            self.complete()
        elif result is None and self._state == TaskState.READY:
            self._set_state(TaskState.STARTED)
        return result

    def cancel(self) -> None:
        """Withdraw it with everything inside, at any depth."""
        self.workflow.cancel_task(self, "cancelled")

    def _child_added_notify(self, child: SpiffTask) -> None:
        self._children[child.id] = child
        if not child.listener:
            self.tokens += 1

    def _child_removed_notify(self, child: SpiffTask) -> None:
        if self._children.pop(child.id, None) is not None and not child.listener:
            self.tokens -= 1

    def _set_state(self, value: int) -> None:
        self._state = value
