"""Gates that must not be published, and those that deserve a remark."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opsflow.approvals import check_gates
from opsflow.engine import (
    Expression,
    Gate,
    GateRule,
    Node,
    NodeKind,
    Process,
    Rejection,
    TaskControls,
    Tier,
)

GOOD = Gate(id="g", at="exit", rule=GateRule.ALL, voters=("boss",), line=7)
TIER = Tier(Expression("amount > 1"), ("cfo",))


def rules(*gates: Gate, kind: NodeKind = NodeKind.USER_TASK) -> dict[str, str]:
    node = Node("t", kind, "Task", "p", 3, controls=TaskControls(gates=gates))
    process = Process("p", None, 1, True, {"t": node}, {})
    return {finding.rule: str(finding.severity) for finding in check_gates(process)}


def test_a_good_gate_has_no_findings() -> None:
    assert rules(GOOD) == {}
    assert rules(replace(GOOD, rule=GateRule.QUORUM, votes=1)) == {}
    assert rules(replace(GOOD, voters=(), tiers=(TIER,))) == {}


@pytest.mark.parametrize(
    ("gates", "rule", "severity"),
    [
        ((GOOD, GOOD), "twice", "error"),
        ((replace(GOOD, at="middle"),), "at", "error"),
        ((replace(GOOD, voters=()),), "no-voters", "error"),
        ((replace(GOOD, voters=(), veto=("legal",)),), "no-voters", "error"),
        ((replace(GOOD, tiers=(replace(TIER, voters=()),)),), "empty-tier", "error"),
        ((replace(GOOD, votes=2),), "votes-unused", "error"),
        ((replace(GOOD, rule=GateRule.QUORUM),), "votes", "error"),
        ((replace(GOOD, rule=GateRule.QUORUM, votes=0),), "votes", "error"),
        ((replace(GOOD, rule=GateRule.QUORUM, votes=2),), "counts-persons", "information"),
        ((replace(GOOD, at="entry"),), "entry-rework", "warning"),
        ((replace(GOOD, on_reject=Rejection.FAIL),), "error-code", "warning"),
        ((replace(GOOD, on_reject=Rejection.CONTINUE),), "outcome", "warning"),
    ],
)
def test_each_rule_is_found(gates: tuple[Gate, ...], rule: str, severity: str) -> None:
    assert rules(*gates) == {f"opsflow.gate.{rule}": severity}


def test_a_gate_needs_a_person_who_works() -> None:
    assert rules(GOOD, kind=NodeKind.SERVICE_TASK) == {"opsflow.gate.task": "error"}


def test_a_finding_points_at_the_gate_in_the_file() -> None:
    node = Node(
        "t",
        NodeKind.USER_TASK,
        "Task",
        "p",
        3,
        controls=TaskControls(gates=(replace(GOOD, voters=()),)),
    )
    (finding,) = check_gates(Process("p", None, 1, True, {"t": node}, {}))
    assert (finding.element, finding.name, finding.line) == ("t", "Task", 7)
