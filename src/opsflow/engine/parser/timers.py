"""The literal forms of timers (BPMN 2.0.2 §10.5.5, ISO 8601)."""

from __future__ import annotations

import re

from lxml import etree

from opsflow.engine.document import bpmn, line_of, text_of
from opsflow.engine.expressions import Expression
from opsflow.engine.model import TimerKind
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.extended import own
from opsflow.engine.rules import reading

_EXPRESSION = re.compile(r"\s*=|.*[$#]\{", re.DOTALL)


def timer(
    context: Reading, definition: etree._Element
) -> tuple[TimerKind | None, Expression | None]:
    """Kind and value of a timer event definition; neither where it says nothing."""
    for kind in TimerKind:
        element = definition.find(bpmn(kind.value))
        if element is not None:
            return kind, _value(context, element)
    return None, None


def calendar_of(
    context: Reading,
    definition: etree._Element,
    kind: TimerKind | None,
    value: Expression | None,
) -> str | None:
    """The calendar that a timer names; one that does not count a duration has none."""
    calendar = own(definition, "calendar")
    if calendar is None:
        return None
    counts = kind is not TimerKind.DATE
    if kind is TimerKind.CYCLE and value is not None and value.literal:
        counts = value.text.startswith(("R", "P"))
    if not counts:
        message = "a date and a cron expression are counted in no calendar"
        context.remark(reading.MISPLACED, message, definition)
        return None
    return calendar


def _value(context: Reading, element: etree._Element) -> Expression | None:
    """FEEL or JUEL, else the text itself: rules say whether it is a proper literal."""
    text = text_of(element)
    if _EXPRESSION.match(text) or "feel" in (element.get("language") or "").lower():
        return expressions.condition(context, element)
    if not text:
        return None
    return Expression(text=text, written=text, line=line_of(element), literal=True)
