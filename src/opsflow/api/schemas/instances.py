"""Instances over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from opsflow.api.schemas.base import Body, Id, Out, Reason, example
from opsflow.engine import Step
from opsflow.instances import Delivered, Incident, Instance


class StartIn(Body):
    """What a process is started with."""

    model_config = example(process="procurement", business_key="PR-901", variables={"amount": 4200})

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

    model_config = example(reason="The budget is frozen")

    reason: Reason


class NoteIn(Body):
    """For what reason, where there is one to give."""

    model_config = example(reason="It thawed")

    reason: Reason = ""


class VariablesIn(Body):
    """Corrected variables; of a step's own scope, or of the instance."""

    model_config = example(variables={"amount": 4300})

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
    note: str | None

    @classmethod
    def of(cls, incident: Incident) -> IncidentOut:
        """What is told of an incident."""
        return cls.model_validate(incident)


class MessageIn(Body):
    """A message for the one who waits for it."""

    model_config = example(
        name="goods_received", correlation="PR-901", variables={"quantity": 600}, keep_seconds=86400
    )

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

    model_config = example(name="year_end", variables={"year": 2026})

    name: Id
    variables: dict[str, Any] = {}


class CaughtOut(Out):
    """How many caught a signal or started on it."""

    caught: int


class DoneOut(Out):
    """It was done."""

    done: Literal[True] = True
