"""Tasks: work by people and handlers, scripts, receive tasks, and those passed through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from opsflow.engine.changes import MessageThrown, Waiting
from opsflow.engine.codec import admit_all, copy_all
from opsflow.engine.model import EventDefinition, EventKind, Node
from opsflow.engine.semantics.catching import (
    BoundaryEvent,
    CatchEvent,
    SubProcessStart,
    listen_in,
)
from opsflow.engine.semantics.compensation import TODO, remember, work_off
from opsflow.engine.semantics.element import Element, Flow, value_of
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
        """Fill the task's own scope with its input mappings, in order."""
        live = task.workflow
        for mapping in self.node.controls.inputs:
            value = value_of(mapping.source, visible(task), live, mapping.target)
            live.set_local(task, {mapping.target: value})

    def inputs(self, task: SpiffTask) -> Mapping[str, object]:
        """What the work is given: the mapped inputs if there are mappings, else all it sees."""
        mappings = self.node.controls.inputs
        if not mappings:
            return visible(task)
        return {
            mapping.target: task.data[mapping.target]
            for mapping in mappings
            if mapping.target in task.data
        }

    def leave(self, task: SpiffTask) -> None:
        """Note it for compensation and send its tokens on."""
        remember(task, self)
        task.flows *= self.node.completion_quantity
        super().leave(task)

    def emptied(self, task: SpiffTask) -> None:
        """The last token inside has gone: compensate what is left, or go on."""
        if work_off(task):
            return
        if TODO in task.internal_data and not task.reached:
            task.workflow.remove(task)  # it was reopened only to be compensated
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
        return self.conclude(task, outputs)


class SendTask(Activity):
    """A task that sends a message and goes on."""

    def effect(self, task: SpiffTask) -> None:
        """Send or throw what it has to."""
        message = self.node.message
        definition = next((e for e in self.node.events if e.kind is EventKind.MESSAGE), None)
        throw_message(task, message or (definition.name if definition else None), self.inputs(task))


def throw_message(task: SpiffTask, name: str | None, given: Mapping[str, object]) -> None:
    """A message leaves the instance with the mapped inputs of its step."""
    if name is None:
        return
    mapped = bool(task.task_spec.node.controls.inputs)
    correlation = task.internal_data.get("correlation")
    task.workflow.changes.append(
        MessageThrown(name, copy_all(given) if mapped else {}, correlation, task.id)
    )


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
