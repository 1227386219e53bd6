"""Loop characteristics of an activity (BPMN 2.0.2 §10.3.8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from opsflow.engine.document import CAMUNDA_LIKE, OPSFLOW, ZEEBE, bpmn, local, reference, text_of
from opsflow.engine.expressions import Expression
from opsflow.engine.model import Behavior, ImplicitThrow, MultiInstance, StandardLoop
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.events import DEFINITIONS, definition, event_definitions
from opsflow.engine.rules import reading


def loop(context: Reading, activity: etree._Element) -> StandardLoop | MultiInstance | None:
    """How an activity repeats, None where it does not."""
    standard = activity.find(bpmn("standardLoopCharacteristics"))
    if standard is not None:
        return _standard(context, standard)
    multi = activity.find(bpmn("multiInstanceLoopCharacteristics"))
    return _multi(context, multi, activity) if multi is not None else None


def _standard(context: Reading, element: etree._Element) -> StandardLoop:
    maximum = element.get("loopMaximum")
    return StandardLoop(
        condition=expressions.condition(context, element.find(bpmn("loopCondition"))),
        test_before=context.flag(element, "testBefore", default=False),
        maximum=None if maximum is None else context.number(element, "loopMaximum", 0),
    )


def _multi(context: Reading, element: etree._Element, activity: etree._Element) -> MultiInstance:
    extended = element.find(f"{bpmn('extensionElements')}/{{{ZEEBE}}}loopCharacteristics")
    said = _Said(element, extended)
    return MultiInstance(
        sequential=context.flag(element, "isSequential", default=False),
        cardinality=expressions.condition(context, element.find(bpmn("loopCardinality"))),
        collection=_collection(context, element, activity, said),
        element=said.first("element", "elementVariable", "inputElement")
        or _item(element, "inputDataItem"),
        completion=expressions.condition(context, element.find(bpmn("completionCondition"))),
        output_collection=said.first("outputCollection", "outputCollection", "outputCollection")
        or _data_name(context, element.find(bpmn("loopDataOutputRef")), activity),
        output_element=_output_element(context, element, said),
        behavior=Behavior(element.get("behavior") or "All"),
        throws=tuple(_throws(context, element)),
    )


def _throws(context: Reading, element: etree._Element) -> Iterator[ImplicitThrow]:
    """The events that its instances throw as they end, by its behavior."""
    behavior = element.get("behavior") or "All"
    if behavior in ("None", "One"):
        found = context.referred(element, f"{behavior.lower()}BehaviorEventRef")
        if found is not None and local(found) in DEFINITIONS:
            yield ImplicitThrow(definition(context, found, found))
    elif behavior == "Complex":
        for said in element.iterfind(bpmn("complexBehaviorDefinition")):
            condition = expressions.condition(context, said.find(bpmn("condition")))
            thrower = said.find(bpmn("event"))
            if thrower is not None:
                for event in event_definitions(context, thrower):
                    yield ImplicitThrow(event, condition)


class _Said:
    """The attributes of other tools, each under its own name for the same thing."""

    def __init__(self, element: etree._Element, extended: etree._Element | None) -> None:
        self._element = element
        self._extended = extended

    def first(self, opsflow: str, camunda: str, zeebe: str) -> str | None:
        """The first that is written, by the names it has in the three families."""
        for value in self._written(opsflow, camunda, zeebe):
            if value and value.strip():
                return value.strip()
        return None

    def _written(self, opsflow: str, camunda: str, zeebe: str) -> Iterable[str | None]:
        yield self._element.get(f"{{{OPSFLOW}}}{opsflow}")
        for namespace in sorted(CAMUNDA_LIKE):
            yield self._element.get(f"{{{namespace}}}{camunda}")
        if self._extended is not None:
            yield self._extended.get(zeebe)


def _collection(
    context: Reading, element: etree._Element, activity: etree._Element, said: _Said
) -> Expression | None:
    written = said.first("collection", "collection", "inputCollection")
    if written is not None:
        return expressions.from_text(context, written, element)
    name = _data_name(context, element.find(bpmn("loopDataInputRef")), activity)
    return expressions.from_text(context, f"= {name}", element) if name else None


def _output_element(context: Reading, element: etree._Element, said: _Said) -> Expression | None:
    written = said.first("outputElement", "outputElement", "outputElement")
    if written is None:
        written = _item(element, "outputDataItem")
    return expressions.from_text(context, written, element) if written else None


def _item(element: etree._Element, name: str) -> str | None:
    item = element.find(bpmn(name))
    return None if item is None else (item.get("name") or None)


def _data_name(
    context: Reading, ref: etree._Element | None, activity: etree._Element
) -> str | None:
    """The variable that a data input or output of the activity stands for.

    That is the data object it is associated with, else its own name.
    """
    if ref is None:
        return None
    found = context.resolve(ref, ref.text, "the loop's data reference")
    if found is None:
        return None
    other = _associated(context, found.get("id"), activity)
    name = variable_name(context, other if other is not None else found)
    if name is None:
        context.remark(reading.NAMELESS_DATA, f"the data {found.get('id')!r} has no name", ref)
    return name


def _associated(
    context: Reading, id: str | None, activity: etree._Element
) -> etree._Element | None:
    for association in activity.iterfind(bpmn("dataInputAssociation")):
        if reference(text_of(association.find(bpmn("targetRef")))) == id:
            return context.document.find(reference(text_of(association.find(bpmn("sourceRef")))))
    for association in activity.iterfind(bpmn("dataOutputAssociation")):
        if reference(text_of(association.find(bpmn("sourceRef")))) == id:
            return context.document.find(reference(text_of(association.find(bpmn("targetRef")))))
    return None


def variable_name(context: Reading, data: etree._Element) -> str | None:
    """The variable of a data object, property, data input or output: its name, if it is one."""
    behind = context.document.referred(data, "dataObjectRef")
    name = data.get("name") or (behind.get("name") if behind is not None else None)
    if name and name.replace("_", "a").isalnum() and not name[0].isdigit():
        return name
    return None
