"""Tasks: work by people and handlers, scripts, receive tasks, and those passed through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from opsflow.engine.changes import BpmnError, MessageThrown, Waiting
from opsflow.engine.codec import admit_all, canonical, copy_all
from opsflow.engine.model import EventDefinition, EventKind, Node
from opsflow.engine.semantics.catching import (
    BoundaryEvent,
    CatchEvent,
    SubProcessStart,
    listen_in,
)
from opsflow.engine.semantics.compensation import REOPENED, remember, work_off
from opsflow.engine.semantics.element import Element, Flow, associated, value_of
from opsflow.engine.semantics.listening import listen, waiting_for
from opsflow.engine.semantics.scope import visible
from opsflow.engine.semantics.stuck import Stuck
from opsflow.errors import OpsflowError, VariablesInvalid

if TYPE_CHECKING:
    from opsflow.engine.semantics.process import ProcessSpec
    from opsflow.engine.semantics.token import SpiffTask


class Activity(Element):
    """What boundary events can be attached to, and what has input mappings.

    ``catchers`` are its boundary events that listen, ``handlers`` those that errors and
    escalations are handed to.
    """

    catchers: tuple[BoundaryEvent, ...] = ()
    handlers: tuple[BoundaryEvent, ...] = ()
    compensation: Element | None = None
    """The activity that undoes it."""
    compensated_by: SubProcessStart | None = None
    """The start of the event subprocess inside that undoes it."""

    def boundary_handlers(self, kind: EventKind) -> tuple[BoundaryEvent, ...]:  # noqa: ARG002
        """Its boundary events that are handed what is thrown."""
        return self.handlers

    def arrive(self, scope: SpiffTask, flow: Flow | None = None) -> None:
        """Take the token in; several may be needed."""
        needed = self.node.start_quantity
        if needed == 1 or self.body_of is not None:
            super().arrive(scope, flow)
            return
        live = scope.workflow
        held = live.joins.get((scope.id, self.name))
        if held is None:
            held = live.new_task(self, scope)
            live.joins[scope.id, self.name] = held
            live.hold(held)
        held.internal_data["arrived"] = count = held.internal_data.get("arrived", 0) + 1
        if count >= needed:
            del live.joins[scope.id, self.name]
            held._ready()

    def forgotten(self, task: SpiffTask) -> None:
        """Let go of the tokens that wait."""
        scope = task.scope
        if scope is not None and task.workflow.joins.get((scope.id, self.name)) is task:
            del task.workflow.joins[scope.id, self.name]

    def restored(self, task: SpiffTask) -> None:
        """Find the tokens that wait again."""
        if task.scope is not None and task._state == TaskState.WAITING:
            task.workflow.joins[task.scope.id, self.name] = task

    def _run_hook(self, task: SpiffTask) -> bool | None:
        if self.node.start_quantity < 1:
            raise Stuck(
                "data", f"{self.node.label!r} starts with {self.node.start_quantity} tokens"
            )
        self.take_inputs(task)
        return self.work(task)

    def work(self, task: SpiffTask) -> bool | None:
        """Do it: True where it is done at once. Passed through unless a family says more."""
        task.workflow.reach(task, None)
        return self.conclude(task, {})

    def wait(self, task: SpiffTask, waiting: Waiting) -> None:
        """Wait; boundary events listen meanwhile."""
        task.workflow.reach(task, waiting)
        listen_in(task, self.catchers)

    def take_inputs(self, task: SpiffTask) -> None:
        """Fill the task's own scope with its data inputs and input mappings, in order."""
        live = task.workflow
        if self.node.data_inputs:
            live.set_local(task, associated(task, self.node.data_inputs, {}))
        for mapping in self.node.controls.inputs:
            value = value_of(mapping.source, visible(task), live, mapping.target)
            live.set_local(task, {mapping.target: value})

    def inputs(self, task: SpiffTask) -> Mapping[str, object]:
        """What the work is given: the mapped inputs if there are mappings, else all it sees."""
        return self._own_inputs(task) if self.node.controls.inputs else visible(task)

    def _own_inputs(self, task: SpiffTask) -> dict[str, object]:
        names = [into.target for into in self.node.data_inputs]
        names += [into.target for into in self.node.controls.inputs]
        return {name: task.data[name] for name in names if name in task.data}

    def sent(self, task: SpiffTask) -> Mapping[str, object]:
        """What goes along with what it throws: its inputs, and nothing unasked."""
        return self._own_inputs(task)

    def leave(self, task: SpiffTask) -> None:
        """Note it for compensation and send its tokens on."""
        remember(task, self)
        task.flows *= self.node.completion_quantity
        super().leave(task)

    def retry(self, task: SpiffTask) -> None:
        """Go on after an incident; what was inside may all have gone meanwhile."""
        super().retry(task)
        if task.waiting is Waiting.INSIDE and task.tokens == 0 and task.is_live:
            task.workflow.emptied.append(task)

    def emptied(self, task: SpiffTask) -> None:
        """The last token inside has gone: compensate what is left, or go on."""
        if work_off(task):
            return
        if REOPENED in task.internal_data:
            if task.reached:  # it had an incident meanwhile
                task.workflow.completed_step(task)
            task.workflow.remove(task)
        else:
            task.workflow.finish(task, {})


class Work(Activity):
    """A task that a person or a handler does outside the engine."""

    def __init__(self, spec: ProcessSpec, name: str, node: Node) -> None:
        super().__init__(spec, name, node)
        self.waits_for = Waiting.WORK if node.is_human else Waiting.SERVICE

    def work(self, task: SpiffTask) -> None:
        """Do what this kind of activity does."""
        self.wait(task, self.waits_for)


class ScriptTask(Activity):
    """A task whose script runs at once, where scripts are allowed at all."""

    def work(self, task: SpiffTask) -> bool | None:
        """Do what this kind of activity does."""
        live = task.workflow
        live.reach(task, None)
        source = self.node.script
        if source is None or not source.strip():
            return self.conclude(task, {})
        if live.scripts is None:
            raise Stuck("script", "scripts do not run here: no script runner is set up")
        given = copy_all(visible(task))
        try:
            changed = live.scripts.run(self.node.script_language or "", source, given)
            outputs = admit_all(changed)
            live.look_at_clock()
        except VariablesInvalid as error:
            raise Stuck("data", str(error)) from error
        except OpsflowError as error:
            raise Stuck("script", str(error)) from error
        except BpmnError:
            raise
        except Exception as error:  # a script is foreign code: any failure is its incident
            raise Stuck("script", f"{type(error).__name__}: {error}") from error
        return self.conclude(task, outputs)


class SendTask(Activity):
    """A task that sends a message and goes on."""

    def work(self, task: SpiffTask) -> bool | None:
        """Do what this kind of activity does."""
        correlate(task)
        return super().work(task)

    def effect(self, task: SpiffTask) -> None:
        """Send or throw what it has to."""
        throw_message(task, self.node.message, self.sent(task))


def correlate(task: SpiffTask) -> None:
    """Evaluate the correlation key of the message that a step is about to send. Raises Stuck."""
    for event in task.task_spec.node.events:
        if event.kind is EventKind.MESSAGE and event.correlation is not None:
            key = value_of(event.correlation, visible(task), task.workflow, "the correlation key")
            task.internal_data["correlation"] = canonical(key)


def throw_message(task: SpiffTask, name: str | None, sent: Mapping[str, object]) -> None:
    """A message leaves the instance."""
    if name is not None:
        correlation = task.internal_data.get("correlation")
        task.workflow.changes.append(MessageThrown(name, copy_all(sent), correlation, task.id))


class ReceiveTask(Activity, CatchEvent):
    """A task that waits for a message; without one, it waits to be completed."""

    def events_to_hear(self, node: Node) -> tuple[EventDefinition, ...]:
        """The message that it waits for."""
        heard = super().events_to_hear(node)
        return heard or (EventDefinition(EventKind.MESSAGE, name=node.message),)

    def _run_hook(self, task: SpiffTask) -> bool | None:
        if task.internal_data.pop("caught", False):
            task.workflow.reach(task, None)
            return self.conclude(task, task.internal_data.get("payload", {}))
        return super()._run_hook(task)

    def work(self, task: SpiffTask) -> None:
        """Do what this kind of activity does."""
        listen(task, self.definitions)
        self.wait(task, waiting_for(self.definitions))
