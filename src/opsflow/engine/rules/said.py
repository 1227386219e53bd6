"""Every expression that a node says, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.engine.expressions import Expression
from opsflow.engine.model import Model, MultiInstance, Node, StandardLoop
from opsflow.engine.rules.walk import flows


def flow_conditions(model: Model) -> Iterator[tuple[str, str | None, Expression]]:
    """Id and name of each sequence flow that has a condition, with the condition."""
    for _, flow in flows(model):
        if flow.condition is not None:
            yield flow.id, flow.name, flow.condition


def said_by(node: Node) -> Iterator[Expression]:
    """The expressions of a node, its events, loop and controls."""
    return (expression for expression in _all(node) if expression is not None)


def _all(node: Node) -> Iterator[Expression | None]:
    for definition in node.events:
        yield definition.expression
        yield definition.correlation
    yield node.completion_condition
    yield node.activation_condition
    yield from _loop(node)
    yield from _controls(node)


def _loop(node: Node) -> Iterator[Expression | None]:
    loop = node.loop
    if isinstance(loop, StandardLoop):
        yield loop.condition
    elif isinstance(loop, MultiInstance):
        yield loop.cardinality
        yield loop.collection
        yield loop.completion
        yield loop.output_element


def _controls(node: Node) -> Iterator[Expression | None]:
    controls = node.controls
    for step in controls.procedure:
        yield step.minimum
        yield step.maximum
    for gate in controls.gates:
        for tier in gate.tiers:
            yield tier.when
    for mapping in (*controls.inputs, *controls.outputs):
        yield mapping.source
    assignment = controls.assignment
    yield assignment.assignee
    yield from assignment.candidate_users
    yield from assignment.candidate_groups
    yield from (assignment.due, assignment.follow_up, assignment.priority)
