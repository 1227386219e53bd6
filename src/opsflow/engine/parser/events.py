"""Event definitions of a node, their references resolved (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from opsflow.engine.document import CAMUNDA_LIKE, bpmn, line_of, local
from opsflow.engine.expressions import Expression
from opsflow.engine.model import EventDefinition, EventKind
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.correlation import correlation_of
from opsflow.engine.parser.timers import calendar_of, timer

DEFINITIONS: dict[str, EventKind] = {
    "messageEventDefinition": EventKind.MESSAGE,
    "timerEventDefinition": EventKind.TIMER,
    "signalEventDefinition": EventKind.SIGNAL,
    "errorEventDefinition": EventKind.ERROR,
    "escalationEventDefinition": EventKind.ESCALATION,
    "conditionalEventDefinition": EventKind.CONDITIONAL,
    "compensateEventDefinition": EventKind.COMPENSATION,
    "linkEventDefinition": EventKind.LINK,
    "cancelEventDefinition": EventKind.CANCEL,
    "terminateEventDefinition": EventKind.TERMINATE,
}


def event_definitions(context: Reading, event: etree._Element) -> tuple[EventDefinition, ...]:
    """Every definition of an event, those it refers to included, in document order."""
    return tuple(definition(context, element, event) for element in definitions_of(context, event))


def message_of_task(context: Reading, task: etree._Element) -> tuple[EventDefinition, ...]:
    """The message of a send or receive task as the event that it is."""
    message = context.referred(task, "messageRef")
    if message is None:
        return ()
    return (
        EventDefinition(
            kind=EventKind.MESSAGE,
            name=message.get("name") or message.get("id"),
            correlation=correlation_of(context, (task, message)),
            declared=True,
            line=line_of(task),
        ),
    )


def definitions_of(context: Reading, event: etree._Element) -> Iterator[etree._Element]:
    """The definition elements inside an event and those it refers to."""
    for child in event:
        if local(child) in DEFINITIONS:
            yield child
        elif local(child) == "eventDefinitionRef":
            found = context.resolve(child, child.text, "eventDefinitionRef")
            if found is not None and local(found) in DEFINITIONS:
                yield found


def definition(context: Reading, element: etree._Element, event: etree._Element) -> EventDefinition:
    """One definition, which stands in an event or is referred to by it."""
    kind = DEFINITIONS[local(element)]
    timer_kind, expression, calendar = None, None, None
    if kind is EventKind.TIMER:
        timer_kind, expression = timer(context, element)
        calendar = calendar_of(context, element, timer_kind, expression)
    elif kind is EventKind.CONDITIONAL:
        expression = expressions.condition(context, element.find(bpmn("condition")))
    name, code = _named(context, kind, element)
    return EventDefinition(
        kind=kind,
        name=name,
        code=code,
        timer=timer_kind,
        calendar=calendar,
        expression=expression,
        correlation=_correlation(context, kind, element, event),
        activity=_activity(context, kind, element),
        code_variable=_tool_says(element, f"{kind.value}CodeVariable"),
        message_variable=_tool_says(element, f"{kind.value}MessageVariable"),
        declared=_declared(kind, element),
        line=line_of(element),
    )


def _named(
    context: Reading, kind: EventKind, element: etree._Element
) -> tuple[str | None, str | None]:
    """Name and code of what a definition refers to."""
    if kind is EventKind.LINK:
        return element.get("name"), None
    if kind not in (EventKind.MESSAGE, EventKind.SIGNAL, EventKind.ERROR, EventKind.ESCALATION):
        return None, None
    found = context.referred(element, f"{kind.value}Ref")
    if found is None:
        return None, None
    name = found.get("name") or found.get("id")
    return name, _code(found, kind)


def _code(found: etree._Element, kind: EventKind) -> str | None:
    """The code of an error or escalation; one that was declared without a code has none."""
    if kind in (EventKind.ERROR, EventKind.ESCALATION):
        return found.get(f"{kind.value}Code") or None
    return None


def _tool_says(element: etree._Element, attribute: str) -> str | None:
    """An attribute of Camunda and the tools that descend from it."""
    for namespace in sorted(CAMUNDA_LIKE):
        value = (element.get(f"{{{namespace}}}{attribute}") or "").strip()
        if value:
            return value
    return None


def _declared(kind: EventKind, element: etree._Element) -> bool:
    return bool((element.get(f"{kind.value}Ref") or "").strip())


def _correlation(
    context: Reading, kind: EventKind, element: etree._Element, event: etree._Element
) -> Expression | None:
    if kind is not EventKind.MESSAGE:
        return None
    message = context.document.referred(element, "messageRef")
    return correlation_of(context, (element, event, message))


def _activity(context: Reading, kind: EventKind, element: etree._Element) -> str | None:
    if kind is not EventKind.COMPENSATION:
        return None
    found = context.referred(element, "activityRef")
    return found.get("id") if found is not None else None
