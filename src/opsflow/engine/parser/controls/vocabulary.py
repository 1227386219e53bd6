"""Which extension elements and attributes mean something here, and which would change a run."""

from __future__ import annotations

from dataclasses import dataclass, field

from opsflow.engine.model import ACTIVITIES, EVENTS

_ACTIVITIES = frozenset(kind.value for kind in ACTIVITIES)
_NODES = _ACTIVITIES | {kind.value for kind in EVENTS}
_TASKS = frozenset(name for name in _ACTIVITIES if name.endswith("ask"))
_PROCESS = frozenset({"process"})
_RULE_TASK = frozenset({"businessRuleTask"})
_MESSAGING = frozenset({"messageEventDefinition", "message", "receiveTask", "sendTask"}) | {
    kind.value for kind in EVENTS
}
_LOOP = "multiInstanceLoopCharacteristics"


@dataclass(frozen=True, slots=True)
class Shape:
    """Where an opsflow element may stand, and what may stand in it."""

    carriers: frozenset[str]
    """Local names: of BPMN elements, or of the opsflow element around it."""
    attributes: frozenset[str] = frozenset()
    children: frozenset[str] = field(default_factory=frozenset)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPSFLOW_ELEMENTS: dict[str, Shape] = {
    "responsibility": Shape(
        _TASKS | _PROCESS,
        _words("responsible accountable consulted informed consult consultWithin"),
    ),
    "procedure": Shape(_TASKS, children=_words("step")),
    "step": Shape(_words("procedure"), _words("id kind required unit min max evidence")),
    "gate": Shape(
        _TASKS,
        _words("id at rule votes voters veto onReject errorCode outcome performerMayVote"),
        _words("tier"),
    ),
    "tier": Shape(_words("gate"), _words("when voters decision otherwise")),
    "form": Shape(_TASKS, _words("ref")),
    "serviceLevel": Shape(_TASKS | _PROCESS, _words("due calendar"), _words("rung")),
    "rung": Shape(_words("serviceLevel"), _words("at before after do to every times")),
    "separation": Shape(_PROCESS, _words("tasks")),
    "search": Shape(_PROCESS, _words("name type")),
    "input": Shape(_NODES, _words("source target")),
    "output": Shape(_NODES, _words("source target")),
    "instructions": Shape(_TASKS),
    "cautions": Shape(_TASKS),
}

OPSFLOW_ATTRIBUTES: dict[str, frozenset[str]] = {
    "topic": _TASKS | {"messageEventDefinition", "intermediateThrowEvent", "endEvent"},
    "decision": _RULE_TASK,
    "result": _RULE_TASK,
    "priority": _TASKS,
    "due": _TASKS,
    "followUp": _TASKS,
    "assignee": _TASKS,
    "calendar": _TASKS | _PROCESS | {"timerEventDefinition"},
    "correlation": _MESSAGING,
    "owner": _PROCESS,
    "reviewDate": _PROCESS,
    "collection": frozenset({_LOOP}),
    "element": frozenset({_LOOP}),
    "outputCollection": frozenset({_LOOP}),
    "outputElement": frozenset({_LOOP}),
}
"""Per attribute of opsflow's namespace the BPMN elements that may carry it."""

FOREIGN_USED = _words(
    """
    assignee candidateUsers candidateGroups dueDate followUpDate priority formKey formRef topic
    collection elementVariable in out inputOutput inputParameter outputParameter list map entry
    value taskDefinition assignmentDefinition taskSchedule priorityDefinition formDefinition
    ioMapping input output calledElement subscription loopCharacteristics serviceTaskOperator
    parameters parameter instructionsForEndUser properties property userTask decisionRef
    calledDecision resultVariable errorCodeVariable errorMessageVariable escalationCodeVariable
    """
)
"""Honoured, or part of what is honoured."""

FOREIGN_MISSED = _words(
    """
    initiator
    elementIndexVariable skipExpression variableName variableEvents formData formProperty
    calledElementBinding calledElementVersion calledElementVersionTag mapDecisionResult
    propagateAllChildVariables propagateAllParentVariables conditionalFilter messageVariable
    messagePayload processVariableCorrelation
    """
)
"""Sets or looks at variables elsewhere, so the model may rely on it."""

FOREIGN_CODE: dict[str, str] = {
    "class": "Register a handler for a topic and write opsflow:topic.",
    "delegateExpression": "Register a handler for a topic and write opsflow:topic.",
    "expression": "Register a handler for a topic and write opsflow:topic.",
    "connector": "Register a handler for a topic and write opsflow:topic.",
    "calledDecisionId": "Write opsflow:decision, and deploy the decision as DMN.",
    "executionListener": "Do the listener's work in a service task, or on opsflow's events.",
    "taskListener": "Do the listener's work in a service task, or on opsflow's events.",
    "executionListeners": "Do the listener's work in a service task, or on opsflow's events.",
    "taskListeners": "Do the listener's work in a service task, or on opsflow's events.",
    "eventListener": "Do the listener's work in a service task, or on opsflow's events.",
    "preScript": "Write the value as an input mapping.",
    "postScript": "Write the value as an output mapping.",
    "script": "Write the value as an expression, or the script in a script task.",
    "resource": "Write the script into the diagram.",
    "variableMappingClass": "Write the mappings as opsflow:input and opsflow:output.",
    "variableMappingDelegateExpression": "Write them as opsflow:input and opsflow:output.",
}
"""Would run code or change the course here; the hint says what to do instead."""
