"""Reading a file for viewing: its elements, texts, lanes and drawings (BPMN 2.0.2 §12)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from opsflow.engine.description import (
    Bounds,
    Description,
    Diagram,
    DrawnLane,
    Edge,
    Item,
    Shape,
)
from opsflow.engine.document import Document, bpmn, line_of, local, reference, text_of
from opsflow.engine.model import NodeKind
from opsflow.engine.parser.events import DEFINITIONS
from opsflow.engine.parser.identity import repeated_ids
from opsflow.engine.parser.limits import DEFAULT, ReadLimits
from opsflow.engine.parser.schema import violations
from opsflow.engine.parser.source import parse
from opsflow.errors import ModelRejected

_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_DD = "http://www.omg.org/spec/DD/20100524/DI"

_SHOWN: frozenset[str] = frozenset(
    {
        *(kind.value for kind in NodeKind),
        "process",
        "collaboration",
        "choreography",
        "globalConversation",
        "participant",
        "sequenceFlow",
        "messageFlow",
        "association",
        "dataInputAssociation",
        "dataOutputAssociation",
        "conversationLink",
        "dataObject",
        "dataObjectReference",
        "dataStore",
        "dataStoreReference",
        "dataInput",
        "dataOutput",
        "textAnnotation",
        "group",
        "conversation",
        "subConversation",
        "callConversation",
        "choreographyTask",
        "subChoreography",
        "callChoreography",
        "globalTask",
        "globalUserTask",
        "globalManualTask",
        "globalScriptTask",
        "globalBusinessRuleTask",
    }
)
_REFERENCES = (
    "processRef",
    "dataObjectRef",
    "dataStoreRef",
    "calledElement",
    "categoryValueRef",
    "calledChoreographyRef",
    "calledCollaborationRef",
)


def describe(source: bytes, *, limits: ReadLimits = DEFAULT) -> Description:
    """What a file shows, whether it can be executed or not.

    Raises ModelRejected for a file that is no BPMN, breaks its schema or repeats an id.
    """
    document = Document(parse(source, limits))
    found = repeated_ids(document) or violations(document)
    if any(finding.is_error for finding in found):
        raise ModelRejected(found)
    return Description(
        name=document.root.get("name") or None,
        items=_items(document),
        lanes=tuple(_lane(element) for element in document.all("lane")),
        diagrams=tuple(_diagram(e) for e in document.root.iter(f"{{{_DI}}}BPMNDiagram")),
        findings=tuple(found),
    )


def _items(document: Document) -> dict[str, Item]:
    """Every element that is shown and can be told by an id, or that needs none: a flow."""
    items: dict[str, Item] = {}
    for element in document.all(*_SHOWN):
        own = element.get("id") or _made_up(element, items)
        items[own] = _item(element, own)
    return items


def _made_up(element: etree._Element, items: dict[str, Item]) -> str:
    number = 1
    while f"{local(element)}_{number}" in items:
        number += 1
    return f"{local(element)}_{number}"


def _item(element: etree._Element, own: str) -> Item:
    return Item(
        id=own,
        kind=local(element),
        name=element.get("name") or None,
        parent=_parent(element),
        source=_end(element, "sourceRef"),
        target=_end(element, "targetRef"),
        attached_to=reference(element.get("attachedToRef")),
        events=tuple(local(child) for child in element if local(child) in DEFINITIONS),
        text=text_of(element.find(bpmn("text"))) or None,
        documentation=text_of(element.find(bpmn("documentation"))) or None,
        refers_to=next((r for name in _REFERENCES if (r := reference(element.get(name)))), None),
        line=line_of(element),
    )


def _parent(element: etree._Element) -> str | None:
    around = element.getparent()
    while around is not None and local(around) not in _SHOWN:
        around = around.getparent()
    return around.get("id") if around is not None else None


def _end(element: etree._Element, name: str) -> str | None:
    """An end of a connection: an attribute, or of a data association an element."""
    return reference(element.get(name)) or reference(text_of(element.find(bpmn(name))))


def _lane(element: etree._Element) -> DrawnLane:
    outer = next((e for e in element.iterancestors(bpmn("lane"))), None)
    process = next((e for e in element.iterancestors(bpmn("process"))), None)
    return DrawnLane(
        id=element.get("id") or "",
        name=element.get("name") or None,
        process=process.get("id") if process is not None else None,
        nodes=tuple(reference(text_of(ref)) or "" for ref in element.iterfind(bpmn("flowNodeRef"))),
        parent=outer.get("id") if outer is not None else None,
    )


def _diagram(element: etree._Element) -> Diagram:
    plane = element.find(f"{{{_DI}}}BPMNPlane")
    return Diagram(
        id=element.get("id") or "",
        name=element.get("name") or None,
        plane=reference(plane.get("bpmnElement")) if plane is not None else None,
        shapes=tuple(_shapes(element)),
        edges=tuple(_edges(element)),
    )


def _shapes(diagram: etree._Element) -> Iterator[Shape]:
    for shape in diagram.iter(f"{{{_DI}}}BPMNShape"):
        bounds, drawn = _bounds(shape), reference(shape.get("bpmnElement"))
        if bounds is not None and drawn is not None:
            yield Shape(
                element=drawn,
                bounds=bounds,
                label=_label(shape),
                horizontal=_flag(shape, "isHorizontal"),
                expanded=_flag(shape, "isExpanded"),
                marker=_flag(shape, "isMarkerVisible"),
            )


def _edges(diagram: etree._Element) -> Iterator[Edge]:
    for edge in diagram.iter(f"{{{_DI}}}BPMNEdge"):
        points = [_point(point) for point in edge.iterfind(f"{{{_DD}}}waypoint")]
        drawn = reference(edge.get("bpmnElement"))
        if drawn is not None:
            waypoints = tuple(point for point in points if point is not None)
            yield Edge(element=drawn, waypoints=waypoints, label=_label(edge))


def _label(element: etree._Element) -> Bounds | None:
    label = element.find(f"{{{_DI}}}BPMNLabel")
    return _bounds(label) if label is not None else None


def _bounds(element: etree._Element) -> Bounds | None:
    bounds = element.find(f"{{{_DC}}}Bounds")
    if bounds is None:
        return None
    sides = [_number(bounds, side) for side in ("x", "y", "width", "height")]
    x, y, width, height = sides
    if x is None or y is None or width is None or height is None:
        return None
    return Bounds(x, y, width, height)


def _point(element: etree._Element) -> tuple[float, float] | None:
    x, y = _number(element, "x"), _number(element, "y")
    return None if x is None or y is None else (x, y)


def _number(element: etree._Element, name: str) -> float | None:
    """A number of the drawing; its schema only warns, so it may be missing or none."""
    try:
        value = float(element.get(name, ""))
    except ValueError:
        return None
    return value if abs(value) < _FURTHEST else None


_FURTHEST = 1e7
"""Beyond this nothing can be looked at; infinite and undefined numbers are beyond it too."""


def _flag(element: etree._Element, name: str) -> bool | None:
    value = element.get(name)
    return None if value is None else value in ("true", "1")
