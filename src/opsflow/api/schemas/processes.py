"""Processes and their releases over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from opsflow.api.schemas.base import Body, Id, Out
from opsflow.definitions import (
    DecisionRelease,
    Deployment,
    FileInfo,
    Owner,
    ProcessSummary,
    Release,
    ReleaseOutline,
    TaskOutline,
)
from opsflow.engine import Gate, ProcedureStep
from opsflow.findings import Finding, Severity
from opsflow.responsibility import Row, Shortage, Source


class FindingOut(Out):
    """A remark of a check: what, where, and how to mend it."""

    severity: Severity
    rule: str
    message: str
    hint: str
    element: str | None
    name: str | None
    line: int
    file: str | None

    @classmethod
    def of(cls, finding: Finding) -> FindingOut:
        """What is told of a finding."""
        return cls.model_validate(finding)


class CheckOut(Out):
    """What a check has to say; ``deployable`` when nothing of it is an error."""

    deployable: bool
    findings: list[FindingOut]


class ReleaseOut(Out):
    """An immutable version of a process."""

    id: str
    process_key: str
    version: int
    name: str
    content_hash: str
    mode: Literal["matrix", "open"]
    deployed_at: datetime
    deployed_by: str
    published_at: datetime | None
    published_by: str | None

    @classmethod
    def of(cls, release: Release) -> ReleaseOut:
        """What is told of a release."""
        return cls.model_validate(release)


class DecisionReleaseOut(Out):
    """An immutable version of a decision."""

    id: str
    decision_key: str
    version: int
    deployed_at: datetime
    deployed_by: str
    published_at: datetime | None

    @classmethod
    def of(cls, release: DecisionRelease) -> DecisionReleaseOut:
        """What is told of a release of a decision."""
        return cls.model_validate(release)


class DeploymentOut(Out):
    """What a deployment came to."""

    created: bool = Field(description="False when this content was deployed before")
    releases: list[ReleaseOut]
    decisions: list[DecisionReleaseOut]
    findings: list[FindingOut] = Field(description="Warnings and information")

    @classmethod
    def of(cls, deployment: Deployment) -> DeploymentOut:
        """What is told of a deployment."""
        return cls.model_validate(deployment)


class ProcessOut(Out):
    """A process."""

    key: str
    name: str
    created_at: datetime
    latest_version: int
    published_version: int | None
    published_at: datetime | None
    published_by: str | None
    owners: list[str]

    @classmethod
    def of(cls, summary: ProcessSummary) -> ProcessOut:
        """What is told of a process."""
        return cls.model_validate(summary)


class OwnerIn(Body):
    """With whom a process is shared."""

    person: Id


class OwnerOut(Out):
    """Who may deploy and publish."""

    person: str
    added_by: str
    added_at: datetime

    @classmethod
    def of(cls, owner: Owner) -> OwnerOut:
        """What is told of an owner."""
        return cls.model_validate(owner)


class FileOut(Out):
    """A file of a release."""

    path: str
    size: int
    sha256: str

    @classmethod
    def of(cls, file: FileInfo) -> FileOut:
        """What is told of a file."""
        return cls.model_validate(file)


class RowOut(Out):
    """The roles of one task in the matrix (RACI)."""

    node_id: str
    label: str
    responsible: list[str]
    accountable: list[str]
    consulted: list[str]
    informed: list[str]
    consult_required: bool
    consult_within: str | None
    voters: list[str]
    users: list[str]
    source: Source

    @classmethod
    def of(cls, row: Row) -> RowOut:
        """What is told of a row."""
        return cls.model_validate(row)


class StepOutlineOut(Out):
    """A procedure step, as written; limits are FEEL."""

    id: str
    kind: str
    text: str
    required: bool
    unit: str | None
    minimum: str | None
    maximum: str | None
    evidence: str | None

    @classmethod
    def of(cls, step: ProcedureStep) -> StepOutlineOut:
        """What a release says of a step."""
        return cls(
            id=step.id,
            kind=step.kind.value,
            text=step.text,
            required=step.required,
            unit=step.unit,
            minimum=step.minimum.text if step.minimum else None,
            maximum=step.maximum.text if step.maximum else None,
            evidence=step.evidence,
        )


class GateOutlineOut(Out):
    """A gate, as written."""

    id: str
    at: str
    rule: str
    voters: list[str]

    @classmethod
    def of(cls, gate: Gate) -> GateOutlineOut:
        """What a release says of a gate."""
        return cls(id=gate.id, at=gate.at, rule=gate.rule.value, voters=list(gate.voters))


class TaskOutlineOut(Out):
    """What a release says about one human task."""

    node_id: str
    name: str
    kind: str
    lane: str | None
    documentation: str | None
    instructions: str | None
    cautions: str | None
    procedure: list[StepOutlineOut]
    gates: list[GateOutlineOut]
    form: str | None
    form_schema: dict[str, Any] | None

    @classmethod
    def of(cls, task: TaskOutline) -> TaskOutlineOut:
        """What is told of a task's outline."""
        names = ("node_id", "name", "kind", "lane", "documentation", "instructions", "cautions")
        return cls(
            **{name: getattr(task, name) for name in names},
            procedure=[StepOutlineOut.of(step) for step in task.procedure],
            gates=[GateOutlineOut.of(gate) for gate in task.gates],
            form=task.form,
            form_schema=dict(task.form_schema) if task.form_schema else None,
        )


class OutlineOut(Out):
    """What a release says besides its diagram and its matrix."""

    release_id: str
    key: str
    version: int
    name: str
    documentation: str | None
    owner: str | None
    review_date: str | None
    tasks: list[TaskOutlineOut]
    forms: dict[str, dict[str, Any]]
    separation: list[list[str]]
    search: dict[str, str]
    calls: dict[str, str]
    decisions: dict[str, str]

    @classmethod
    def of(cls, outline: ReleaseOutline) -> OutlineOut:
        """What is told of an outline."""
        names = cls.model_fields.keys() - {"tasks", "separation"}
        return cls(
            **{name: getattr(outline, name) for name in names},
            tasks=[TaskOutlineOut.of(task) for task in outline.tasks],
            separation=[list(pair) for pair in outline.separation],
        )


class ShortageOut(Out):
    """Why some task cannot be done by the people there are."""

    rule: str
    tasks: list[str]
    reason: str

    @classmethod
    def of(cls, shortage: Shortage) -> ShortageOut:
        """What is told of a shortage."""
        return cls.model_validate(shortage)
