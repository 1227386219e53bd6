"""Execution: one running instance of a compiled process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from SpiffWorkflow.util.task import TaskState

from opsflow.engine.changes import (
    BpmnError,
    Change,
    IncidentRaised,
    Step,
    Subscription,
    Waiting,
)
from opsflow.engine.codec import admit_all, copy_all, size_of
from opsflow.engine.program import Program
from opsflow.engine.semantics.activities import Activity, ReceiveTask
from opsflow.engine.semantics.flat import MAX_VARIABLES
from opsflow.engine.semantics.handling import throw_error, throw_escalation
from opsflow.engine.semantics.listening import subscription_of
from opsflow.engine.semantics.live import DEFAULT_BUDGET, LiveWorkflow
from opsflow.engine.semantics.scope import visible
from opsflow.engine.semantics.scripts import Scripts
from opsflow.engine.semantics.starting import begin
from opsflow.engine.semantics.token import SpiffTask
from opsflow.engine.state import read_state, write_state
from opsflow.errors import NotFound, VariablesInvalid, WrongState

__all__ = ["Execution", "Scripts"]


class Execution:
    """A running instance: told what happened outside, it runs to rest and notes every change.

    Every verb that changes it takes ``now``. ``budget`` bounds the automatic steps of one
    verb; beyond it the next step has an incident, and nothing is lost. With a ``clock``,
    what became due while a script ran interrupts before the next step. ``limit`` is the most
    bytes that all variables may take together; more is refused from outside (VariablesInvalid)
    and is an incident ``data`` from inside.
    """

    def __init__(self, live: LiveWorkflow) -> None:
        self._live = live

    @classmethod
    def start(
        cls,
        program: Program,
        variables: Mapping[str, object],
        *,
        now: datetime,
        at: str | None = None,
        position: int | None = None,
        scripts: Scripts | None = None,
        budget: int = DEFAULT_BUDGET,
        clock: Callable[[], datetime] | None = None,
        limit: int = MAX_VARIABLES,
    ) -> Execution:
        """A new instance, run to rest.

        ``at`` is the id of the start event that something triggered; without it the none
        start events begin, or every node that no flow leads to where there is no start
        event. It may also be an event behind a gateway that starts the process, or such a
        receive task. ``position`` tells which of its events came where it has several. Raises
        NotFound for an unknown one, VariablesInvalid.
        """
        live = LiveWorkflow(program.spec, scripts, budget, clock)
        live.limit = limit
        execution = cls(live)
        given = execution._admit(live.root, variables)
        live.now = now
        live.assign(live.root, given)
        begin(live, at, position)
        live.run_to_rest()
        return execution

    @classmethod
    def restore(
        cls,
        program: Program,
        state: str,
        *,
        scripts: Scripts | None = None,
        budget: int = DEFAULT_BUDGET,
        clock: Callable[[], datetime] | None = None,
        limit: int = MAX_VARIABLES,
    ) -> Execution:
        """The instance that ``save`` wrote. Raises StateUnreadable."""
        return cls(read_state(program.spec, state, scripts, budget, clock, limit))

    def save(self) -> str:
        """The state as JSON text: live work only, with a format version."""
        return write_state(self._live)

    def take_changes(self) -> list[Change]:
        """What happened since the last call, in order."""
        changes, self._live.changes = self._live.changes, []
        return changes

    # What is

    @property
    def status(self) -> str:
        """``running``, ``completed`` or ``cancelled``."""
        return self._live.status

    def steps(self) -> list[Step]:
        """Where it waits, oldest first.

        Steps that had no turn because the budget was spent wait for a retry too.
        """
        return [
            _step_of(task)
            for task in self._live.tasks.values()
            if task.scope is not None and not task.listener
        ]

    def step(self, id: str) -> Step:
        """One step, or the listener behind a subscription. Raises NotFound."""
        return _step_of(self._task(id))

    def subscriptions(self) -> list[Subscription]:
        """What it listens for, oldest first."""
        return [
            subscription_of(task)
            for task in self._live.listeners()
            if self._live.is_listening(task)
        ]

    def incidents(self) -> list[IncidentRaised]:
        """The steps that cannot go on, oldest first."""
        return [
            IncidentRaised(task.id, task.task_spec.node, *task.incident)
            for task in self._live.tasks.values()
            if task.incident is not None
        ]

    def variables(self, step: str | None = None) -> dict[str, object]:
        """A copy of the instance's own variables, or of all that a step sees."""
        seen = self._live.root.data if step is None else visible(self._task(step))
        return copy_all(seen)

    def inputs(self, step: str) -> dict[str, object]:
        """A copy of what the work of a step is given."""
        task = self._task(step)
        spec = task.task_spec
        return copy_all(spec.inputs(task) if isinstance(spec, Activity) else visible(task))

    def next_due(self) -> datetime | None:
        """When the next timer is due."""
        found = self._live.next_timer() if self.status == "running" else None
        return found[0] if found else None

    # What happens

    def complete(
        self, step: str, variables: Mapping[str, object] | None = None, *, now: datetime
    ) -> None:
        """The work of a step is done. Raises NotFound, WrongState, VariablesInvalid."""
        task = self._working(step, "complete")
        outputs = self._admit(task, variables)
        self._live.now = now
        self._live.finish(task, outputs)
        self._live.run_to_rest()

    def throw_error(
        self,
        step: str,
        code: str | None,
        message: str = "",
        variables: Mapping[str, object] | None = None,
        *,
        now: datetime,
    ) -> bool:
        """The work of a step ends in a BPMN error; False where nothing handles it.

        An error that nothing handles is an incident of the step.
        """
        task = self._working(step, "throw an error")
        given = self._admit(task, variables)
        self._live.now = now
        handled = throw_error(task, BpmnError(code, message, given))
        self._live.run_to_rest()
        return handled

    def throw_escalation(
        self,
        step: str,
        code: str | None,
        variables: Mapping[str, object] | None = None,
        *,
        now: datetime,
    ) -> bool:
        """The work of a step calls for attention and goes on; False where nothing handles it."""
        task = self._working(step, "escalate")
        given = self._admit(task, variables)
        self._live.now = now
        handled = throw_escalation(task, code, given)
        self._live.run_to_rest()
        return handled

    def fail(self, step: str, message: str, *, now: datetime) -> None:
        """The work of a step could not be done: an incident until somebody retries."""
        task = self._working(step, "fail")
        self._live.now = now
        self._live.stop(task, "handler", message)
        self._live.run_to_rest()

    def retry(self, step: str, *, now: datetime) -> None:
        """Clear the incident of a step and run it again. Raises WrongState without one."""
        task = self._running_task(step, "retry")
        if task.incident is None:
            raise WrongState("step", step, _describe(task), "retry")
        self._live.now = now
        task.incident = None
        task.task_spec.retry(task)
        self._live.run_to_rest()

    def message(
        self, step: str, variables: Mapping[str, object] | None = None, *, now: datetime
    ) -> None:
        """A message has come for a subscribing step. Raises NotFound, WrongState."""
        task = self._running_task(step, "take a message")
        if not self._live.is_listening(task) or task.waiting is not Waiting.MESSAGE:
            raise WrongState("step", step, _describe(task), "take a message")
        payload = self._admit(task, variables)
        self._live.now = now
        task.trigger(payload)
        self._live.run_to_rest()

    def signal(
        self, name: str, variables: Mapping[str, object] | None = None, *, now: datetime
    ) -> int:
        """A signal was broadcast; gives how many of the instance's listeners took it."""
        self._require_running("take a signal")
        payload = self._admit(self._live.root, variables)
        self._live.now = now
        count = self._live.broadcast(name, payload)
        self._live.run_to_rest()
        return count

    def fire_due(self, now: datetime, limit: int | None = None) -> int:
        """Fire the timers that are due, in order, each followed by running to rest.

        A cycle that was missed fires once. Gives how many fired.
        """
        fired = 0
        self._live.now = now
        while self.status == "running" and (limit is None or fired < limit):
            found = self._live.next_timer()
            if found is None or found[0] > now:
                break
            fired += 1
            found[1].trigger({})
            self._live.run_to_rest()
        return fired

    def set_variables(
        self, variables: Mapping[str, object], step: str | None = None, *, now: datetime
    ) -> None:
        """Correct variables by hand: the instance's own, or those that a step sees."""
        self._require_running("set variables")
        task = None if step is None else self._task(step)
        given = self._admit(task or self._live.root, variables)
        self._live.now = now
        if task is None:
            self._live.assign(self._live.root, given)
        else:
            self._live.write(task, given)
        self._live.run_to_rest()

    def proceed(self, *, now: datetime) -> None:
        """Let happen what happens by itself: after a migration a condition may hold already."""
        self._require_running("proceed")
        self._live.now = now
        self._live.run_to_rest()

    def cancel(self, *, now: datetime, reason: str) -> None:
        """End it now and withdraw everything. Raises WrongState where it has ended."""
        self._require_running("cancel")
        self._live.now = now
        self._live.cancel_all(reason)

    # Guards

    def _admit(self, task: SpiffTask, variables: Mapping[str, object] | None) -> dict[str, object]:
        """Variables from outside, checked and copied, where there is room for them."""
        given = admit_all({} if variables is None else variables)
        size = sum(map(size_of, given.values()))
        if self._live.weight + size > self._live.limit:
            seen = visible(task)
            replaced = sum(size_of(seen[name]) for name in given if name in seen)
            if not self._live.has_room(size, replaced):
                raise VariablesInvalid(
                    f"All variables together take more than {self._live.limit:,} bytes."
                )
        return given

    def _task(self, id: str) -> SpiffTask:
        task = self._live.tasks.get(id)
        if task is None or task.scope is None:
            raise NotFound("step", id)
        return task

    def _require_running(self, verb: str) -> None:
        if self.status != "running":
            raise WrongState("instance", self._live.spec.name, self.status, verb)

    def _running_task(self, id: str, verb: str) -> SpiffTask:
        task = self._task(id)
        self._require_running(verb)
        return task

    def _working(self, id: str, verb: str) -> SpiffTask:
        """The task of a step whose work is done outside."""
        task = self._running_task(id, verb)
        outside = task.waiting in (Waiting.WORK, Waiting.SERVICE) or (
            isinstance(task.task_spec, ReceiveTask) and not task.listener
        )
        if task._state != TaskState.STARTED or not outside:
            raise WrongState("step", id, _describe(task), verb)
        return task


def _state_of(task: SpiffTask) -> Waiting:
    stopped = task.incident is not None or task._state == TaskState.READY
    return Waiting.RETRY if stopped else task.waiting or Waiting.RETRY


def _describe(task: SpiffTask) -> str:
    return f"waiting for {_state_of(task)}"


def _step_of(task: SpiffTask) -> Step:
    scope = task.scope
    return Step(
        id=task.id,
        node=task.task_spec.node,
        waiting=_state_of(task),
        program=task.task_spec.program_ref,
        parent=None if scope is None or scope.scope is None else scope.id,
        loop_counter=task.internal_data.get("counter"),
    )
