"""Validation against the XML schema of BPMN 2.0.2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import as_file, files
from threading import Lock
from typing import Protocol, cast

from lxml import etree

from opsflow.engine.document import BPMN, Document, local
from opsflow.engine.rule import Remark
from opsflow.engine.rules import reading
from opsflow.findings import Finding

_MOST = 50
"""A wrong namespace breaks every element; nobody reads further than this."""


_ONE_AT_A_TIME = Lock()
"""Two threads that make a schema at once spoil libxml2's types for the rest of the process."""


class _Entry(Protocol):
    """An entry of libxml2's error log, which the type stubs leave out."""

    @property
    def line(self) -> int: ...
    @property
    def path(self) -> str | None: ...
    @property
    def message(self) -> str: ...


def violations(document: Document) -> list[Finding]:
    """What in the file the schema does not allow; in its drawing that is a warning only."""
    with _ONE_AT_A_TIME:
        schema = _schema()
        if schema.validate(document.root):
            return []
        log = cast("Iterable[_Entry]", schema.error_log)
        entries = [entry for entry in log if "'xs:ID'" not in entry.message]
    prefixes = _prefixes(document)
    return [_finding(document, entry, prefixes) for entry in entries[:_MOST]]


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    """The schema that ships with SpiffWorkflow."""
    with as_file(files("SpiffWorkflow.bpmn.parser").joinpath("schema")) as folder:
        parser = etree.XMLParser(no_network=True)
        return etree.XMLSchema(etree.parse(folder / "BPMN20.xsd", parser))


def _finding(document: Document, entry: _Entry, prefixes: Mapping[str, str]) -> Finding:
    around = _around(document, entry.path, prefixes)
    owner = next((element for element in around if element.get("id")), None)
    drawn = any(local(element) == "BPMNDiagram" for element in around)
    remark = Remark(
        entry.message.replace(f"{{{BPMN}}}", ""),
        element=owner.get("id") if owner is not None else None,
        name=owner.get("name") if owner is not None else None,
        line=entry.line,
    )
    return (reading.DRAWING if drawn else reading.SCHEMA).finding(remark)


def _around(
    document: Document, path: str | None, prefixes: Mapping[str, str]
) -> list[etree._Element]:
    """The element at a path of libxml2 and those around it; none if it cannot be followed."""
    try:
        found = document.root.xpath(path, namespaces=dict(prefixes)) if path else []
    except etree.XPathError:
        return []
    element = found[0] if isinstance(found, list) and found else None
    if not isinstance(element, etree._Element):
        return []
    return [element, *element.iterancestors()]


def _prefixes(document: Document) -> dict[str, str]:
    """All prefixes of the file: the paths of libxml2 are written with them."""
    declared = etree.iterwalk(document.root, events=("start-ns",))
    return {str(prefix): str(uri) for _, (prefix, uri) in declared if prefix}
