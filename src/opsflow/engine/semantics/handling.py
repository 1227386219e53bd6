"""Errors and escalations find their handler (BPMN 2.0.2 §10.5.7, §13.5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from opsflow.engine.changes import BpmnError, EscalationUncaught
from opsflow.engine.model import EventDefinition, EventKind

if TYPE_CHECKING:
    from opsflow.engine.semantics.catching import Handler
    from opsflow.engine.semantics.token import SpiffTask


def throw_error(task: SpiffTask, error: BpmnError) -> bool:
    """Take an error from a task to the nearest handler; uncaught, it is the task's incident."""
    found = _handler_for(task, EventKind.ERROR, error.code)
    if found is None:
        code = f" {error.code!r}" if error.code else ""
        said = f": {error.message}" if error.message else ""
        task.workflow.stop(task, "error.uncaught", f"nothing handles the error{code}{said}")
        return False
    handler, definition, place = found
    handler.handle(
        place,
        {**error.variables, **_told(definition, error.code, error.message)},
    )
    return True


def throw_escalation(task: SpiffTask, code: str | None, variables: Mapping[str, object]) -> bool:
    """Take an escalation to the nearest handler; uncaught, it is noted and nothing else."""
    found = _handler_for(task, EventKind.ESCALATION, code)
    if found is None:
        task.workflow.changes.append(EscalationUncaught(code, task.id))
        return False
    handler, definition, place = found
    handler.handle(place, {**variables, **_told(definition, code, "")})
    return True


def _told(definition: EventDefinition, code: str | None, message: str) -> Mapping[str, object]:
    """Code and message in the variables that the handler's definition names for them."""
    told: dict[str, object] = {}
    if definition.code_variable:
        told[definition.code_variable] = code
    if definition.message_variable:
        told[definition.message_variable] = message
    return told


def _handler_for(
    task: SpiffTask, kind: EventKind, code: str | None
) -> tuple[Handler, EventDefinition, SpiffTask] | None:
    """The nearest handler outwards, what it catches, and the place that it handles for.

    At each level the boundary of the activity comes first, then the event subprocesses
    beside it. What is thrown inside an event subprocess is not handled by its siblings.
    """
    place: SpiffTask | None = task
    while place is not None:
        spec = place.task_spec
        found = _matching(spec.boundary_handlers(kind), kind, code)
        if found is not None:
            return *found, place
        scope = place.scope
        if scope is not None and not spec.node.triggered_by_event:
            found = _matching(scope.task_spec.inner_handlers(scope, kind), kind, code)
            if found is not None:
                return *found, scope
        place = scope
    return None


def _matching(
    handlers: Iterable[Handler], kind: EventKind, code: str | None
) -> tuple[Handler, EventDefinition] | None:
    """The handler of this code, else one that handles every code."""
    general = None
    for handler in handlers:
        for definition in handler.node.events:
            if definition.kind is not kind:
                continue
            if definition.code is None:
                general = general or (handler, definition)
            elif definition.code == code:
                return handler, definition
    return general
