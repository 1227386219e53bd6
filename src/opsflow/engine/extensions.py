"""What a model says beyond BPMN: responsibility, procedure, gates, forms, mappings.

These are plain facts read from the diagram (namespace ``urn:opsflow:bpmn:1`` and the
namespaces of other tools). What they mean is decided by the features that use them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from opsflow.engine.expressions import Expression


@dataclass(frozen=True, slots=True)
class Responsibility:
    """The RACI roles of one task; each tuple holds role names in the order written."""

    responsible: tuple[str, ...] = ()
    accountable: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    consult_required: bool = False
    """Consulted roles must have answered (or their deadline passed) before completion."""
    consult_within: str | None = None
    """ISO 8601 duration after which an unanswered consultation no longer holds the task."""


class ProcedureStepKind(StrEnum):
    """How a procedure step is done, and what it asks for."""

    CHECK = "check"
    CONFIRM = "confirm"
    MEASURE = "measure"
    TEXT = "text"
    FILE = "file"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class ProcedureStep:
    """One step of a task's standard operating procedure."""

    id: str
    kind: ProcedureStepKind
    text: str
    required: bool = True
    unit: str | None = None
    minimum: Expression | None = None
    maximum: Expression | None = None
    evidence: str | None = None
    """``file`` when the step also needs a file as evidence."""
    line: int = 0


class GateRule(StrEnum):
    """How the votes of a gate become its decision."""

    ALL = "all"
    ANY = "any"
    QUORUM = "quorum"
    SEQUENCE = "sequence"


class Rejection(StrEnum):
    """What a rejected gate does with its task."""

    REWORK = "rework"
    FAIL = "fail"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Tier:
    """Further voters of a gate: ``voters`` while ``when`` holds, or whom a decision names."""

    when: Expression | None
    voters: tuple[str, ...]
    decision: str | None = None
    """Key of the decision that names the voters; there is no condition then."""
    otherwise: tuple[str, ...] = ()
    """Who votes where the decision names nobody."""
    line: int = 0

    @property
    def text(self) -> str:
        """What the model writes: the condition, or the key of the decision."""
        return self.decision or (self.when.text if self.when else "")


@dataclass(frozen=True, slots=True)
class Gate:
    """An approval before (``entry``) or after (``exit``) the work of a task."""

    id: str
    at: str
    rule: GateRule
    voters: tuple[str, ...]
    votes: int | None = None
    """How many approvals a quorum needs."""
    veto: tuple[str, ...] = ()
    """Roles whose single rejection decides."""
    tiers: tuple[Tier, ...] = ()
    on_reject: Rejection = Rejection.REWORK
    error_code: str | None = None
    """BPMN error thrown when ``on_reject`` is ``fail``."""
    outcome: str | None = None
    """Variable that takes ``approved`` or ``rejected`` when the gate has decided."""
    performer_may_vote: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class SeparationOfDuties:
    """Two or more tasks that one person may not both do in one instance."""

    tasks: tuple[str, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class SearchAttribute:
    """A variable that instances can be searched by. ``type``: text, number, date or boolean."""

    name: str
    type: str = "text"
    line: int = 0


@dataclass(frozen=True, slots=True)
class Mapping:
    """One input or output mapping: ``target`` takes the value of ``source``."""

    source: Expression
    target: str


@dataclass(frozen=True, slots=True)
class CalledDecision:
    """The decision that a business rule task asks, by key, and the variable that takes its value.

    Without a ``result`` the value is named like the decision.
    """

    key: str
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who other tools' attributes offer a task to, and when it is due.

    Each expression gives a text, or for the candidates a text or list of texts.
    """

    assignee: Expression | None = None
    candidate_users: tuple[Expression, ...] = ()
    candidate_groups: tuple[Expression, ...] = ()
    due: Expression | None = None
    follow_up: Expression | None = None
    priority: Expression | None = None


class Act(StrEnum):
    """What a rung of a service level does."""

    REMIND = "remind"
    """Whoever has the task, or could take it, is reminded."""
    REASSIGN = "reassign"
    """It is taken away, and offered again."""
    TELL = "tell"
    """The accountable role is told."""


class Anchor(StrEnum):
    """From where the time of a rung is counted."""

    OPENED = "at"
    BEFORE_DUE = "before"
    AFTER_DUE = "after"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of a ladder: after which time what is done about an open task."""

    act: Act
    anchor: Anchor
    time: str
    """ISO 8601 duration from the anchor on."""
    to: str | None = None
    """The role that a reassigned task is offered to; None: every responsible role."""
    every: str | None = None
    """ISO 8601 duration after which it is done again."""
    times: int | None = None
    """How often it is done in all; None with ``every``: until the task is over."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """By when a task is due after it was opened, and the ladder of what is done about it."""

    due: str | None = None
    """ISO 8601 duration; None where the task says its due date itself, or has none."""
    calendar: str | None = None
    rungs: tuple[Rung, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class TaskControls:
    """Everything a task carries beyond its BPMN meaning."""

    responsibility: Responsibility | None = None
    procedure: tuple[ProcedureStep, ...] = ()
    gates: tuple[Gate, ...] = ()
    form: str | None = None
    """Reference of the form: a package path such as ``forms/request.json``, or a key."""
    form_schema: str | None = None
    """JSON Schema text written inside the diagram."""
    topic: str | None = None
    """Which handler does a service task."""
    decision: CalledDecision | None = None
    """What a business rule task asks instead of a handler."""
    inputs: tuple[Mapping, ...] = ()
    outputs: tuple[Mapping, ...] = ()
    assignment: Assignment = field(default_factory=Assignment)
    calendar: str | None = None
    """The calendar that the durations of its due and follow-up dates are counted in."""
    service_level: ServiceLevel | None = None
    instructions: str | None = None
    cautions: str | None = None

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers of all its gates."""
        return tuple(tier for gate in self.gates for tier in gate.tiers)


@dataclass(frozen=True, slots=True)
class ProcessControls:
    """Defaults and rules written on the process element."""

    responsibility: Responsibility | None = None
    """Roles for every task that names none of the kind itself."""
    separation: tuple[SeparationOfDuties, ...] = ()
    search: tuple[SearchAttribute, ...] = ()
    calendar: str | None = None
    """The calendar of every duration that names none itself."""
    service_level: ServiceLevel | None = None
    """That of every task that has none itself."""
    owner: str | None = None
    review_date: str | None = None
