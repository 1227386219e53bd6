"""Rules about expressions and timers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from opsflow import feel
from opsflow.engine.document import XSI, local, text_of
from opsflow.engine.expressions import Expression
from opsflow.engine.model import EventDefinition, EventKind, Model, Node, TimerKind
from opsflow.engine.rule import Check, Remark, error, warning
from opsflow.engine.rules.said import flow_conditions, said_by
from opsflow.engine.rules.walk import at_element, at_node, definitions, executable, nodes
from opsflow.engine.timers import schedule

_CONDITIONS = (
    "conditionExpression",
    "condition",
    "loopCondition",
    "completionCondition",
    "activationCondition",
)
_FORMAL = ("loopCondition", "activationCondition", "from", "to")
_CONSTANT = re.compile(r"""=?\s*(-?\d+(\.\d+)?|"[^"]*"|'[^']*')\s*""")
_LONGEST = 200
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _syntax(model: Model) -> Iterator[Remark]:
    for element, name, expression in flow_conditions(model):
        yield from _syntax_of(element, name, expression)
    for _, node in nodes(model):
        for expression in said_by(node):
            yield from _syntax_of(node.id, node.name, expression)


def _syntax_of(element: str, name: str | None, expression: Expression) -> Iterator[Remark]:
    if expression.literal:
        return
    try:
        feel.compile(expression.text)
    except feel.FeelError as error:
        message = f"{expression.text!r} is not FEEL: {error}"
        yield Remark(message, element=element, name=name, line=expression.line)


def _constant_condition(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for element in model.document.all(*_CONDITIONS):
        written = text_of(element)
        if _CONSTANT.fullmatch(written):
            yield at_element(element, f"the condition {written!r} is neither true nor false")


def _cardinality(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for element in model.document.all("loopCardinality"):
        if not text_of(element):
            yield at_element(element, "the cardinality is empty")


def _empty_condition(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for element in model.document.all(*_CONDITIONS):
        if not text_of(element):
            yield at_element(element, "the condition is empty, and counts as none")


def _informal(model: Model) -> Iterator[Remark]:
    """Many tools write the conditions of flows, events and multi-instances without the type."""
    if model.document is None or not any(executable(model)):
        return
    for element in model.document.all(*_FORMAL):
        said = element.get(f"{{{XSI}}}type") or ""
        if said.rpartition(":")[2] != "tFormalExpression" and element.get("language") is None:
            yield at_element(element, f"its {local(element)} is a text for people to read")


def _literal_timers(model: Model) -> Iterator[tuple[Node, EventDefinition, str]]:
    for _, node, definition in definitions(model):
        expression = definition.expression
        if definition.kind is EventKind.TIMER and expression is not None and expression.literal:
            yield node, definition, expression.text


def _timer_literal(model: Model) -> Iterator[Remark]:
    for node, definition, text in _literal_timers(model):
        if definition.timer is None:
            continue
        wrong = _wrong_timer(definition.timer, text)
        if wrong is not None:
            yield at_node(node, f"{definition.timer.value}: {wrong}")


def _wrong_timer(kind: TimerKind, text: str) -> str | None:
    """What is wrong with a timer's literal; Python refuses numbers of thousands of digits."""
    if len(text) > _LONGEST:
        return f"{text[:20]!r}… has more than {_LONGEST} characters"
    try:
        schedule(kind, text, _LONG_AGO)
    except (ValueError, OverflowError) as error:
        return str(error)
    return None


def _local_time(model: Model) -> Iterator[Remark]:
    for node, _, text in _literal_timers(model):
        for part in text.split("/"):
            if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+", part):
                yield at_node(node, f"{part} has no time zone, and is taken as UTC")


CHECKS: tuple[Check, ...] = (
    Check(
        error(
            "opsflow.expression.syntax",
            "Every expression is FEEL.",
            "Mend the expression; texts stand in double quotes.",
            "DMN 1.5 §10.3.1",
        ),
        _syntax,
    ),
    Check(
        error(
            "bpmn.expression.constant-condition",
            "A condition is true or false, not a number or a text.",
            "Write a comparison, for example = amount > 100.",
            "BPMN 2.0.2 §8.3.6, §10.3.8",
        ),
        _constant_condition,
    ),
    Check(
        error(
            "bpmn.expression.empty-cardinality",
            "A loop cardinality says a number.",
            "Write a number or an expression, or remove the element.",
            "BPMN 2.0.2 §10.3.8",
        ),
        _cardinality,
    ),
    Check(
        error(
            "bpmn.expression.informal",
            "What is to be evaluated in a loop, a complex gateway or an assignment is a formal "
            "expression.",
            'Write xsi:type="tFormalExpression" on the element.',
            "BPMN 2.0.2 §8.3.6",
        ),
        _informal,
    ),
    Check(
        warning(
            "bpmn.expression.empty-condition",
            "A condition says something.",
            "Write the condition, or remove the element.",
            "BPMN 2.0.2 §8.3.13",
        ),
        _empty_condition,
    ),
    Check(
        error(
            "bpmn.timer.value",
            "A timer's date, duration or cycle is ISO 8601 or an expression; a cycle may be cron.",
            "For example 2027-01-31T09:00:00Z, PT1H, R3/PT10M; an expression begins with =.",
            "BPMN 2.0.2 §10.5.5, ISO 8601",
        ),
        _timer_literal,
    ),
    Check(
        warning(
            "bpmn.timer.local-time",
            "A date and time has a time zone.",
            "Add Z or an offset such as +08:00.",
            "ISO 8601",
        ),
        _local_time,
    ),
)
