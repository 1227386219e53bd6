"""Which kinds of event may stand where (BPMN 2.0.2 table 10.93)."""

from __future__ import annotations

from enum import StrEnum

from opsflow.engine.model import EventKind, Node, NodeKind, Process

_MESSAGE, _TIMER, _SIGNAL = EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL
_ERROR, _ESCALATION = EventKind.ERROR, EventKind.ESCALATION
_CONDITIONAL, _COMPENSATION = EventKind.CONDITIONAL, EventKind.COMPENSATION
_LINK, _CANCEL, _TERMINATE = EventKind.LINK, EventKind.CANCEL, EventKind.TERMINATE


class Position(StrEnum):
    """Where an event stands."""

    START = "the start of a process"
    SUB_PROCESS_START = "the start of an embedded subprocess"
    INTERRUPTING_START = "the interrupting start of an event subprocess"
    OTHER_START = "the non-interrupting start of an event subprocess"
    CATCH = "a catching intermediate event"
    THROW = "a throwing intermediate event"
    INTERRUPTING_BOUNDARY = "an interrupting boundary event"
    OTHER_BOUNDARY = "a non-interrupting boundary event"
    END = "an end event"


_ALWAYS = frozenset({_MESSAGE, _TIMER, _CONDITIONAL, _SIGNAL})

ALLOWED: dict[Position, frozenset[EventKind]] = {
    Position.START: _ALWAYS,
    Position.SUB_PROCESS_START: frozenset(),
    Position.INTERRUPTING_START: _ALWAYS | {_ERROR, _ESCALATION, _COMPENSATION},
    Position.OTHER_START: _ALWAYS | {_ESCALATION},
    Position.CATCH: _ALWAYS | {_LINK},
    Position.THROW: frozenset({_MESSAGE, _SIGNAL, _ESCALATION, _COMPENSATION, _LINK}),
    Position.INTERRUPTING_BOUNDARY: _ALWAYS | {_ERROR, _ESCALATION, _CANCEL, _COMPENSATION},
    Position.OTHER_BOUNDARY: _ALWAYS | {_ESCALATION},
    Position.END: frozenset(
        {_MESSAGE, _SIGNAL, _ERROR, _ESCALATION, _CANCEL, _COMPENSATION, _TERMINATE}
    ),
}

WITHOUT_DEFINITION = frozenset(
    {Position.START, Position.SUB_PROCESS_START, Position.THROW, Position.END}
)
"""Where an event without a definition, a none event, may stand."""


def position_of(process: Process, node: Node) -> Position:
    """Where an event stands. A compensation boundary counts as interrupting either way."""
    if node.kind is NodeKind.START_EVENT:
        return _start_position(process, node)
    if node.kind is NodeKind.BOUNDARY_EVENT:
        interrupts = node.interrupting or any(e.kind is _COMPENSATION for e in node.events)
        return Position.INTERRUPTING_BOUNDARY if interrupts else Position.OTHER_BOUNDARY
    return {
        NodeKind.CATCH_EVENT: Position.CATCH,
        NodeKind.THROW_EVENT: Position.THROW,
        NodeKind.END_EVENT: Position.END,
    }[node.kind]


def _start_position(process: Process, node: Node) -> Position:
    around = process.nodes.get(node.scope)
    if around is None:
        return Position.START
    if not around.triggered_by_event:
        return Position.SUB_PROCESS_START
    return Position.INTERRUPTING_START if node.interrupting else Position.OTHER_START
