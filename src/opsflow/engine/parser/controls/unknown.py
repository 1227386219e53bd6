"""Remarks on every extension that is not understood: never a silence."""

from __future__ import annotations

from lxml import etree

from opsflow.engine.document import (
    BPMN,
    CAMUNDA_LIKE,
    OPSFLOW,
    SPIFF,
    XSI,
    ZEEBE,
    bpmn,
    local,
    split,
)
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.vocabulary import (
    FOREIGN_CODE,
    FOREIGN_MISSED,
    FOREIGN_USED,
    OPSFLOW_ATTRIBUTES,
    OPSFLOW_ELEMENTS,
)
from opsflow.engine.rules import reading

_KNOWN_TOOLS = CAMUNDA_LIKE | {ZEEBE, SPIFF}
_SILENT = frozenset({"", BPMN, XSI, "http://www.w3.org/XML/1998/namespace"})


def remark_unknown(context: Reading) -> None:
    """Walk through the file and note every extension that has no effect here."""
    seen: set[str] = set()
    for element in context.document.root.iter(bpmn("*")):
        for name in element.attrib:
            _attribute(context, element, str(name), seen)
        if local(element) == "extensionElements":
            for child in element.iterchildren(etree.Element):
                _element(context, child, element.getparent(), seen)


def _attribute(context: Reading, element: etree._Element, qualified: str, seen: set[str]) -> None:
    namespace, name = split(qualified)
    if namespace in _SILENT:
        return
    if namespace == OPSFLOW:
        _own_attribute(context, element, name)
    elif namespace in _KNOWN_TOOLS:
        _foreign(context, element, name)
    else:
        _strange(context, element, namespace, seen)


def _own_attribute(context: Reading, element: etree._Element, name: str) -> None:
    carriers = OPSFLOW_ATTRIBUTES.get(name)
    if carriers is None:
        hint = f"Known are {', '.join(sorted(OPSFLOW_ATTRIBUTES))}."
        context.remark(reading.UNKNOWN, f"opsflow:{name} is not known", element, hint)
    elif local(element) not in carriers:
        message = f"opsflow:{name} has no meaning on a {local(element)}"
        context.remark(reading.MISPLACED, message, element)


def _element(
    context: Reading,
    element: etree._Element,
    carrier: etree._Element | None,
    seen: set[str],
) -> None:
    namespace, name = split(str(element.tag))
    if namespace == OPSFLOW and carrier is not None:
        _own_element(context, element, name, local(carrier))
    elif namespace in _KNOWN_TOOLS:
        _foreign(context, element, name)
        for child in element.iterdescendants(etree.Element):
            _foreign(context, child, local(child))
    else:
        _strange(context, element, namespace, seen)


def _own_element(context: Reading, element: etree._Element, name: str, carrier: str) -> None:
    shape = OPSFLOW_ELEMENTS.get(name)
    if shape is None:
        hint = f"Known are {', '.join(sorted(OPSFLOW_ELEMENTS))}."
        context.remark(reading.UNKNOWN, f"opsflow:{name} is not known", element, hint)
        return
    if carrier not in shape.carriers:
        context.remark(reading.MISPLACED, f"opsflow:{name} has no meaning in a {carrier}", element)
    for attribute in element.attrib:
        if str(attribute) not in shape.attributes:
            hint = f"Known are {', '.join(sorted(shape.attributes)) or 'none'}."
            message = f"the attribute {split(str(attribute))[1]} of opsflow:{name} is not known"
            context.remark(reading.UNKNOWN, message, element, hint)
    for child in element.iterchildren(etree.Element):
        namespace, inner = split(str(child.tag))
        if namespace != OPSFLOW or inner not in shape.children:
            message = f"{inner} is not known inside opsflow:{name}"
            context.remark(reading.UNKNOWN, message, child)
        else:
            _own_element(context, child, inner, name)


def _foreign(context: Reading, place: etree._Element, name: str) -> None:
    if name in FOREIGN_CODE:
        message = f"{name} would run code, which opsflow does not do"
        context.remark(reading.FOREIGN_CODE, message, place, FOREIGN_CODE[name])
    elif name == "type" and _camunda_type(place) not in (None, "external"):
        message = f"the built-in task type {_camunda_type(place)!r} is not there"
        context.remark(reading.FOREIGN_CODE, message, place, FOREIGN_CODE["class"])
    elif name in FOREIGN_MISSED:
        message = f"{name} has no effect here, and what it does elsewhere is missing"
        context.remark(reading.MISSED, message, place)
    elif name not in FOREIGN_USED and name != "type":
        context.remark(reading.NOT_USED, f"{name} has no effect here", place)


def _camunda_type(place: etree._Element) -> str | None:
    for namespace in CAMUNDA_LIKE:
        found = place.get(f"{{{namespace}}}type")
        if found:
            return found
    return None


def _strange(context: Reading, element: etree._Element, namespace: str, seen: set[str]) -> None:
    """One remark per namespace: drawing tools decorate every element."""
    if namespace not in seen:
        seen.add(namespace)
        context.remark(reading.NOT_USED, f"extensions of {namespace} have no effect here", element)
