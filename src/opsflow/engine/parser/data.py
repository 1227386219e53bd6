"""Data associations of a node (BPMN 2.0.2 §10.4.2): which variable flows into which.

A data object, property or data store stands for the variable of its name. An association that
names no variable on the side of the node only draws what the node reads or writes.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from opsflow.engine.document import bpmn, local, text_of
from opsflow.engine.expressions import Expression
from opsflow.engine.model import DataAssociation
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading

_DRAWN = "__targetRef_placeholder"
"""What bpmn-js names the data input that it draws an association to."""


def data_inputs(context: Reading, node: etree._Element) -> tuple[DataAssociation, ...]:
    """What flows into a node, in document order."""
    return tuple(_associations(context, node, "dataInputAssociation"))


def data_outputs(context: Reading, node: etree._Element) -> tuple[DataAssociation, ...]:
    """What flows out of a node, in document order."""
    return tuple(_associations(context, node, "dataOutputAssociation"))


def _associations(context: Reading, node: etree._Element, name: str) -> Iterator[DataAssociation]:
    for element in node.iterfind(bpmn(name)):
        target = _variable(context, element.find(bpmn("targetRef")))
        sources = tuple(
            variable
            for ref in element.iterfind(bpmn("sourceRef"))
            if (variable := _variable(context, ref)) is not None
        )
        if target is None:
            continue
        value = _expression(context, element.find(bpmn("transformation")))
        if sources or value is not None:
            yield DataAssociation(target, sources, value)
        for assignment in element.iterfind(bpmn("assignment")):
            yield from _assigned(context, assignment, sources, target)


def _assigned(
    context: Reading, assignment: etree._Element, sources: tuple[str, ...], target: str
) -> Iterator[DataAssociation]:
    value = _expression(context, assignment.find(bpmn("from")))
    into = text_of(assignment.find(bpmn("to"))).removeprefix("=").strip()
    if value is not None:
        yield DataAssociation(into if into.isidentifier() else target, sources, value)


def _expression(context: Reading, element: etree._Element | None) -> Expression | None:
    return expressions.condition(context, element)


def _variable(context: Reading, ref: etree._Element | None) -> str | None:
    """The variable that a reference to data stands for, None where it is only drawn."""
    if ref is None:
        return None
    data = context.resolve(ref, text_of(ref), local(ref))
    if data is None or data.get("name") == _DRAWN:
        return None
    behind = context.document.referred(data, "dataObjectRef")
    if behind is None:
        behind = context.document.referred(data, "dataStoreRef")
    for found in (data, behind):
        name = found.get("name") if found is not None else None
        if name and name.isidentifier():
            return name
    return (behind if behind is not None else data).get("id") or None
