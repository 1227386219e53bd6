"""The literal forms of timers (BPMN 2.0.2 §10.5.5, ISO 8601)."""

from __future__ import annotations

import re

from lxml import etree

from opsflow.engine.document import bpmn, line_of, text_of
from opsflow.engine.expressions import Expression
from opsflow.engine.model import TimerKind
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading

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


def _value(context: Reading, element: etree._Element) -> Expression | None:
    """FEEL or JUEL, else the text itself: rules say whether it is a proper literal."""
    text = text_of(element)
    if _EXPRESSION.match(text) or "feel" in (element.get("language") or "").lower():
        return expressions.condition(context, element)
    if not text:
        return None
    return Expression(text=text, written=text, line=line_of(element), literal=True)
