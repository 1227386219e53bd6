"""Elements that throw events: intermediate throw events and end events (BPMN 2.0.2 §10.5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from opsflow.engine.changes import BpmnError, SignalThrown, Waiting
from opsflow.engine.codec import copy_all
from opsflow.engine.model import EventDefinition, EventKind
from opsflow.engine.semantics.activities import Activity, correlate, throw_message
from opsflow.engine.semantics.compensation import take_over, work_off
from opsflow.engine.semantics.handling import throw_error, throw_escalation

if TYPE_CHECKING:
    from opsflow.engine.semantics.token import SpiffTask


class ThrowEvent(Activity):
    """Throws its events and goes on. What it sends are its mapped inputs, and nothing else."""

    def work(self, task: SpiffTask) -> bool | None:
        """Do what this kind of activity does."""
        task.workflow.reach(task, None)
        correlate(task)
        return None if self._compensates(task) else self.conclude(task, {})

    def _compensates(self, task: SpiffTask) -> bool:
        """Start compensating where it throws compensation and something can be compensated."""
        named = [e.activity for e in self.node.events if e.kind is EventKind.COMPENSATION]
        if not named or not take_over(task, named):
            return False
        task.waiting = Waiting.INSIDE
        work_off(task)
        return True

    def effect(self, task: SpiffTask) -> None:
        """Send or throw what it has to."""
        for event in self.node.events:
            if not task.is_live:
                return
            self.throw(task, event)

    def throw(self, task: SpiffTask, event: EventDefinition) -> None:
        """Throw one event."""
        throw_event(task, event, self.sent(task))


class EndEvent(ThrowEvent):
    """Ends its token; an error end event throws, a terminate end event ends its scope."""

    def work(self, task: SpiffTask) -> bool | None:
        """Do what this kind of activity does."""
        for event in self.node.events:
            if event.kind is EventKind.ERROR:
                return self._throw_error(task, event)
            if event.kind is EventKind.CANCEL:
                return self._cancel(task)
        return super().work(task)

    def _throw_error(self, task: SpiffTask, error: EventDefinition) -> bool:
        """Throw an error, and before it whatever else the event throws; that only once."""
        task.workflow.reach(task, None)
        correlate(task)
        if not task.internal_data.get("thrown"):
            task.internal_data["thrown"] = len(self.node.events) > 1
            for event in self.node.events:
                if task.is_live:
                    self.throw(task, event)
        if task.is_live:
            throw_error(task, BpmnError(error.code, error.name or "", self.sent(task)))
        return False

    def _cancel(self, task: SpiffTask) -> bool | None:
        """Cancel a transaction: withdraw what is open, compensate what is done, then leave."""
        live, scope = task.workflow, task.scope
        assert scope is not None
        live.reach(task, None)
        for other in scope.inner_tokens:
            if other is not task:
                live.cancel_task(other, "the transaction was cancelled")
        if not take_over(task, [None]):
            return self.conclude(task, {})
        task.waiting = Waiting.INSIDE
        work_off(task)
        return None

    def throw(self, task: SpiffTask, event: EventDefinition) -> None:
        """Throw one event."""
        if event.kind is EventKind.TERMINATE:
            terminate(task)
        elif event.kind is EventKind.CANCEL:
            leave_transaction(task)
        else:
            super().throw(task, event)


def throw_event(task: SpiffTask, event: EventDefinition, sent: Mapping[str, object]) -> None:
    """Throw a message, signal or escalation from a step."""
    match event.kind:
        case EventKind.MESSAGE:
            throw_message(task, event.name, sent)
        case EventKind.SIGNAL:
            throw_signal(task, event.name or "", sent)
        case EventKind.ESCALATION:
            throw_escalation(task, event.code, sent)
        case _:
            pass


def terminate(task: SpiffTask) -> None:
    """End the scope of a task at once (BPMN 2.0.2 §13.5.6)."""
    live, scope = task.workflow, task.scope
    assert scope is not None
    if scope is live.root:
        live.ended_by = "terminate"
    live.clear(scope, "terminated")


def leave_transaction(task: SpiffTask) -> None:
    """The transaction around a cancel end event is undone: go on at its cancel boundary."""
    place = task.scope
    assert place is not None
    for handler in place.task_spec.boundary_handlers(EventKind.CANCEL):
        if any(event.kind is EventKind.CANCEL for event in handler.node.events):
            handler.handle(place, {})
            return
    task.workflow.cancel_task(place, "the transaction was cancelled")


def throw_signal(task: SpiffTask, name: str, payload: Mapping[str, object]) -> None:
    """Broadcast a signal: catchers in this instance take it at once, then it leaves."""
    live = task.workflow
    live.broadcast(name, payload)
    live.changes.append(SignalThrown(name, copy_all(payload), task.id))
