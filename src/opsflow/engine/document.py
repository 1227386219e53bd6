"""The XML of a file, indexed: for what a model says outside of its processes."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
OPSFLOW = "urn:opsflow:bpmn:1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

CAMUNDA_LIKE = frozenset(
    {
        "http://camunda.org/schema/1.0/bpmn",
        "http://operaton.org/schema/1.0/bpmn",
        "http://flowable.org/bpmn",
        "http://activiti.org/bpmn",
    }
)
"""Namespaces of one family: the same attribute names with the same meaning."""
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def bpmn(name: str) -> str:
    """The qualified tag of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def local(element: etree._Element) -> str:
    """The element's tag without its namespace."""
    return split(str(element.tag))[1]


def split(qualified: str) -> tuple[str, str]:
    """Namespace and local name of a qualified name; the namespace is empty where it has none."""
    namespace, brace, name = qualified.rpartition("}")
    return (namespace[1:], name) if brace else ("", qualified)


def text_of(element: etree._Element | None) -> str:
    """The element's own text without surrounding white space; empty where there is none."""
    return ((element.text if element is not None else None) or "").strip()


def line_of(element: etree._Element) -> int:
    """The line of the element's start tag; 0 where it is unknown."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0


def reference(value: str | None) -> str | None:
    """The id that a QName refers to: references are QNames, and ids are local names."""
    if value is None or not value.strip():
        return None
    return value.strip().rpartition(":")[2]


class Document:
    """A well-formed, size-checked BPMN file as an element tree with its ids."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self._by_id: dict[str, etree._Element] = {}
        for element in root.iter(f"{{{BPMN}}}*"):
            known = element.get("id")
            if known is not None:
                self._by_id.setdefault(known, element)

    def name(self, element: etree._Element, id: str) -> None:
        """Give an element that has no id one that nothing else has."""
        element.set("id", id)
        self._by_id[id] = element

    def find(self, id: str | None) -> etree._Element | None:
        """The first BPMN element with the id."""
        return self._by_id.get(id) if id is not None else None

    def all(self, *names: str) -> Iterator[etree._Element]:
        """All BPMN elements with one of the local names, in document order."""
        return self.root.iter(*(bpmn(name) for name in names))

    def referred(self, element: etree._Element, attribute: str) -> etree._Element | None:
        """The element that an attribute refers to by id."""
        return self.find(reference(element.get(attribute)))
