"""Flow nodes (BPMN 2.0.2 §10.3 to §10.6)."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from opsflow.engine.document import ZEEBE, bpmn, line_of, local, reference, text_of
from opsflow.engine.model import ACTIVITIES, SUB_PROCESSES, Node, NodeKind
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.nodes import task_controls
from opsflow.engine.parser.data import data_inputs, data_outputs
from opsflow.engine.parser.events import event_definitions, message_of_task
from opsflow.engine.parser.loops import loop
from opsflow.engine.parser.scopes import Wiring

_KINDS = {kind.value: kind for kind in NodeKind}
_GLOBAL_TASKS = {
    "globalTask": NodeKind.TASK,
    "globalUserTask": NodeKind.USER_TASK,
    "globalManualTask": NodeKind.MANUAL_TASK,
    "globalScriptTask": NodeKind.SCRIPT_TASK,
    "globalBusinessRuleTask": NodeKind.BUSINESS_RULE_TASK,
}
"""Calling a global task is doing a task of that kind (BPMN 2.0.2 §10.3.6)."""


def kind_of(element: etree._Element) -> NodeKind | None:
    """Which kind of flow node an element is, None where it is none."""
    return _KINDS.get(local(element))


def read_node(context: Reading, element: etree._Element, kind: NodeKind, wiring: Wiring) -> Node:
    """One flow node, without what is inside it. Every node has an id by now."""
    node_id = element.get("id") or ""
    node = Node(
        id=node_id,
        kind=kind,
        name=element.get("name") or None,
        scope=wiring.scope_of(element),
        line=line_of(element),
        incoming=wiring.incoming(node_id),
        outgoing=wiring.outgoing(node_id),
        default=wiring.default(element),
        events=event_definitions(context, element),
        parallel_multiple=context.flag(element, "parallelMultiple", default=False),
        attached_to=reference(element.get("attachedToRef")),
        interrupting=_interrupting(context, element),
        instantiate=context.flag(element, "instantiate", default=False),
        event_gateway_type=element.get("eventGatewayType") or "Exclusive",
        activation_condition=expressions.condition(
            context, element.find(bpmn("activationCondition"))
        ),
        documentation=text_of(element.find(bpmn("documentation"))) or None,
        data_inputs=data_inputs(context, element),
        data_outputs=data_outputs(context, element),
        controls=task_controls(context, element),
    )
    return _activity(context, element, node) if kind in ACTIVITIES else node


def _interrupting(context: Reading, element: etree._Element) -> bool:
    return context.flag(element, "cancelActivity", default=True) and context.flag(
        element, "isInterrupting", default=True
    )


def _activity(context: Reading, element: etree._Element, node: Node) -> Node:
    sent_or_received = message_of_task(context, element)
    node = replace(
        node,
        events=sent_or_received,
        loop=loop(context, element),
        for_compensation=context.flag(element, "isForCompensation", default=False),
        start_quantity=context.number(element, "startQuantity", 1),
        completion_quantity=context.number(element, "completionQuantity", 1),
        message=next((definition.name for definition in sent_or_received), None),
    )
    if node.kind is NodeKind.SCRIPT_TASK:
        return replace(
            node,
            script=text_of(element.find(bpmn("script"))) or None,
            script_language=element.get("scriptFormat"),
        )
    if node.kind is NodeKind.CALL_ACTIVITY:
        return _call(context, element, node)
    return _sub_process(context, element, node) if node.kind in SUB_PROCESSES else node


def _call(context: Reading, element: etree._Element, node: Node) -> Node:
    called = reference(element.get("calledElement"))
    extended = element.find(f"{bpmn('extensionElements')}/{{{ZEEBE}}}calledElement")
    if extended is not None:
        called = extended.get("processId") or called
    target = context.document.find(called)
    kind = _GLOBAL_TASKS.get(local(target)) if target is not None else None
    if target is None or kind is None:
        return replace(node, called=called)
    return replace(
        node,
        kind=kind,
        called=called,
        script=text_of(target.find(bpmn("script"))) or None,
        script_language=target.get("scriptLanguage"),
    )


def _sub_process(context: Reading, element: etree._Element, node: Node) -> Node:
    return replace(
        node,
        triggered_by_event=context.flag(element, "triggeredByEvent", default=False),
        completion_condition=expressions.condition(
            context, element.find(bpmn("completionCondition"))
        ),
        ordering=element.get("ordering") or "Parallel",
        cancel_remaining=context.flag(element, "cancelRemainingInstances", default=True),
    )
