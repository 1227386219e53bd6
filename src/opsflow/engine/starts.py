"""What a process starts on by itself: messages, signals and timers (BPMN 2.0.2 §10.5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from opsflow.engine.changes import Waiting
from opsflow.engine.counting import CalendarPort, counting
from opsflow.engine.model import EventDefinition, EventKind, Node, NodeKind, Process
from opsflow.engine.timers import Counting, Schedule, schedule

_KINDS = {
    EventKind.MESSAGE: Waiting.MESSAGE,
    EventKind.SIGNAL: Waiting.SIGNAL,
    EventKind.TIMER: Waiting.TIMER,
}


@dataclass(frozen=True, slots=True)
class StartSubscription:
    """An event that a process starts on. ``position`` tells apart the events of one node.

    ``node`` and ``position`` are what ``Execution.start`` takes as ``at`` and ``position``.
    """

    node: str
    position: int
    kind: Waiting
    name: str | None
    schedule: Schedule | None = None

    @property
    def due_at(self) -> datetime | None:
        """When a timer is due; None for the other kinds."""
        return None if self.schedule is None else self.schedule.due_at


def start_subscriptions(
    process: Process, now: datetime, calendars: CalendarPort | None = None
) -> Iterator[StartSubscription]:
    """Everything that starts the process besides a person, as from ``now``.

    Raises ``TimerInvalid`` for a timer whose value is none.
    """
    for node in _starting(process):
        for position, definition in enumerate(_events(node)):
            if definition.kind in _KINDS:
                count = counting(calendars, process, node, definition)
                yield _subscription(node.id, position, definition, now, count)


def _starting(process: Process) -> Iterator[Node]:
    """The nodes whose events start the process: where the instance then begins."""
    for node in process.inside(process.id):
        if node.kind is NodeKind.START_EVENT:
            yield node
        elif node.instantiate and not node.incoming:
            if node.kind is NodeKind.RECEIVE_TASK:
                yield node
            elif node.kind is NodeKind.EVENT_BASED_GATEWAY:
                for flow in node.outgoing:
                    yield process.nodes[process.flows[flow].target]


def _events(node: Node) -> tuple[EventDefinition, ...]:
    if node.kind is NodeKind.RECEIVE_TASK and not node.events and node.message:
        return (EventDefinition(EventKind.MESSAGE, name=node.message),)
    return node.events


def _subscription(
    node: str,
    position: int,
    definition: EventDefinition,
    now: datetime,
    count: Counting | None,
) -> StartSubscription:
    kind = _KINDS[definition.kind]
    if definition.timer is None or definition.expression is None:
        return StartSubscription(node, position, kind, definition.name)
    value = definition.expression.evaluate({}, now)
    times = schedule(definition.timer, value, now, count)
    return StartSubscription(node, position, kind, None, times)
