"""Instances over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from opsflow.api.schemas.base import Body, Id, Out, Reason
from opsflow.engine import Step
from opsflow.instances import Delivered, Incident, Instance


class StartIn(Body):
    """What a process is started with."""

    process: Id = Field(description="The key of the process")
    variables: dict[str, Any] = {}
    version: int | None = Field(
        default=None, ge=1, le=2_147_483_647, description="The published one without it"
    )
    business_key: Id | None = None


class InstanceOut(Out):
    """One run of a release."""

    id: str
    process_key: str
    release_id: str
    version: int
    business_key: str | None
    status: Literal["running", "completed", "cancelled"]
    suspended_at: datetime | None
    revision: int
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    end_reason: str | None

    @classmethod
    def of(cls, instance: Instance) -> InstanceOut:
        """What is told of an instance."""
        return cls.model_validate(instance)


class StepOut(Out):
    """Where an instance waits."""

    id: str
    node_id: str
    name: str
    waiting: str | None

    @classmethod
    def of(cls, step: Step) -> StepOut:
        """What is told of a step."""
        waiting = step.waiting.value if step.waiting else None
        return cls(id=step.id, node_id=step.node.id, name=step.node.label, waiting=waiting)


class WhyIn(Body):
    """For what reason."""

    reason: Reason


class NoteIn(Body):
    """For what reason, where there is one to give."""

    reason: Reason = ""


class VariablesIn(Body):
    """Corrected variables; of a step's own scope, or of the instance."""

    variables: dict[str, Any]
    step_id: Id | None = None


class IncidentOut(Out):
    """A step that cannot go on until a human acts."""

    id: str
    instance_id: str
    step_id: str
    node_id: str
    code: str
    message: str
    raised_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None

    @classmethod
    def of(cls, incident: Incident) -> IncidentOut:
        """What is told of an incident."""
        return cls.model_validate(incident)


class MessageIn(Body):
    """A message for the one who waits for it."""

    name: Id
    variables: dict[str, Any] = {}
    correlation: str | int | float | bool | None = Field(
        default=None, description="The value of the receiver's correlation key"
    )
    instance_id: Id | None = None
    keep_seconds: int | None = Field(
        default=None, ge=1, le=366 * 86_400, description="Kept so long where nobody waits yet"
    )


class DeliveredOut(Out):
    """Who took a message; null where it is kept until somebody waits for it."""

    instance_id: str | None
    started: bool

    @classmethod
    def of(cls, delivered: Delivered) -> DeliveredOut:
        """What is told of a delivery."""
        return cls.model_validate(delivered)


class SignalIn(Body):
    """A signal for everybody who waits for it."""

    name: Id
    variables: dict[str, Any] = {}


class CaughtOut(Out):
    """How many caught a signal or started on it."""

    caught: int


class DoneOut(Out):
    """It was done."""

    done: Literal[True] = True
