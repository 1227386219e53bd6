"""Rules about activities (BPMN 2.0.2 §10.3)."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.engine.document import bpmn
from opsflow.engine.model import (
    ACTIVITIES,
    SUB_PROCESSES,
    Model,
    MultiInstance,
    NodeKind,
    Process,
    StandardLoop,
)
from opsflow.engine.rule import Check, Remark, error, warning
from opsflow.engine.rules.walk import (
    CHOREOGRAPHY,
    at_element,
    at_node,
    boundaries,
    executable,
    nodes,
    with_inside,
)

_HANDLED = (NodeKind.SERVICE_TASK, NodeKind.BUSINESS_RULE_TASK)


def _event_sub_process_flows(model: Model) -> Iterator[Remark]:
    hosts = {host for process in executable(model) for host in boundaries(process)}
    for _, node in nodes(model, SUB_PROCESSES):
        if node.triggered_by_event and (node.incoming or node.outgoing):
            yield at_node(node, "a sequence flow is connected to it")
        if node.triggered_by_event and node.id in hosts:
            yield at_node(node, "a boundary event is attached to it")


def _event_sub_process_start(model: Model) -> Iterator[Remark]:
    for _, node, inside in with_inside(model, SUB_PROCESSES):
        starts = sum(inner.kind is NodeKind.START_EVENT for inner in inside)
        if node.triggered_by_event and starts != 1:
            yield at_node(node, f"it has {starts} start events")


def _quantity(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, ACTIVITIES):
        if node.start_quantity < 1 or node.completion_quantity < 1:
            yield at_node(node, "it starts or completes with less than one token")


def _nothing_to_repeat_over(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, ACTIVITIES):
        loop = node.loop
        if isinstance(loop, MultiInstance) and not loop.cardinality and not loop.collection:
            yield at_node(node, "it says neither how many instances nor of which collection")


def _endless_loop(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, ACTIVITIES):
        loop = node.loop
        if isinstance(loop, StandardLoop) and not loop.condition and loop.maximum is None:
            yield at_node(node, "it has neither a condition nor a maximum")


def _loop_maximum(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, ACTIVITIES):
        loop = node.loop
        if isinstance(loop, StandardLoop) and loop.maximum is not None and loop.maximum < 1:
            yield at_node(node, f"its loopMaximum is {loop.maximum}")


def _calls_nothing(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, (NodeKind.CALL_ACTIVITY,)):
        if node.called is None:
            yield at_node(node, "it does not say what it calls")


def _called_without_start(model: Model) -> Iterator[Remark]:
    without = {key for key, called in model.processes.items() if _only_triggered(called)}
    for _, node in nodes(model, (NodeKind.CALL_ACTIVITY,)):
        if node.called in without:
            yield at_node(node, f"the called process {node.called!r} has no none start event")


def _only_triggered(process: Process) -> bool:
    starts = [n for n in process.inside(process.id) if n.kind is NodeKind.START_EVENT]
    return bool(starts) and all(start.events for start in starts)


def _no_topic(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, _HANDLED):
        if node.controls.topic is None and node.controls.decision is None:
            yield at_node(node, "it does not say which handler does it")


def _topic_expression(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model):
        topic = node.controls.topic or ""
        if topic.startswith("=") or "${" in topic or "#{" in topic:
            yield at_node(node, f"its topic {topic!r} is an expression")


def _sends_nothing(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, (NodeKind.SEND_TASK,)):
        if node.controls.topic is None and node.message is None:
            yield at_node(node, "it says neither which message it sends nor which handler does it")


def _receives_anything(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, (NodeKind.RECEIVE_TASK,)):
        if node.message is None:
            yield at_node(node, "it does not say which message it waits for")


def _instantiating_receiver(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, (NodeKind.RECEIVE_TASK,)):
        if node.instantiate and node.incoming:
            yield at_node(node, "it starts the process, and yet a flow leads to it")


def _script_missing(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, (NodeKind.SCRIPT_TASK,)):
        if node.script is None:
            yield at_node(node, "there is no script in it")


def _compensation_flows(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, ACTIVITIES):
        if node.for_compensation and (node.incoming or node.outgoing):
            yield at_node(node, "it is for compensation, and yet in the flow")


def _empty_sub_process(model: Model) -> Iterator[Remark]:
    kinds = (NodeKind.SUB_PROCESS, NodeKind.TRANSACTION)
    for _, node, inside in with_inside(model, kinds):
        if not inside:
            yield at_node(node, "there is nothing in it")


def _ad_hoc_empty(model: Model) -> Iterator[Remark]:
    for _, node, inside in with_inside(model, (NodeKind.AD_HOC_SUB_PROCESS,)):
        if not any(inner.kind in ACTIVITIES for inner in inside):
            yield at_node(node, "there is no activity in it")


def _ad_hoc_events(model: Model) -> Iterator[Remark]:
    for _, node, inside in with_inside(model, (NodeKind.AD_HOC_SUB_PROCESS,)):
        for inner in inside:
            if inner.kind in (NodeKind.START_EVENT, NodeKind.END_EVENT):
                yield at_node(inner, f"it lies in the ad-hoc subprocess {node.label!r}")


def _choreography(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for process in executable(model):
        element = model.document.find(process.id)
        if element is not None:
            for inner in element.iter(*(bpmn(name) for name in CHOREOGRAPHY)):
                yield at_element(inner, "a choreography activity lies in a process")


CHECKS: tuple[Check, ...] = (
    Check(
        error(
            "bpmn.event-subprocess.flow",
            "No sequence flow is connected to an event subprocess, and no boundary event.",
            "Remove the flow; the event subprocess starts by its start event.",
            "BPMN 2.0.2 §10.3.5, §13.5.4",
        ),
        _event_sub_process_flows,
    ),
    Check(
        error(
            "bpmn.event-subprocess.start",
            "An event subprocess has exactly one start event.",
            "Keep one start event; make an event subprocess for each other one.",
            "BPMN 2.0.2 §10.3.5",
        ),
        _event_sub_process_start,
    ),
    Check(
        error(
            "bpmn.activity.quantity",
            "Start and completion quantity are one or more.",
            "Write 1, or leave the attribute out.",
            "BPMN 2.0.2 §10.3",
        ),
        _quantity,
    ),
    Check(
        error(
            "bpmn.multi-instance.number",
            "A multi-instance activity has a cardinality or a collection.",
            "Write loopCardinality, or opsflow:collection with opsflow:element.",
            "BPMN 2.0.2 §10.3.8",
        ),
        _nothing_to_repeat_over,
    ),
    Check(
        warning(
            "bpmn.loop.endless",
            "A loop has a condition or a maximum.",
            "Write a loopCondition or a loopMaximum.",
            "BPMN 2.0.2 §10.3.8",
        ),
        _endless_loop,
    ),
    Check(
        error(
            "bpmn.loop.maximum",
            "The maximum of a loop is 1 or more.",
            "Write a number from 1.",
            "BPMN 2.0.2 §10.3.8",
        ),
        _loop_maximum,
    ),
    Check(
        error(
            "bpmn.call.nothing",
            "A call activity says what it calls.",
            "Write the key of the called process as calledElement.",
            "BPMN 2.0.2 §10.3.6",
        ),
        _calls_nothing,
    ),
    Check(
        error(
            "bpmn.call.start",
            "A called process has a none start event.",
            "Add a start event without a trigger to the called process.",
            "BPMN 2.0.2 §10.5.2",
        ),
        _called_without_start,
    ),
    Check(
        error(
            "opsflow.task.no-topic",
            "A service task names the topic of its handler, a business rule task its decision or "
            "a topic.",
            'Write opsflow:topic="…", and register a handler for the topic.',
            "opsflow handlers",
        ),
        _no_topic,
    ),
    Check(
        error(
            "opsflow.task.topic-expression",
            "A topic is a plain text, so that it can be known at deployment who does the work.",
            "Write the topic itself; choose between several with a gateway.",
            "opsflow handlers",
        ),
        _topic_expression,
    ),
    Check(
        error(
            "opsflow.task.sends-nothing",
            "A send task names a message, or the topic of its handler.",
            'Refer to a message, or write opsflow:topic="…".',
            "BPMN 2.0.2 §10.3.3, opsflow handlers",
        ),
        _sends_nothing,
    ),
    Check(
        warning(
            "bpmn.task.receives-anything",
            "A receive task names its message.",
            "Declare a message and refer to it; without one the host must complete the step.",
            "BPMN 2.0.2 §10.3.3",
        ),
        _receives_anything,
    ),
    Check(
        error(
            "bpmn.task.instantiating-incoming",
            "No flow leads to a receive task that starts the process.",
            "Remove the flow, or the attribute instantiate.",
            "BPMN 2.0.2 §10.3.3",
        ),
        _instantiating_receiver,
    ),
    Check(
        warning(
            "bpmn.task.no-script",
            "A script task has a script.",
            "Write the script, or use a task.",
            "BPMN 2.0.2 §10.3.3",
        ),
        _script_missing,
    ),
    Check(
        error(
            "bpmn.compensation.flow",
            "An activity for compensation is not in the flow.",
            "Remove the flows, and associate it with a compensation boundary event.",
            "BPMN 2.0.2 §10.7",
        ),
        _compensation_flows,
    ),
    Check(
        warning(
            "bpmn.subprocess.empty",
            "A subprocess has something in it.",
            "Draw its steps, or use a task.",
            "BPMN 2.0.2 §10.3.5",
        ),
        _empty_sub_process,
    ),
    Check(
        error(
            "bpmn.ad-hoc.empty",
            "An ad-hoc subprocess has an activity.",
            "Put at least one activity into it.",
            "BPMN 2.0.2 §10.3.5",
        ),
        _ad_hoc_empty,
    ),
    Check(
        error(
            "bpmn.ad-hoc.event",
            "An ad-hoc subprocess has no start and no end events.",
            "Remove the event.",
            "BPMN 2.0.2 §10.3.5",
        ),
        _ad_hoc_events,
    ),
    Check(
        error(
            "bpmn.choreography.in-process",
            "Choreography activities lie in choreographies, not in processes.",
            "Use send and receive tasks.",
            "BPMN 2.0.2 §11.5",
        ),
        _choreography,
    ),
)
