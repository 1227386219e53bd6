"""Containers: the process itself, subprocesses, event subprocesses and called processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from SpiffWorkflow.specs import WorkflowSpec

from opsflow.engine.changes import Waiting
from opsflow.engine.model import EventKind, Process
from opsflow.engine.semantics.activities import Activity
from opsflow.engine.semantics.catching import Handler, SubProcessStart, listen_in
from opsflow.engine.semantics.element import Element, associated, truth_of, value_of
from opsflow.engine.semantics.scope import visible
from opsflow.engine.semantics.stuck import Stuck
from opsflow.errors import NotFound

if TYPE_CHECKING:
    from opsflow.engine.semantics.token import SpiffTask


class ProcessSpec(WorkflowSpec):
    """The compiled process: its specs by name. ``calls`` gives called processes by key."""

    start: ProcessRoot
    has_start_events = False
    awaited_with: Mapping[str, tuple[Element, ...]]
    """For an event behind a gateway that starts the process and needs all: the others."""
    task_specs: dict[str, Element]

    def __init__(self, process: Process, ref: str, calls: Mapping[str, ProcessSpec]) -> None:
        super().__init__(name=process.id)
        self.process = process
        self.ref = ref
        self.calls = calls
        self.awaited_with = {}


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What opens with a container: where it starts, and the event subprocesses that serve it."""

    starts: tuple[Element, ...]
    catchers: tuple[SubProcessStart, ...] = ()
    handlers: tuple[SubProcessStart, ...] = ()


class Container(Activity):
    """An activity with steps inside it; it is done when the last token inside has gone."""

    holds_variables = True
    plan: Plan

    def plan_of(self, task: SpiffTask) -> Plan:  # noqa: ARG002
        """What is inside it."""
        return self.plan

    def inner_handlers(self, task: SpiffTask, kind: EventKind) -> tuple[Handler, ...]:  # noqa: ARG002
        """Its event subprocesses that are handed what is thrown."""
        return self.plan_of(task).handlers

    def work(self, task: SpiffTask) -> None:
        """Do what this kind of activity does."""
        self.wait(task, Waiting.INSIDE)
        self.open(task)

    def open(self, task: SpiffTask) -> None:
        """Start what is inside."""
        plan = self.plan_of(task)
        listen_in(task, plan.catchers)
        for start in plan.starts:
            start.arrive(task)
        if task.tokens == 0:
            task.workflow.emptied.append(task)

    def open_at(self, task: SpiffTask, start: Element, position: int | None = None) -> None:
        """Start what is inside at one event that has come: a start event, or one that waits.

        ``position`` tells which of its events came.
        """
        listen_in(task, self.plan_of(task).catchers)
        token = task.workflow.new_task(start, task)
        token.internal_data["caught"] = True
        if position is not None:
            token.internal_data["came"] = position
        start._update(token)


class ProcessRoot(Container):
    """The process instance itself."""

    isolates = True

    def emptied(self, task: SpiffTask) -> None:
        """Go on when nothing is left inside."""
        task.workflow.end()


class SubProcess(Container):
    """An embedded subprocess."""


class Transaction(Container):
    """A subprocess that a cancel end event inside it undoes (BPMN 2.0.2 §13.3.8)."""


class AdHocSubProcess(Container):
    """Its activities run once each, all together or one after the other (BPMN 2.0.2 §13.3.6).

    With a completion condition it is done as soon as that holds after an inner activity, and
    not before.
    """

    def open(self, task: SpiffTask) -> None:
        """Start what is inside."""
        listen_in(task, self.plan.catchers)
        names = [start.name for start in self.plan.starts]
        at_once = 1 if self.node.ordering == "Sequential" else len(names)
        task.internal_data["rest"] = names[at_once:]
        for name in names[:at_once]:
            self._wf_spec.task_specs[name].arrive(task)
        if not names:
            task.workflow.emptied.append(task)

    def inner_done(self, task: SpiffTask, inner: SpiffTask) -> None:
        """Look whether that was enough."""
        live = task.workflow
        if self.node.completion_condition is None or task.internal_data.get("enough"):
            return
        if live.attempt(task, self._is_enough, task):
            task.internal_data["enough"] = True
            task.internal_data["rest"] = []
            for other in task.inner_tokens if self.node.cancel_remaining else ():
                if other is not inner:
                    live.cancel_task(other, "the completion condition holds")

    def _is_enough(self, task: SpiffTask) -> bool:
        assert self.node.completion_condition is not None
        return truth_of(
            self.node.completion_condition, visible(task), task.workflow, "the completion condition"
        )

    def emptied(self, task: SpiffTask) -> None:
        """Go on when nothing is left inside."""
        rest = task.internal_data.get("rest")
        if rest:
            self._wf_spec.task_specs[rest.pop(0)].arrive(task)
        else:
            super().emptied(task)

    def conclude(self, task: SpiffTask, outputs: Mapping[str, object]) -> bool:
        """Write its results and choose the flows."""
        unmet = self.node.completion_condition is not None and not task.internal_data.get("enough")
        if unmet and not self._is_enough(task):
            raise Stuck("expression", "all is done, but the completion condition does not hold")
        return super().conclude(task, outputs)


class EventSubProcess(Container):
    """An event subprocess, started by one of its start events (BPMN 2.0.2 §10.3.5)."""

    def open(self, task: SpiffTask) -> None:
        """Start what is inside."""
        listen_in(task, self.plan.catchers)
        start = self._wf_spec.task_specs[task.internal_data["start"]]
        token = task.workflow.new_task(start, task)
        payload = task.internal_data.get("payload")
        if payload:
            token.internal_data["payload"] = payload
        start._update(token)


class CallActivity(Container):
    """A call of another process, which runs as a scope with variables of its own."""

    isolates = True
    copies_out = True

    def called(self) -> ProcessSpec:
        """The compiled process that is called. Raises Stuck where there is none."""
        key = self.node.called or ""
        try:
            found: ProcessSpec = self._wf_spec.calls[key]
        except (KeyError, NotFound) as error:
            raise Stuck("call", f"the called process {key!r} is not there") from error
        return found

    def inner_spec(self) -> ProcessSpec:
        """The called process."""
        return self.called()

    def plan_of(self, task: SpiffTask) -> Plan:  # noqa: ARG002
        """What is inside the called process."""
        return self.called().start.plan

    def take_inputs(self, task: SpiffTask) -> None:
        """Fill the variables of the called process."""
        self.called()
        live = task.workflow
        assert task.scope is not None
        item = dict(task.data)
        outer = {**visible(task.scope), **item}
        outer.update(associated(task.scope, self.node.data_inputs, item))
        mappings = self.node.controls.inputs
        if item:
            task.internal_data["item"] = item
        if not mappings:
            live.admit(outer, {})
            task.data.update(outer)
            return
        task.data.clear()
        for mapping in mappings:
            value = value_of(mapping.source, outer, live, mapping.target)
            outer[mapping.target] = task.data[mapping.target] = value

    def write_outputs(self, task: SpiffTask, outputs: Mapping[str, object]) -> None:
        """Hand out what the called process wrote."""
        controls = self.node.controls
        if controls.outputs or self.node.data_outputs:
            super().write_outputs(task, outputs)
        elif not controls.inputs:
            assert task.scope is not None
            written = task.internal_data.get("written", {})
            changed = {name: task.data[name] for name in task.data if name in written}
            start = self.output_scope(task)
            if start is task:  # an instance of several keeps what is new to itself
                start, outer = task.scope, visible(task.scope)
                changed = {name: value for name, value in changed.items() if name in outer}
            task.workflow.write(start, changed)
