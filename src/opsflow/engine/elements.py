"""The elements of BPMN 2.0.2, and what becomes of each: what the reference is written from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from opsflow.engine import capabilities
from opsflow.engine.model import ACTIVITIES, EVENTS, EventKind, NodeKind
from opsflow.engine.rules.positions import ALLOWED, Position


class Treatment(StrEnum):
    """What becomes of an element of a model."""

    EXECUTED = "executed"
    IMPORTED = "imported"
    """Kept and shown, without an effect on the execution."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its treatment, the rule that says so where there is one, and a note."""

    name: str
    treatment: Treatment
    note: str
    rule: str | None = None


def _executed(note: str, *names: str, rule: str | None = None) -> tuple[Element, ...]:
    return tuple(Element(name, Treatment.EXECUTED, note, rule) for name in names)


def _imported(note: str, *names: str, rule: str | None = None) -> tuple[Element, ...]:
    return tuple(Element(name, Treatment.IMPORTED, note, rule) for name in names)


def _refused(note: str, *names: str, rule: str) -> tuple[Element, ...]:
    return tuple(Element(name, Treatment.REFUSED, note, rule) for name in names)


_NOT_USED = "opsflow.element.not-used"
_CHOREOGRAPHY = "bpmn.choreography.in-process"

STRUCTURE: tuple[Element, ...] = (
    *_executed("the root of the file", "definitions", rule="bpmn.file.not-bpmn"),
    *_executed("one release each, where executable", "process", rule="bpmn.process.not-executable"),
    *_executed("with and without a condition, id or default", "sequenceFlow"),
    *_executed("of sequence flows, and of loops and complex gateways", "formalExpression"),
    *_executed("read like a formal expression, but for those of activation, loops and assignments",
               "expression", rule="bpmn.expression.informal"),
    *_executed("where scripts are trusted", "script", rule="opsflow.script.not-trusted"),
    *_executed("opsflow's own and those of other tools that mean something here",
               "extensionElements", rule="opsflow.extension.not-used"),
    *_imported("declares that an extension is used; the extension itself counts", "extension"),
    *_imported("shown with the task as its instructions", "documentation"),
    *_imported("what is in another file is not looked for", "import", rule=_NOT_USED),
    *_imported("kept for viewing", "category", "categoryValue", "group", "relationship"),
    *_imported("kept for viewing; its text is shown", "textAnnotation", "text",
               rule="bpmn.artifact.text-format"),
    *_executed("leads to a compensation activity; else kept for viewing", "association"),
    *_executed("its name is the responsible role of tasks that name none", "lane",
               rule="bpmn.lane.node"),
    *_imported("holds lanes", "laneSet"),
    *_imported("no effect", "auditing", "monitoring"),
)  # fmt: skip

REPETITION: tuple[Element, ...] = (
    *_executed("before and after, with a maximum", "standardLoopCharacteristics",
               rule="bpmn.loop.endless"),
    *_executed("parallel and sequential, by cardinality or collection",
               "multiInstanceLoopCharacteristics", rule="bpmn.multi-instance.number"),
    *_executed("thrown as instances end, by the behavior of the multi-instance activity",
               "complexBehaviorDefinition", "implicitThrowEvent"),
)  # fmt: skip

CALLED: tuple[Element, ...] = (
    *_executed("done as a task of that kind by the call activity that names it", "globalTask",
               "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask"),
    *_executed("named by events that throw or catch it", "message", "signal", "error",
               "escalation"),
    *_imported("checked against the data of the tasks that invoke it", "interface", "operation",
               "ioBinding", rule="bpmn.data.operation"),
    *_imported("no effect", "endPoint"),
    *_imported("write opsflow:responsibility in its place", "resourceRole", "performer",
               "humanPerformer", "potentialOwner", rule=_NOT_USED),
    *_imported("belongs to a resource role", "resource", "resourceParameter",
               "resourceParameterBinding", "resourceAssignmentExpression"),
    *_imported("write a form in its place", "rendering"),
)  # fmt: skip

DATA: tuple[Element, ...] = (
    *_executed("the variable of its name", "dataObject", "dataObjectReference", "property",
               "dataStore", "dataStoreReference", rule="bpmn.data.nameless"),
    *_executed("the variable of its name inside of its activity", "dataInput", "dataOutput"),
    *_executed("moves the value of a variable to another; without a variable on the side of the "
               "activity it is only drawn", "dataInputAssociation", "dataOutputAssociation",
               rule="bpmn.data.association-end"),
    *_executed("computes what an association moves", "assignment",
               rule="bpmn.expression.informal"),
    *_imported("checked; every variable that is there can be read", "inputSet", "outputSet",
               "ioSpecification", rule="bpmn.data.set-member"),
    *_imported("kept for viewing", "dataState"),
    *_imported("checked where data refers to it", "itemDefinition", rule="bpmn.data.collection"),
    *_imported("write opsflow:correlation in its place", "correlationKey",
               "correlationSubscription", rule=_NOT_USED),
    *_imported("belongs to a correlation key", "correlationProperty",
               "correlationPropertyBinding", "correlationPropertyRetrievalExpression"),
)  # fmt: skip

COLLABORATION: tuple[Element, ...] = (
    *_imported("its processes are executed each by itself", "collaboration", "participant"),
    *_imported("checked", "participantMultiplicity", rule="bpmn.participant.multiplicity"),
    *_imported("checked; messages are matched by name and key", "messageFlow",
               rule="bpmn.message-flow.end"),
    *_imported("no effect", "participantAssociation", "messageFlowAssociation", "partnerEntity",
               "partnerRole"),
    *_imported("kept for viewing", "conversation", "subConversation", "callConversation",
               "conversationLink", "conversationAssociation"),
    *_imported("checked", "globalConversation", rule="bpmn.conversation.global"),
    *_imported("not executed: it says what partners agree on", "choreography",
               "globalChoreographyTask", rule="bpmn.choreography.reference"),
    *_refused("in a process; in a choreography it is not executed", "choreographyTask",
              "subChoreography", "callChoreography", rule=_CHOREOGRAPHY),
)  # fmt: skip


def flow_nodes() -> list[Element]:
    """Activities and gateways, by what the execution can do."""
    return [
        Element(kind.value, Treatment.EXECUTED, _NODE_NOTES.get(kind, ""))
        if kind in capabilities.NODE_KINDS
        else Element(kind.value, Treatment.REFUSED, "", "opsflow.unsupported.node")
        for kind in NodeKind
        if kind not in EVENTS
    ]


def event_at(kind: EventKind, position: Position) -> Element:
    """What becomes of an event definition at a place."""
    node = NODE_AT[position]
    if kind not in ALLOWED[position]:
        return Element(kind.value, Treatment.REFUSED, "", "bpmn.event.position")
    if kind not in capabilities.EVENT_KINDS[node]:
        return Element(kind.value, Treatment.REFUSED, "", "opsflow.unsupported.event")
    return Element(kind.value, Treatment.EXECUTED, "")


def abilities() -> list[Element]:
    """What activities and events can carry besides, by what the execution can do."""
    switches = (
        ("several event definitions in one event", capabilities.MULTIPLE_EVENTS, "multiple-events"),
        ("startQuantity and completionQuantity", capabilities.QUANTITIES, "quantity"),
        ("isForCompensation", capabilities.COMPENSATION, "compensation"),
        ("instantiate of an event-based gateway", capabilities.INSTANTIATING_GATEWAYS,
         "instantiating"),
        ("instantiate of a receive task", capabilities.INSTANTIATING_RECEIVERS, "instantiating"),
        ("loops of every activity", capabilities.LOOPS >= ACTIVITIES, "loop"),
    )  # fmt: skip
    return [
        Element(
            name,
            Treatment.EXECUTED if on else Treatment.REFUSED,
            "",
            None if on else f"opsflow.unsupported.{rule}",
        )
        for name, on, rule in switches
    ]


NODE_AT: dict[Position, NodeKind] = {
    Position.START: NodeKind.START_EVENT,
    Position.SUB_PROCESS_START: NodeKind.START_EVENT,
    Position.INTERRUPTING_START: NodeKind.START_EVENT,
    Position.OTHER_START: NodeKind.START_EVENT,
    Position.CATCH: NodeKind.CATCH_EVENT,
    Position.THROW: NodeKind.THROW_EVENT,
    Position.INTERRUPTING_BOUNDARY: NodeKind.BOUNDARY_EVENT,
    Position.OTHER_BOUNDARY: NodeKind.BOUNDARY_EVENT,
    Position.END: NodeKind.END_EVENT,
}

_NODE_NOTES = {
    NodeKind.TASK: "passed through, unless it has a responsibility, a procedure or a gate",
    NodeKind.MANUAL_TASK: "passed through, unless it has a responsibility, a procedure or a gate",
    NodeKind.USER_TASK: "a task for the people of the matrix",
    NodeKind.SCRIPT_TASK: "where scripts are trusted (`opsflow.script.not-trusted`)",
    NodeKind.SERVICE_TASK: "by the handler of its topic (`opsflow.task.no-topic`)",
    NodeKind.SEND_TASK: "throws its message, or by the handler of its topic",
    NodeKind.RECEIVE_TASK: "waits for its message (`bpmn.task.receives-anything`)",
    NodeKind.BUSINESS_RULE_TASK: "by its decision, or the handler of its topic",
    NodeKind.CALL_ACTIVITY: "the version is bound at deployment (`opsflow.call.unknown-process`)",
    NodeKind.SUB_PROCESS: "embedded, and as event subprocess (`triggeredByEvent`)",
    NodeKind.TRANSACTION: "cancelled by cancel end events",
    NodeKind.AD_HOC_SUB_PROCESS: "in any order, until its completion condition holds",
    NodeKind.INCLUSIVE_GATEWAY: "its join waits for every token that can still come (§13.4.3)",
    NodeKind.EVENT_BASED_GATEWAY: "the first event decides",
}
