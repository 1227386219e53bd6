"""Procedures over HTTP: steps, evidence, deviations."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from opsflow.api.schemas.base import Body, Out, Reason, Text
from opsflow.api.values import shown
from opsflow.engine import ProcedureStepKind
from opsflow.sop import Deviation, Evidence, StepStatus

Number = Annotated[Decimal, PlainSerializer(shown, return_type=int | float | str)]


class RecordIn(Body):
    """What was done at a step: a number for a measure, a text, the own name for a signature."""

    value: bool | Decimal | Annotated[str, Field(max_length=10_000)] | None = None
    reason: Reason | None = Field(
        default=None, description="Needed where a measure is out of its limits"
    )


class SkipIn(Body):
    """Why a step is left out."""

    reason: Reason


class DecisionIn(Body):
    """What the accountable role says about a deviation."""

    comment: Text = ""


class EvidenceOut(Out):
    """A file that proves what was recorded."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str

    @classmethod
    def of(cls, evidence: Evidence) -> EvidenceOut:
        """What is told of a piece of evidence."""
        return cls.model_validate(evidence)


class DeviationOut(Out):
    """A step that was skipped or measured out of its limits."""

    id: str
    task_id: str
    instance_id: str
    step_id: str
    kind: Literal["out_of_limits", "skipped"]
    detail: str
    reason: str
    raised_by: str
    on_behalf_of: str | None
    raised_at: datetime
    state: Literal["open", "accepted", "sent_back", "withdrawn"]
    decided_by: str | None
    decided_role: str | None
    decided_at: datetime | None
    comment: str | None

    @classmethod
    def of(cls, deviation: Deviation) -> DeviationOut:
        """What is told of a deviation."""
        return cls.model_validate(deviation)


class RecordOut(Out):
    """What was recorded at a step."""

    value: str | None
    number: Number | None
    unit: str | None
    note: str | None
    person: str
    role: str | None
    on_behalf_of: str | None
    at: datetime
    seconds: int
    round: int


class StepOut(Out):
    """One step of a task's procedure, and where it stands."""

    id: str
    kind: ProcedureStepKind
    text: str
    required: bool
    unit: str | None
    needs_file: bool
    minimum: Number | None
    maximum: Number | None
    state: Literal["open", "done", "skipped"]
    waits_for: list[str]
    missing: str | None
    record: RecordOut | None
    evidence: list[EvidenceOut]
    deviation: DeviationOut | None

    @classmethod
    def of(cls, status: StepStatus) -> StepOut:
        """What is told of a step."""
        step, record, deviation = status.step, status.record, status.deviation
        return cls(
            id=step.id,
            kind=step.kind,
            text=step.text,
            required=step.required,
            unit=step.unit,
            needs_file=step.evidence == "file" or step.kind is ProcedureStepKind.FILE,
            minimum=status.limits.minimum,
            maximum=status.limits.maximum,
            state=status.state.value,
            waits_for=list(status.waits_for),
            missing=status.missing,
            record=RecordOut.model_validate(record) if record else None,
            evidence=[EvidenceOut.of(each) for each in status.evidence],
            deviation=DeviationOut.of(deviation) if deviation else None,
        )
