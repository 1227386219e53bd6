"""Looking things up among the extensions of an element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from opsflow.engine.document import CAMUNDA_LIKE, OPSFLOW, SPIFF, ZEEBE, bpmn, split


def attribute(element: etree._Element, name: str, namespaces: Iterable[str]) -> str | None:
    """The first attribute of that name in one of the namespaces that is not blank."""
    for namespace in namespaces:
        value = element.get(f"{{{namespace}}}{name}")
        if value is not None and value.strip():
            return value.strip()
    return None


def camunda(element: etree._Element, name: str) -> str | None:
    """An attribute of the Camunda 7 family."""
    return attribute(element, name, sorted(CAMUNDA_LIKE))


def own(element: etree._Element, name: str) -> str | None:
    """An attribute of opsflow's namespace."""
    return attribute(element, name, (OPSFLOW,))


def extensions(
    element: etree._Element, name: str, namespaces: Iterable[str]
) -> Iterator[etree._Element]:
    """Extension elements of that name in one of the namespaces, in document order."""
    wanted = frozenset(namespaces)
    container = element.find(bpmn("extensionElements"))
    if container is None:
        return
    for child in container:
        namespace, found = split(str(child.tag))
        if found == name and namespace in wanted:
            yield child


def zeebe(element: etree._Element, name: str) -> etree._Element | None:
    """The first extension element of that name in Zeebe's namespace."""
    return next(extensions(element, name, (ZEEBE,)), None)


def zeebe_attribute(element: etree._Element, name: str, attribute_name: str) -> str | None:
    """An attribute of one of Zeebe's extension elements."""
    found = zeebe(element, name)
    value = found.get(attribute_name) if found is not None else None
    return value.strip() if value and value.strip() else None


def opsflow_elements(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Extension elements of that name in opsflow's namespace."""
    return extensions(element, name, (OPSFLOW,))


def spiff_text(element: etree._Element, name: str) -> str | None:
    """The text of one of SpiffArena's extension elements."""
    for found in extensions(element, name, (SPIFF,)):
        if found.text and found.text.strip():
            return found.text.strip()
    return None


def spiff_property(element: etree._Element, name: str) -> str | None:
    """A value of SpiffArena's property list."""
    for properties in extensions(element, "properties", (SPIFF,)):
        for found in properties:
            if found.get("name") == name and found.get("value"):
                return found.get("value")
    return None
