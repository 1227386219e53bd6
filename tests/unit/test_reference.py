"""The reference pages are what the code says, and the lists they come from are whole."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from lxml import etree

from opsflow.engine import elements
from opsflow.engine.model import NodeKind
from opsflow.engine.parser.events import DEFINITIONS
from opsflow.engine.rules import RULES as ENGINE
from tools.reference import PAGES, REFERENCE, RULES

SOURCES = REFERENCE.parent.parent / "src" / "opsflow"
_XS = "{http://www.w3.org/2001/XMLSchema}"
_FAMILIES = "matrix|form|procedure|gate|package|call|variable|calendar|service-level|handler"
_WRITTEN = re.compile(rf'"(opsflow\.(?:{_FAMILIES})\.[a-z-]+)"')
_PREFIXED = {"sop/checks.py": "opsflow.procedure.", "approvals/checks.py": "opsflow.gate."}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    written = (REFERENCE / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run python -m tools.reference"


def test_no_rule_is_there_twice() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


def test_every_rule_that_a_feature_applies_is_listed() -> None:
    applied = {rule for path in SOURCES.rglob("*.py") for rule in _applied(path)}
    listed = {rule.id for rule in RULES} - {rule.id for rule in ENGINE}
    assert applied == listed


def _applied(path: Path) -> set[str]:
    """The rule ids that a module names; two modules leave their prefix out."""
    if path.name == "rules.py" or "engine" in path.parts:
        return set()
    text = path.read_text(encoding="utf-8")
    found = set(_WRITTEN.findall(text))
    prefix = _PREFIXED.get(f"{path.parent.name}/{path.name}")
    if prefix:
        found |= {prefix + rule for rule in re.findall(r'^ {12,}"([a-z-]+)",$', text, re.MULTILINE)}
    return found


def test_every_element_of_the_schema_is_in_the_reference() -> None:
    schema = files("SpiffWorkflow.bpmn.parser").joinpath("schema")
    concrete = set()
    for name in ("Semantic.xsd", "BPMN20.xsd"):
        root = etree.fromstring(schema.joinpath(name).read_bytes())
        types = root.findall(f"{_XS}complexType[@abstract='true']")
        abstract = _ONLY_DERIVED_FROM | {str(one.get("name")) for one in types}
        for element in root.findall(f"{_XS}element"):
            if not {element.get("name"), element.get("type")} & abstract:
                concrete.add(str(element.get("name")))
    tables = (
        elements.STRUCTURE,
        elements.REPETITION,
        elements.CALLED,
        elements.DATA,
        elements.COLLABORATION,
    )
    listed = [element.name for table in tables for element in table]
    assert len(listed) == len(set(listed))
    known = {*listed, *(kind.value for kind in NodeKind), *DEFINITIONS}
    assert known - concrete == set()
    assert concrete - known == set()


_ONLY_DERIVED_FROM = {
    "artifact",
    "baseElement",
    "baseElementWithMixedContent",
    "callableElement",
    "dataAssociation",
    "gateway",
    "loopCharacteristics",
}
"""BPMN 2.0.2 calls these abstract, where the schema does not."""


def test_every_rule_that_an_element_names_is_one() -> None:
    ids = {rule.id for rule in RULES}
    named = {
        element.rule
        for table in (
            elements.STRUCTURE,
            elements.REPETITION,
            elements.CALLED,
            elements.DATA,
            elements.COLLABORATION,
            elements.flow_nodes(),
            elements.abilities(),
        )
        for element in table
        if element.rule
    }
    assert named <= ids
