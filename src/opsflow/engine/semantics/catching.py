"""Elements that catch events: intermediate events, boundary events, event subprocess starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opsflow.engine.changes import Waiting
from opsflow.engine.model import EventDefinition, EventKind
from opsflow.engine.semantics.element import Element
from opsflow.engine.semantics.listening import (
    WAITING,
    add_listener,
    again,
    holds,
    listen,
    waiting_for,
)

if TYPE_CHECKING:
    from opsflow.engine.model import Node
    from opsflow.engine.semantics.process import EventSubProcess, ProcessSpec
    from opsflow.engine.semantics.token import SpiffTask

    Payload = Mapping[str, object]


class Catcher(Element):
    """An element that can listen. ``definitions`` are the events that come from outside."""

    definitions: tuple[EventDefinition, ...] = ()

    def __init__(self, spec: ProcessSpec, name: str, node: Node) -> None:
        super().__init__(spec, name, node)
        self.definitions = self.events_to_hear(node)

    def events_to_hear(self, node: Node) -> tuple[EventDefinition, ...]:
        """The definitions that need a listener; errors and the like are handed over directly."""
        return tuple(event for event in node.events if event.kind in WAITING)

    def _on_trigger(self, task: SpiffTask, *args: Any) -> None:
        """An event has come for a listening task; ``args`` holds its variables."""
        payload: Payload = args[0] if args else {}
        if "part" in task.internal_data:
            self._part_came(task, payload)
        else:
            self.caught(task, payload)

    def _part_came(self, part: SpiffTask, payload: Payload) -> None:
        """One of several events: any will do, or each must have come (parallel multiple)."""
        host = part.scope
        assert host is not None
        if not self.node.parallel_multiple:
            if host.listener and not self.node.interrupting and not again(part):
                part.workflow.remove(part)
            self.caught(host, payload)
            return
        gathered = {**host.internal_data.get("gathered", {}), **payload}
        host.internal_data["gathered"] = gathered
        part.workflow.remove(part)
        if not host._children:
            host.internal_data.pop("gathered")
            self.caught(host, gathered)

    def caught(self, task: SpiffTask, payload: Payload) -> None:
        """What it listened for has come."""
        raise NotImplementedError

    def look(self, task: SpiffTask) -> None:
        """Catch where the condition has become true."""
        live = task.workflow
        before = task.internal_data.get("held", False)
        now = live.attempt(task, holds, task)
        if task.incident is None:
            task.internal_data["held"] = bool(now)
            if now and not before:
                task.trigger({})

    def retry(self, task: SpiffTask) -> None:
        """Listen again where a listener could not listen."""
        if not task.listener or task.pending is not None:
            super().retry(task)
            return
        part = task.internal_data.get("part")
        heard = self.definitions if part is None else (self.definitions[part],)
        add_listener(task, heard)


class CatchEvent(Catcher):
    """An intermediate catch event, also as a target of an event-based gateway."""

    def _on_ready(self, task: SpiffTask) -> None:
        task.workflow.urgent.append(task)

    def _run_hook(self, task: SpiffTask) -> bool | None:
        live = task.workflow
        if not self.definitions or task.internal_data.pop("caught", False):
            live.reach(task, None)
            return self.conclude(task, task.internal_data.get("payload", {}))
        listen(task, self.definitions)
        live.reach(task, waiting_for(self.definitions))
        return None

    def caught(self, task: SpiffTask, payload: Payload) -> None:
        """Go on with what has come."""
        if task.listener:
            gateway = task.scope
            assert gateway is not None
            gateway.task_spec.won(gateway, self, payload)
        else:
            task.workflow.finish(task, payload)


class Handler(Catcher):
    """An element that handles events for an activity or a scope."""

    def handle(self, place: SpiffTask, payload: Payload) -> None:
        """Take the event for the activity or scope ``place``."""
        raise NotImplementedError

    def caught(self, task: SpiffTask, payload: Payload) -> None:
        """Go on with what has come."""
        place = task.scope
        assert place is not None
        live = task.workflow
        if not self.node.interrupting:
            self._listen_again(task)
        self.handle(place, payload)
        if self.node.interrupting and task.is_live:
            live.remove(task)

    def _listen_again(self, task: SpiffTask) -> None:
        live = task.workflow
        if task.waiting is not Waiting.SEVERAL:
            if not again(task):
                live.remove(task)
        elif self.node.parallel_multiple:
            add_listener(task, self.definitions)
        elif not task._children:
            live.remove(task)


class BoundaryEvent(Handler):
    """A boundary event: listens beside its activity, and becomes a token when it catches."""

    serves_boundary = True

    def _run_hook(self, task: SpiffTask) -> bool | None:
        task.workflow.reach(task, None)
        return self.conclude(task, task.internal_data.get("payload", {}))

    def handle(self, place: SpiffTask, payload: Payload) -> None:
        """Take the event for the activity or scope."""
        live, scope = place.workflow, place.scope
        assert scope is not None
        token = live.new_task(self, scope)
        if payload:
            token.internal_data["payload"] = payload
        if self.node.interrupting or self._always_interrupts():
            live.cancel_task(place, f"interrupted by {self.node.label}")
        self._update(token)

    def _always_interrupts(self) -> bool:
        return any(event.kind in (EventKind.ERROR, EventKind.CANCEL) for event in self.node.events)


class SubProcessStart(Handler):
    """The start event of an event subprocess: listens in the scope that the subprocess serves."""

    owner: EventSubProcess

    def _run_hook(self, task: SpiffTask) -> bool | None:
        task.workflow.reach(task, None)
        return self.conclude(task, task.internal_data.get("payload", {}))

    def handle(self, place: SpiffTask, payload: Payload) -> None:
        """Take the event for the activity or scope."""
        live = place.workflow
        sub = live.new_task(self.owner, place)
        sub.internal_data["start"] = self.name
        if payload:
            sub.internal_data["payload"] = payload
        if self.node.interrupting:
            self._interrupt(place, sub)
        self.owner._update(sub)

    def _interrupt(self, place: SpiffTask, sub: SpiffTask) -> None:
        for child in place.children:
            kept = child is sub or (child.listener and child.task_spec.serves_boundary)
            if not kept:
                place.workflow.cancel_task(child, f"interrupted by {self.node.label}")


def listen_in(place: SpiffTask, catchers: tuple[Catcher, ...]) -> None:
    """Start the listeners that serve an activity or a scope."""
    for catcher in catchers:
        listener = place.workflow.new_task(catcher, place, listener=True)
        add_listener(listener, catcher.definitions)
