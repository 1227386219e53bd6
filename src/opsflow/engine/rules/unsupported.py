"""Rules that refuse what the execution does not run, by ``capabilities``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from opsflow.engine import capabilities
from opsflow.engine.document import local
from opsflow.engine.model import ACTIVITIES, EventKind, Model, NodeKind
from opsflow.engine.rule import Check, Remark, error, warning
from opsflow.engine.rules.positions import ALLOWED, position_of
from opsflow.engine.rules.walk import at_element, at_node, definitions, nodes

_SOURCE = "opsflow capabilities"


def _node_kind(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model):
        if node.kind not in capabilities.NODE_KINDS:
            yield at_node(node, f"a {node.kind.value} cannot be executed yet")


def _event_kind(model: Model) -> Iterator[Remark]:
    for process, node, definition in definitions(model):
        allowed = definition.kind in ALLOWED[position_of(process, node)]
        if allowed and definition.kind not in capabilities.EVENT_KINDS[node.kind]:
            message = f"a {definition.kind.value} {node.kind.value} cannot be executed yet"
            yield at_node(node, message)


def _several_events(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model):
        if len(node.events) > 1 and not capabilities.MULTIPLE_EVENTS:
            yield at_node(node, f"it has {len(node.events)} event definitions")


def _quantities(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, ACTIVITIES):
        quantities = (node.start_quantity, node.completion_quantity)
        if quantities != (1, 1) and not capabilities.QUANTITIES:
            yield at_node(node, "it starts or completes with more than one token")


def _compensation(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, ACTIVITIES):
        if node.for_compensation and not capabilities.COMPENSATION:
            yield at_node(node, "it is for compensation")


def _instantiating(model: Model) -> Iterator[Remark]:
    allowed = {
        NodeKind.EVENT_BASED_GATEWAY: capabilities.INSTANTIATING_GATEWAYS,
        NodeKind.RECEIVE_TASK: capabilities.INSTANTIATING_RECEIVERS,
    }
    for _, node in nodes(model, allowed):
        if node.instantiate and not allowed[node.kind]:
            yield at_node(node, "it starts the process")


def _loops(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, ACTIVITIES):
        if node.loop is not None and node.kind not in capabilities.LOOPS:
            yield at_node(node, f"a {node.kind.value} cannot be repeated yet")


def _conditional_starts(model: Model) -> Iterator[Remark]:
    for process, node, definition in definitions(model):
        top = node.kind is NodeKind.START_EVENT and node.scope == process.id
        if top and definition.kind is EventKind.CONDITIONAL:
            yield at_node(node, "nothing watches its condition while no instance runs")


_UNUSED = {
    "performer": "Write opsflow:responsibility on the task.",
    "humanPerformer": "Write opsflow:responsibility on the task.",
    "potentialOwner": "Write opsflow:responsibility on the task.",
    "resourceRole": "Write opsflow:responsibility on the task.",
    "correlationKey": "Write opsflow:correlation on the message.",
    "correlationSubscription": "Write opsflow:correlation on the message.",
    "import": "Put everything into one file, or into a package.",
}
"""BPMN elements that are read over, and what to write in their place."""


def _unused(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for element in model.document.all(*_UNUSED):
        remark = at_element(element, f"a {local(element)} has no effect here")
        yield replace(remark, hint=_UNUSED[local(element)])


CHECKS: tuple[Check, ...] = (
    Check(
        error(
            "opsflow.unsupported.node",
            "Every node is of a kind that is executed.",
            "Draw it with other elements.",
            _SOURCE,
        ),
        _node_kind,
    ),
    Check(
        error(
            "opsflow.unsupported.event",
            "Every event is of a kind that is executed where it stands.",
            "Use a message, timer, signal, error or escalation event.",
            _SOURCE,
        ),
        _event_kind,
    ),
    Check(
        error(
            "opsflow.unsupported.multiple-events",
            "An event has one event definition.",
            "Draw an event for each definition.",
            _SOURCE,
        ),
        _several_events,
    ),
    Check(
        error(
            "opsflow.unsupported.quantity",
            "Start and completion quantity are 1.",
            "Use a parallel gateway, or a multi-instance activity.",
            _SOURCE,
        ),
        _quantities,
    ),
    Check(
        error(
            "opsflow.unsupported.compensation",
            "No activity is for compensation.",
            "Draw what is to be undone after an error boundary event.",
            _SOURCE,
        ),
        _compensation,
    ),
    Check(
        error(
            "opsflow.unsupported.instantiating",
            "A process starts at start events.",
            "Put a message start event in its place.",
            _SOURCE,
        ),
        _instantiating,
    ),
    Check(
        error(
            "opsflow.unsupported.loop",
            "What is repeated is of a kind that can be.",
            "Put it into a subprocess, and repeat that.",
            _SOURCE,
        ),
        _loops,
    ),
    Check(
        warning(
            "opsflow.unsupported.conditional-start",
            "A process does not start by a condition; it starts by its key.",
            "Start it by a message, signal or timer, or by its key.",
            _SOURCE,
        ),
        _conditional_starts,
    ),
    Check(
        warning(
            "opsflow.element.not-used",
            "What a model says in BPMN's own elements is used.",
            "Say it with an extension of opsflow.",
            _SOURCE,
        ),
        _unused,
    ),
)
