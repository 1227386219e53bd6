"""Every rule: a model that breaks it, and the same model mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.engine import capabilities
from opsflow.engine.model import EventKind, NodeKind
from opsflow.engine.rules import RULES
from tests.unit.engine.parser.diagrams import file, findings
from tests.unit.engine.rules.breaches import BREACHES

ROOT = Path(__file__).parents[4]
_IDS = {rule.id: rule for rule in RULES}
_FILE_LEVEL = {
    "bpmn.file.too-large",
    "bpmn.file.too-deep",
    "bpmn.file.too-many-elements",
    "bpmn.file.too-much-expression",
    "bpmn.file.not-xml",
    "bpmn.file.doctype",
    "bpmn.file.not-bpmn",
}
"""Tested with hostile input."""


@pytest.fixture
def everything_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules of the standard are tested apart from what the execution can do."""
    monkeypatch.setattr(capabilities, "NODE_KINDS", frozenset(NodeKind))
    everywhere = dict.fromkeys(capabilities.EVENT_KINDS, frozenset(EventKind))
    monkeypatch.setattr(capabilities, "EVENT_KINDS", everywhere)
    for name in (
        "MULTIPLE_EVENTS",
        "QUANTITIES",
        "COMPENSATION",
        "INSTANTIATING_GATEWAYS",
        "INSTANTIATING_RECEIVERS",
    ):
        monkeypatch.setattr(capabilities, name, True)


@pytest.fixture
def only_tasks_are_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the execution can do by now, here it can do next to nothing."""
    plain = {NodeKind.TASK, NodeKind.START_EVENT, NodeKind.END_EVENT, NodeKind.CATCH_EVENT}
    monkeypatch.setattr(capabilities, "NODE_KINDS", frozenset(plain))
    nowhere = dict.fromkeys(capabilities.EVENT_KINDS, frozenset({EventKind.TIMER}))
    monkeypatch.setattr(capabilities, "EVENT_KINDS", nowhere)
    monkeypatch.setattr(capabilities, "LOOPS", frozenset())
    for name in (
        "MULTIPLE_EVENTS",
        "QUANTITIES",
        "COMPENSATION",
        "INSTANTIATING_GATEWAYS",
        "INSTANTIATING_RECEIVERS",
    ):
        monkeypatch.setattr(capabilities, name, False)


def _cases(unsupported: bool) -> list[str]:
    return [rule for rule in BREACHES if rule.startswith("opsflow.unsupported.") is unsupported]


@pytest.mark.parametrize("rule", _cases(unsupported=False))
@pytest.mark.usefixtures("everything_is_executed")
def test_a_breach_is_found_and_its_mending_is_not(rule: str) -> None:
    broken, mended = BREACHES[rule]
    found = [finding for finding in findings(file(broken)) if finding.rule == rule]
    assert found, [(f.rule, f.message) for f in findings(file(broken))]
    assert found[0].severity is _IDS[rule].severity
    assert all(finding.message and finding.hint for finding in found)
    after = findings(file(mended))
    assert rule not in {finding.rule for finding in after}
    assert not [finding for finding in after if finding.is_error]


@pytest.mark.parametrize("rule", _cases(unsupported=True))
@pytest.mark.usefixtures("only_tasks_are_executed")
def test_what_is_not_executed_is_refused(rule: str) -> None:
    broken, mended = BREACHES[rule]
    assert rule in {finding.rule for finding in findings(file(broken))}
    assert rule not in {finding.rule for finding in findings(file(mended))}


def test_the_shipped_processes_are_let_through() -> None:
    for shipped in (ROOT / "bpmn").glob("*.bpmn"):
        assert not [f for f in findings(shipped.read_bytes()) if f.is_error], shipped


def test_every_rule_has_a_test() -> None:
    assert set(_IDS) == set(BREACHES) | _FILE_LEVEL


def test_ids_are_unique_and_well_formed() -> None:
    assert len(_IDS) == len(RULES)
    for rule in RULES:
        area, *rest = rule.id.split(".")
        assert area in ("bpmn", "opsflow") and len(rest) == 2, rule.id
        assert rule.what.endswith(".") and rule.hint.endswith("."), rule.id
        assert rule.source
