"""LiveWorkflow: one running instance: its changes, its variables, and the run to rest."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from opsflow.engine.changes import (
    BpmnError,
    Ended,
    IncidentRaised,
    StepCompleted,
    StepReached,
    VariablesChanged,
    Waiting,
)
from opsflow.engine.codec import copy_all, size_of
from opsflow.engine.counting import CalendarPort
from opsflow.engine.model import EventKind
from opsflow.engine.semantics.flat import FlatWorkflow
from opsflow.engine.semantics.handling import throw_error
from opsflow.engine.semantics.listening import definition_of
from opsflow.engine.semantics.scope import home_of
from opsflow.engine.semantics.scripts import Scripts
from opsflow.engine.semantics.stuck import Stuck
from opsflow.engine.semantics.token import SpiffTask

if TYPE_CHECKING:
    from opsflow.engine.semantics.process import ProcessSpec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DEFAULT_BUDGET = 10_000


class LiveWorkflow(FlatWorkflow):
    """One running instance. Corrects SpiffWorkflow's: flat, unpredicted, budgeted."""

    def __init__(
        self,
        spec: ProcessSpec,
        scripts: Scripts | None = None,
        budget: int = DEFAULT_BUDGET,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(spec)
        self.scripts = scripts
        self.budget = budget
        self.clock = clock
        self.calendars: CalendarPort | None = None
        self.now = EPOCH
        self.ended_by = "end"
        self.urgent: deque[SpiffTask] = deque()
        self.queue: deque[SpiffTask] = deque()
        self.conditions_stale = False
        self.clock_moved = False
        self._steps = 0
        self._undo: list[tuple[dict[str, object], str, object]] | None = None
        self.root = self.new_task(spec.start, None)
        self.root._set_state(TaskState.STARTED)

    # Changes

    def reach(self, task: SpiffTask, waiting: Waiting | None) -> None:
        """Note that a task was entered; an automatic one is noted once."""
        task.waiting = waiting
        if waiting is None and task.reached:
            return
        task.reached = True
        spec = task.task_spec
        self.changes.append(
            StepReached(
                task.id,
                spec.node,
                spec.program_ref,
                waiting,
                copy_all(task.data),
                task.internal_data.get("counter"),
            )
        )

    def completed_step(self, task: SpiffTask) -> None:
        """Note that a node finished in the normal way."""
        spec = task.task_spec
        self.changes.append(StepCompleted(task.id, spec.node, spec.program_ref))

    def stop(self, task: SpiffTask, code: str, message: str) -> None:
        """The task has an incident: it stays where it is until it is retried."""
        if not task.listener and not task.reached:
            self.reach(task, None)
        task.incident = (code, message)
        task.error()
        self.changes.append(IncidentRaised(task.id, task.task_spec.node, code, message))

    def hold(self, task: SpiffTask) -> None:
        """A token waits for others."""
        task._set_state(TaskState.WAITING)
        if not task.reached:
            self.reach(task, Waiting.JOIN)

    def broadcast(self, name: str, payload: Mapping[str, object]) -> int:
        """Hand a signal to every listener that is still there when its turn comes."""
        count = 0
        for task in self.listeners():
            heard = definition_of(task)
            if heard.kind is EventKind.SIGNAL and heard.name == name and self.is_listening(task):
                count += 1
                task.trigger(payload)
        return count

    def is_listening(self, task: SpiffTask) -> bool:
        """Whether an event can be handed to the task."""
        return task.id in self.listening and task.incident is None

    # Variables

    def set_local(self, scope: SpiffTask, values: Mapping[str, object]) -> None:
        """Write variables into the scope of a task itself."""
        data, undo = scope.data, self._undo
        self.admit(values, data)
        if scope.task_spec.copies_out:
            scope.internal_data.setdefault("written", {}).update(dict.fromkeys(values, True))
        for name, value in values.items():
            if undo is not None:
                undo.append((data, name, data.get(name, _MISSING)))
            data[name] = value
        self.conditions_stale = True

    def admit(self, values: Mapping[str, object], replaced: Mapping[str, object]) -> None:
        """Count what is about to be written. Raises Stuck where there is no room for it."""
        size = sum(map(size_of, values.values()))
        if self.weight + size > self.limit:
            old = sum(size_of(replaced[name]) for name in values if name in replaced)
            if not self.has_room(size, old):
                raise Stuck("data", f"the variables take more than {self.limit:,} bytes")
        self.weight += size

    def write(self, start: SpiffTask, values: Mapping[str, object]) -> None:
        """Write plain outputs, each to the scope it belongs to, and note the changes."""
        by_scope: dict[str, tuple[SpiffTask, dict[str, object]]] = {}
        for name, value in values.items():
            home = home_of(start, name)
            by_scope.setdefault(home.id, (home, {}))[1][name] = value
        for home, written in by_scope.values():
            self.assign(home, written)

    def assign(self, scope: SpiffTask, values: Mapping[str, object]) -> None:
        """Write variables into one scope and note the change."""
        if values:
            self.set_local(scope, values)
            where = None if scope is self.root else scope.id
            self.changes.append(VariablesChanged(where, copy_all(values)))

    # Attempts

    def attempt(
        self, task: SpiffTask, action: Callable[..., bool | None], *args: Any
    ) -> bool | None:
        """Do something that may fail; a failure is undone and becomes the task's incident.

        A BPMN error goes to its handler. Gives False where the task did not get through.
        """
        outer, mark = self._undo, len(self.changes)
        self._undo = []
        try:
            return action(*args)
        except Stuck as stuck:
            self._roll_back(mark, task)
            self.stop(task, stuck.code, str(stuck))
        except BpmnError as error:
            self._roll_back(mark, task)
            if not task.reached:
                self.reach(task, None)
            throw_error(task, error)
        finally:
            self._undo = outer
        return False

    def _roll_back(self, mark: int, task: SpiffTask) -> None:
        """Undo the writes and changes since the mark; that the task was reached stays true."""
        for data, name, old in reversed(self._undo or []):
            if old is _MISSING:
                del data[name]
            else:
                data[name] = old
        self._undo = None
        self.changes[mark:] = [
            change
            for change in self.changes[mark:]
            if isinstance(change, StepReached) and change.step == task.id
        ]

    def finish(self, task: SpiffTask, outputs: Mapping[str, object]) -> None:
        """The work of a task is done: write what it gave and go on behind it."""
        if self.attempt(task, task.task_spec.conclude, task, outputs):
            task.pending = None
            task.complete()
        elif task.is_live and task.incident is not None:
            task.pending = outputs
            self._heard(task)

    def _heard(self, task: SpiffTask) -> None:
        """What the task listened for has come, though it could not go on: not a second time."""
        self.listening.pop(task.id, None)
        self.conditions.pop(task.id, None)
        for child in task.children:
            if "part" in child.internal_data:
                self.remove(child)

    # The run

    def run_to_rest(self) -> None:
        """Run until every branch waits, ended or has an incident, or the budget is spent."""
        self._steps = 0
        while self.status == "running" and self.take_step():
            pass

    @property
    def is_settled(self) -> bool:
        """Whether nothing is due before the next step: the state is complete as it is stored."""
        return not (self.conditions_stale or self.clock_moved or self.emptied)

    def take_step(self) -> bool:
        """Do the next thing; False at rest.

        Interrupts that are due come first, then what ends, then the next step: one that will
        listen before one that may throw.
        """
        if self.conditions_stale:
            self._look_at_conditions()
        elif self.clock_moved:
            self._interrupt_by_time()
        elif self.emptied:
            self._close(self.emptied.popleft())
        elif self.urgent or self.queue:
            return self._run_next(self.urgent or self.queue)
        else:
            return self._open_joins()
        return True

    def _run_next(self, line: deque[SpiffTask]) -> bool:
        task = line.popleft()
        if task._state != TaskState.READY:
            return True
        self._steps += 1
        if self._steps > self.budget:
            self._out_of_budget(task)
            return False
        task.run()
        return True

    def look_at_clock(self) -> None:
        """Work inside a step took time: what became due meanwhile comes before the next step."""
        if self.clock is not None:
            self.now = max(self.now, self.clock())
            self.clock_moved = True

    def _interrupt_by_time(self) -> None:
        found = self.next_timer()
        if found is not None and found[0] <= self.now:
            found[1].trigger({})
        else:
            self.clock_moved = False

    def _close(self, scope: SpiffTask) -> None:
        if scope.tokens == 0 and scope.is_live and scope._state == TaskState.STARTED:
            scope.task_spec.emptied(scope)

    def _look_at_conditions(self) -> None:
        self.conditions_stale = False
        for task in list(self.conditions.values()):
            if task.is_live and task.incident is None:
                task.task_spec.look(task)

    def _open_joins(self) -> bool:
        """Wake the first join that no token can reach any more."""
        for task in self.joins.values():
            if task._state == TaskState.WAITING and task.task_spec.opens_at_rest(task):
                return True
        return False

    def _out_of_budget(self, task: SpiffTask) -> None:
        self.stop(
            task, "budget", f"{self.budget} automatic steps in one move: retry to go on, or cancel"
        )

    def end(self) -> None:
        """Nothing is left: the instance has come to its end."""
        self.status = "completed"
        self.completed = True
        for child in self.root.children:
            self.cancel_task(child, "ended")
        self.changes.append(Ended(self.ended_by))

    def cancel(self, *, success: bool = False) -> list[SpiffTask]:
        """Withdraw everything."""
        return self.cancel_all("cancelled", success=success)

    def cancel_all(self, reason: str, *, success: bool = False) -> list[SpiffTask]:
        """Withdraw everything, for a reason; gives the tasks that were live."""
        self.success = success
        found = [task for task in self.tasks.values() if task is not self.root]
        for child in self.root.children:
            self.cancel_task(child, reason)
        self.urgent.clear()
        self.queue.clear()
        self.emptied.clear()
        self.status = "cancelled"
        self.completed = True
        return found


_MISSING = object()
