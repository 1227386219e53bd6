"""Who a task is offered to and when it is due, in the words of every tool that is honoured."""

from __future__ import annotations

from lxml import etree

from opsflow.engine.expressions import Expression
from opsflow.engine.extensions import Assignment
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.extended import camunda, own, zeebe_attribute

_SOURCES = {
    "assignee": ("assignee", "assignee", "assignmentDefinition", "assignee"),
    "candidate_users": ("", "candidateUsers", "assignmentDefinition", "candidateUsers"),
    "candidate_groups": ("", "candidateGroups", "assignmentDefinition", "candidateGroups"),
    "due": ("due", "dueDate", "taskSchedule", "dueDate"),
    "follow_up": ("followUp", "followUpDate", "taskSchedule", "followUpDate"),
    "priority": ("priority", "priority", "priorityDefinition", "priority"),
}
"""Per field: opsflow's attribute, Camunda's, Zeebe's element and its attribute."""


def assignment(context: Reading, element: etree._Element) -> Assignment:
    """The assignment of a task."""
    return Assignment(
        assignee=_one(context, element, "assignee"),
        candidate_users=_several(context, element, "candidate_users"),
        candidate_groups=_several(context, element, "candidate_groups"),
        due=_one(context, element, "due"),
        follow_up=_one(context, element, "follow_up"),
        priority=_one(context, element, "priority"),
    )


def _written(element: etree._Element, field: str) -> str | None:
    own_name, camunda_name, zeebe_element, zeebe_name = _SOURCES[field]
    return (
        (own(element, own_name) if own_name else None)
        or camunda(element, camunda_name)
        or zeebe_attribute(element, zeebe_element, zeebe_name)
    )


def _one(context: Reading, element: etree._Element, field: str) -> Expression | None:
    return expressions.value(context, _written(element, field), element)


def _several(context: Reading, element: etree._Element, field: str) -> tuple[Expression, ...]:
    """One expression per item of a list; commas inside an expression are its own."""
    written = _written(element, field) or ""
    whole = expressions.value(context, written, element)
    if whole is None:
        return ()
    if not whole.literal:
        return (whole,)
    items = (item.strip() for item in written.split(","))
    values = (expressions.value(context, item, element) for item in items)
    return tuple(value for value in values if value is not None)
