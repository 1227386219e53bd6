"""What the procedures announce."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from opsflow.events import Actor, InstanceEvent


class StepFacts(TypedDict):
    """The fields that every event of a procedure step has."""

    actor: Actor
    instance_id: str
    task_id: str
    node_id: str
    step_id: str


class DeviationFacts(StepFacts):
    """The fields that every event of a deviation has."""

    deviation_id: str


@dataclass(frozen=True, kw_only=True)
class ProcedureEvent(InstanceEvent):
    """Something about one procedure step (``step_id``) of a task."""

    task_id: str
    node_id: str
    step_id: str


@dataclass(frozen=True, kw_only=True)
class ProcedureStepRecorded(ProcedureEvent):
    """A step was done. ``evidence`` holds the SHA-256 of each file."""

    kind: str
    value: str | None
    number: Decimal | None
    unit: str | None
    minimum: Decimal | None
    maximum: Decimal | None
    evidence: tuple[str, ...]
    note: str | None
    seconds: int


@dataclass(frozen=True, kw_only=True)
class ProcedureStepSkipped(ProcedureEvent):
    """A step was left out."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class DeviationEvent(ProcedureEvent):
    """Something about one deviation."""

    deviation_id: str


@dataclass(frozen=True, kw_only=True)
class DeviationRaised(DeviationEvent):
    """A required step was skipped, or a measure is out of its limits."""

    kind: str
    detail: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeviationAccepted(DeviationEvent):
    """The accountable role lets the work go on with it."""

    comment: str


@dataclass(frozen=True, kw_only=True)
class DeviationSentBack(DeviationEvent):
    """The accountable role wants the step done again."""

    comment: str


@dataclass(frozen=True, kw_only=True)
class DeviationWithdrawn(DeviationEvent):
    """The step was recorded anew before anybody decided."""
