"""From bytes to plain elements: the one place where decisions meet XML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from opsflow.decisions.rules import NOT_DMN, UNSAFE
from opsflow.errors import ModelRejected
from opsflow.markup import MarkupRefused, parse

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
"""The namespaces of the versions of DMN."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a DMN file; `children` are those in the same namespace."""

    tag: str
    attributes: dict[str, str]
    text: str
    children: tuple[Element, ...]
    line: int

    @property
    def id(self) -> str:
        """Its id; empty where it has none."""
        return self.attributes.get("id", "")

    @property
    def name(self) -> str:
        """Its name with single spaces, as FEEL knows it."""
        return " ".join(self.attributes.get("name", "").split())

    def get(self, attribute: str, default: str = "") -> str:
        """An attribute without a namespace."""
        return self.attributes.get(attribute, default)

    def all(self, *tags: str) -> Iterator[Element]:
        """The children with one of the tags."""
        return (child for child in self.children if child.tag in tags)

    def first(self, *tags: str) -> Element | None:
        """The first of them."""
        return next(self.all(*tags), None)

    def text_of(self, tag: str) -> str:
        """The text of the first child with a tag, without white space around it."""
        child = self.first(tag)
        return child.text.strip() if child is not None else ""


def read_xml(source: bytes) -> Element:
    """The `definitions` of a DMN file. Raises ModelRejected for anything else."""
    try:
        root = parse(source)
    except MarkupRefused as error:
        raise ModelRejected([UNSAFE.finding(str(error), line=error.line)]) from error
    namespace, name = _split(root.tag)
    if name != "definitions" or namespace not in NAMESPACES:
        raise ModelRejected([NOT_DMN.finding(f"the root element is {root.tag}")])
    return _element(root, namespace)


def _element(node: etree._Element, namespace: str) -> Element:
    inner = [child for child in node if _split(child.tag)[0] == namespace]
    line: object = node.sourceline
    return Element(
        tag=_split(node.tag)[1],
        attributes={str(key): str(value) for key, value in node.attrib.items()},
        text=node.text or "",
        children=tuple(_element(child, namespace) for child in inner),
        line=line if isinstance(line, int) else 0,
    )


def _split(tag: object) -> tuple[str, str]:
    namespace, _, name = str(tag).rpartition("}")
    return namespace.removeprefix("{"), name
