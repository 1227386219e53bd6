"""Procedures that must not be published."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opsflow.engine import (
    Expression,
    Node,
    NodeKind,
    ProcedureStep,
    ProcedureStepKind,
    Process,
    TaskControls,
)
from opsflow.sop import check_procedures

GOOD = ProcedureStep("a", ProcedureStepKind.MEASURE, "Price", unit="CNY", line=9)
TEN, TWO = Expression("10", literal=True), Expression("2")


def rules(*steps: ProcedureStep, kind: NodeKind = NodeKind.USER_TASK) -> dict[str, str]:
    node = Node("t", kind, "Task", "p", 3, controls=TaskControls(procedure=steps))
    process = Process("p", None, 1, True, {"t": node}, {})
    return {finding.rule: str(finding.severity) for finding in check_procedures(process)}


def test_a_good_procedure_has_no_findings() -> None:
    assert rules(GOOD, replace(GOOD, id="b", minimum=TWO, maximum=TEN, evidence="file")) == {}
    assert rules(replace(GOOD, minimum=TEN, maximum=Expression("approved"))) == {}


@pytest.mark.parametrize(
    ("steps", "rule", "severity"),
    [
        ((GOOD, GOOD), "step-twice", "error"),
        ((replace(GOOD, text=" "),), "text", "error"),
        ((replace(GOOD, evidence="photo"),), "evidence", "error"),
        ((replace(GOOD, kind=ProcedureStepKind.CHECK),), "limits", "error"),
        ((replace(GOOD, kind=ProcedureStepKind.TEXT, unit=None, maximum=TEN),), "limits", "error"),
        ((replace(GOOD, maximum=Expression("ten", literal=True)),), "limit", "error"),
        ((replace(GOOD, minimum=TEN, maximum=TWO),), "limits-crossed", "error"),
        ((replace(GOOD, required=False),), "all-optional", "information"),
    ],
)
def test_each_rule_is_found(steps: tuple[ProcedureStep, ...], rule: str, severity: str) -> None:
    assert rules(*steps) == {f"opsflow.procedure.{rule}": severity}


def test_a_procedure_needs_a_person_who_works() -> None:
    assert rules(GOOD, kind=NodeKind.SERVICE_TASK) == {"opsflow.procedure.task": "error"}
