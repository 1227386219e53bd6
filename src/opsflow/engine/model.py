"""What a BPMN file says, as frozen data: the only input of compilation and of the checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from opsflow.engine.document import Document
from opsflow.engine.expressions import Expression
from opsflow.engine.extensions import ProcessControls, TaskControls
from opsflow.findings import Finding


class NodeKind(StrEnum):
    """The BPMN element names of flow nodes (BPMN 2.0.2 §10)."""

    START_EVENT = "startEvent"
    END_EVENT = "endEvent"
    CATCH_EVENT = "intermediateCatchEvent"
    THROW_EVENT = "intermediateThrowEvent"
    BOUNDARY_EVENT = "boundaryEvent"
    TASK = "task"
    USER_TASK = "userTask"
    MANUAL_TASK = "manualTask"
    SCRIPT_TASK = "scriptTask"
    SERVICE_TASK = "serviceTask"
    SEND_TASK = "sendTask"
    RECEIVE_TASK = "receiveTask"
    BUSINESS_RULE_TASK = "businessRuleTask"
    CALL_ACTIVITY = "callActivity"
    SUB_PROCESS = "subProcess"
    TRANSACTION = "transaction"
    AD_HOC_SUB_PROCESS = "adHocSubProcess"
    EXCLUSIVE_GATEWAY = "exclusiveGateway"
    PARALLEL_GATEWAY = "parallelGateway"
    INCLUSIVE_GATEWAY = "inclusiveGateway"
    EVENT_BASED_GATEWAY = "eventBasedGateway"
    COMPLEX_GATEWAY = "complexGateway"


EVENTS = frozenset(
    {
        NodeKind.START_EVENT,
        NodeKind.END_EVENT,
        NodeKind.CATCH_EVENT,
        NodeKind.THROW_EVENT,
        NodeKind.BOUNDARY_EVENT,
    }
)
GATEWAYS = frozenset(
    {
        NodeKind.EXCLUSIVE_GATEWAY,
        NodeKind.PARALLEL_GATEWAY,
        NodeKind.INCLUSIVE_GATEWAY,
        NodeKind.EVENT_BASED_GATEWAY,
        NodeKind.COMPLEX_GATEWAY,
    }
)
SUB_PROCESSES = frozenset({NodeKind.SUB_PROCESS, NodeKind.TRANSACTION, NodeKind.AD_HOC_SUB_PROCESS})
ACTIVITIES = frozenset(NodeKind) - EVENTS - GATEWAYS


class EventKind(StrEnum):
    """The kinds of event definition (BPMN 2.0.2 §10.5.5)."""

    MESSAGE = "message"
    TIMER = "timer"
    SIGNAL = "signal"
    ERROR = "error"
    ESCALATION = "escalation"
    CONDITIONAL = "conditional"
    COMPENSATION = "compensation"
    LINK = "link"
    CANCEL = "cancel"
    TERMINATE = "terminate"


class TimerKind(StrEnum):
    """Which of the three forms a timer has."""

    DATE = "timeDate"
    DURATION = "timeDuration"
    CYCLE = "timeCycle"


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One event definition, its reference resolved.

    ``name`` is the message's, signal's, error's, escalation's or link's name; ``code``
    the error or escalation code. A missing code catches every error or escalation.
    """

    kind: EventKind
    name: str | None = None
    code: str | None = None
    timer: TimerKind | None = None
    calendar: str | None = None
    """The calendar that the duration or cycle of a timer is counted in."""
    expression: Expression | None = None
    """The timer's value (an ISO 8601 text or FEEL) or the condition."""
    correlation: Expression | None = None
    """FEEL value that a message must carry as its correlation key."""
    activity: str | None = None
    """Id of the activity to compensate; ``None`` means the whole scope."""
    code_variable: str | None = None
    """Variable that takes the code of the error or escalation that is caught."""
    message_variable: str | None = None
    """Variable that takes the message of the error that is caught."""
    declared: bool = False
    """Whether it names a message, signal, error or escalation, found or not."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """``standardLoopCharacteristics`` (BPMN 2.0.2 §10.3.8)."""

    condition: Expression | None
    test_before: bool = False
    maximum: int | None = None


class Behavior(StrEnum):
    """When a multi-instance throws an event as its instances end (BPMN 2.0.2 table 10.33)."""

    ALL = "All"
    """Never."""
    NONE = "None"
    """At each instance."""
    ONE = "One"
    """At the first."""
    COMPLEX = "Complex"
    """At each instance where a condition holds."""


@dataclass(frozen=True, slots=True)
class ImplicitThrow:
    """An event that a multi-instance throws as an instance ends, where its condition holds."""

    event: EventDefinition
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """``multiInstanceLoopCharacteristics`` (BPMN 2.0.2 §10.3.8)."""

    sequential: bool
    cardinality: Expression | None = None
    collection: Expression | None = None
    element: str | None = None
    """Variable that holds the item in each instance."""
    completion: Expression | None = None
    output_collection: str | None = None
    output_element: Expression | None = None
    behavior: Behavior = Behavior.ALL
    throws: tuple[ImplicitThrow, ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """A sequence flow; ``id`` is made up (``source->target#n``) where the file gives none."""

    id: str
    source: str
    target: str
    condition: Expression | None = None
    name: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class DataAssociation:
    """Data that flows into or out of a node (BPMN 2.0.2 §10.4.2): variables by their names.

    ``value`` is what the target takes: the transformation or an assignment; without one it
    is the value of the only source.
    """

    target: str
    sources: tuple[str, ...] = ()
    value: Expression | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node. ``incoming`` and ``outgoing`` hold flow ids in document order."""

    id: str
    kind: NodeKind
    name: str | None
    scope: str
    """Id of the process or subprocess that contains it."""
    line: int
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    default: str | None = None
    events: tuple[EventDefinition, ...] = ()
    """Of an event; of a send or receive task the message it refers to."""
    parallel_multiple: bool = False
    attached_to: str | None = None
    interrupting: bool = True
    """``cancelActivity`` of a boundary event, ``isInterrupting`` of a start event."""
    triggered_by_event: bool = False
    """An event subprocess."""
    loop: StandardLoop | MultiInstance | None = None
    for_compensation: bool = False
    start_quantity: int = 1
    completion_quantity: int = 1
    instantiate: bool = False
    event_gateway_type: str = "Exclusive"
    script: str | None = None
    script_language: str | None = None
    called: str | None = None
    """Key of the process or id of the global task that a call activity calls."""
    message: str | None = None
    """Name of the message that a send or receive task refers to."""
    completion_condition: Expression | None = None
    """Of an ad-hoc subprocess."""
    ordering: str = "Parallel"
    cancel_remaining: bool = True
    activation_condition: Expression | None = None
    """Of a complex gateway."""
    lane: str | None = None
    """Name of the innermost lane that holds the node."""
    documentation: str | None = None
    data_inputs: tuple[DataAssociation, ...] = ()
    data_outputs: tuple[DataAssociation, ...] = ()
    controls: TaskControls = field(default_factory=TaskControls)

    @property
    def label(self) -> str:
        """Its name, or its id where it has none."""
        return self.name or self.id

    @property
    def is_human(self) -> bool:
        """Whether a person does it.

        A plain or manual task is passed through (BPMN 2.0.2 §13.3.3: not managed by the
        engine) unless the model gives it a responsibility, a procedure or a gate.
        """
        if self.kind is NodeKind.USER_TASK:
            return True
        if self.kind not in (NodeKind.MANUAL_TASK, NodeKind.TASK):
            return False
        return bool(self.controls.responsibility or self.controls.procedure or self.controls.gates)


@dataclass(frozen=True, slots=True)
class DataObject:
    """A data object or property of a scope."""

    id: str
    name: str | None
    scope: str
    collection: bool = False


@dataclass(frozen=True, slots=True)
class Association:
    """An association between two elements; compensation handlers hang on these."""

    source: str
    target: str


@dataclass(frozen=True)
class Process:
    """One process of a file: its nodes and flows, subprocess contents included.

    ``nodes`` and ``flows`` are in document order; ``nodes[id].scope`` tells the scope,
    which is the process id for the outermost one.
    """

    id: str
    name: str | None
    line: int
    executable: bool
    nodes: Mapping[str, Node]
    flows: Mapping[str, SequenceFlow]
    data_objects: tuple[DataObject, ...] = ()
    associations: tuple[Association, ...] = ()
    documentation: str | None = None
    controls: ProcessControls = field(default_factory=ProcessControls)

    def inside(self, scope: str) -> Iterator[Node]:
        """The nodes directly in a scope, in document order."""
        return (node for node in self.nodes.values() if node.scope == scope)

    def calendar_of(self, definition: EventDefinition) -> str | None:
        """The calendar that a timer is counted in: its own, or that of the process."""
        return definition.calendar or self.controls.calendar

    def roles_of(self, node: Node) -> tuple[str, ...]:
        """Whose node it is, or whose the activity that it is attached to; the owner last.

        The calendar ``unit`` is that of the first of them that belongs to a unit.
        """
        place = self.nodes.get(node.attached_to or "") or node
        own, defaults = place.controls.responsibility, self.controls.responsibility
        named = (own.responsible if own else ()) or (defaults.responsible if defaults else ())
        further = tuple(role for role in (place.lane, self.controls.owner) if role)
        return tuple(dict.fromkeys(named + further))

    def boundary_of(self, activity: str) -> Iterator[Node]:
        """The boundary events attached to an activity, in document order."""
        return (node for node in self.nodes.values() if node.attached_to == activity)


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane, and the ids of the nodes that lie in it."""

    id: str
    name: str | None
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """A whole file: its processes and what they share."""

    processes: Mapping[str, Process]
    messages: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What was remarked while reading: translated expressions, extensions not used."""
    document: Document | None = field(default=None, compare=False, repr=False)
    """The file itself, for rules about what is in no process; None for a model built in code."""
