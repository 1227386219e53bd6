"""What the work of a service step came to, and what that does to its instance."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from opsflow.engine import BpmnError, Execution
from opsflow.errors import OpsflowError
from opsflow.instances.contracts import ContractBroken
from opsflow.instances.handlers import Again, Handler, Later, ServiceCall
from opsflow.texts import storable

MESSAGE_LIMIT = 2_000
"""Characters of a foreign error's text that are kept."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The work is done; these variables are its result."""

    variables: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Erred:
    """The work ended in a BPMN error, which the process may handle."""

    code: str | None
    message: str = ""
    variables: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The work could not be done.

    ``retries`` says how often it may still be tried and ``pause`` how long to wait before;
    where they are None the terms of the topic do.
    """

    message: str
    retries: int | None = None
    pause: timedelta | None = None


Result: TypeAlias = Completed | Erred | Failed
"""What moves the instance."""


def attempt(
    handler: Handler,
    call: ServiceCall,
    within: AbstractContextManager[object] | None = None,
) -> Result | Later | Again:
    """Let a handler work, inside the context ``within``; whatever it raises is its result."""
    try:
        with within or nullcontext():
            answer = handler(call)
            return answer if isinstance(answer, Later | Again) else Completed(dict(answer or {}))
    except BpmnError as error:
        return Erred(error.code, error.message, error.variables)
    except ContractBroken as error:
        return Failed(said(str(error)), retries=0)
    except OpsflowError as error:
        return Failed(str(error))
    except Exception as error:
        # A handler is foreign code: whatever it raises is a failure of its step, and what a
        # foreign error says may hold anything.
        return Failed(said(f"{type(error).__name__}: {error}"))


def said(text: str) -> str:
    """A foreign text as it can be kept."""
    return storable(text)[:MESSAGE_LIMIT]


def apply(execution: Execution, step_id: str, result: Result, now: datetime) -> None:
    """Let the step go on by the result; one that cannot be stored is an incident of the step."""
    try:
        match result:
            case Completed(variables):
                execution.complete(step_id, variables, now=now)
            case Erred(code, message, variables):
                execution.throw_error(step_id, code, message, variables, now=now)
            case Failed(message=message):
                execution.fail(step_id, message, now=now)
    except OpsflowError as error:
        execution.fail(step_id, str(error), now=now)
