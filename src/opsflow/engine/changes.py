"""What one move of an instance did: the engine's only output besides the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from opsflow.engine.model import Node


class BpmnError(Exception):
    """The work at a step ends in an error that the process may handle (BPMN 2.0.2 §10.5.5).

    Raised by scripts and handlers. ``code`` is the error code; a missing one is taken only
    by handlers that catch every error. ``variables`` go to whoever handles it.
    """

    def __init__(
        self,
        code: str | None,
        message: str = "",
        variables: Mapping[str, object] | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.variables = dict(variables or {})
        super().__init__(message or code or "error")


class Waiting(StrEnum):
    """What a step waits for before it goes on."""

    WORK = "work"
    """A person."""
    SERVICE = "service"
    """A handler, by ``node.controls.topic``."""
    MESSAGE = "message"
    SIGNAL = "signal"
    TIMER = "timer"
    CONDITION = "condition"
    SEVERAL = "several"
    """Several events (multiple, parallel multiple, event-based gateway)."""
    INSIDE = "inside"
    """The steps inside it: a subprocess, a call activity, a multi-instance body."""
    JOIN = "join"
    """Other tokens, at a joining gateway."""
    RETRY = "retry"
    """An incident: somebody has to mend its cause and retry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An event that a step listens for.

    ``step`` is the step that takes the event when it comes. For a boundary event that is
    the listening step of the boundary event itself, not the activity.
    """

    step: str
    node: str
    kind: Waiting
    name: str | None = None
    correlation: str | None = None
    """Canonical text of the correlation key's value."""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A place in the diagram that the instance has reached and where it waits.

    ``program`` is the reference of the compiled process the node belongs to: a called
    process has its own. ``parent`` is the step of the enclosing activity, ``None`` at the
    top. ``loop_counter`` counts from 1 in a multi-instance or loop.
    """

    id: str
    node: Node
    waiting: Waiting
    program: str
    parent: str | None = None
    loop_counter: int | None = None


@dataclass(frozen=True, slots=True)
class StepReached:
    """A token came to wait at a step, or an automatic node was entered (``waiting`` None)."""

    step: str
    node: Node
    program: str
    waiting: Waiting | None
    local: Mapping[str, object] = field(default_factory=dict)
    """Variables of the step's own scope: input mappings and the multi-instance item."""
    loop_counter: int | None = None


@dataclass(frozen=True, slots=True)
class StepCompleted:
    """A node finished in the normal way."""

    step: str
    node: Node
    program: str


@dataclass(frozen=True, slots=True)
class StepCancelled:
    """A step was withdrawn: interrupted, lost a race of events, or its scope ended."""

    step: str
    node: Node
    program: str
    reason: str


@dataclass(frozen=True, slots=True)
class VariablesChanged:
    """Variables of a scope took new values; ``scope`` is a step id, ``None`` the instance's own."""

    scope: str | None
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MessageThrown:
    """A message leaves the instance for whoever waits for it."""

    name: str
    variables: Mapping[str, object]
    correlation: str | None
    step: str


@dataclass(frozen=True, slots=True)
class SignalThrown:
    """A signal is broadcast; catchers in this same instance have taken it already."""

    name: str
    variables: Mapping[str, object]
    step: str


@dataclass(frozen=True, slots=True)
class EscalationUncaught:
    """An escalation found no handler; the thrower goes on (BPMN 2.0.2 §10.5.7)."""

    code: str | None
    step: str


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """A step cannot go on until a human acts.

    ``code`` is one of ``error.uncaught``, ``expression``, ``gateway.no-flow``, ``script``,
    ``budget``, ``data``, ``handler``, ``call`` (the called process is missing).
    """

    step: str
    node: Node
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The instance came to its end. ``by``: ``end``, ``terminate`` or ``error``."""

    by: str


Change: TypeAlias = (
    StepReached
    | StepCompleted
    | StepCancelled
    | VariablesChanged
    | MessageThrown
    | SignalThrown
    | EscalationUncaught
    | IncidentRaised
    | Ended
)
