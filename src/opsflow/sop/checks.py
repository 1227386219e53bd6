"""What must be right in the procedures of a process before it is published."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from opsflow.engine import Expression, Node, ProcedureStep, ProcedureStepKind, Process
from opsflow.findings import Finding, Severity
from opsflow.sop.limits import decimal_of


def check_procedures(process: Process) -> list[Finding]:
    """Findings about every procedure of a process."""
    return [
        finding
        for node in process.nodes.values()
        if node.controls.procedure
        for finding in _check(node)
    ]


def _check(node: Node) -> Iterator[Finding]:
    steps = node.controls.procedure
    if not node.is_human:
        yield _finding(
            node,
            None,
            "task",
            f"a procedure stands on {node.label!r}, which no person works on",
            "Put it on a user or manual task.",
        )
    ids = [step.id for step in steps]
    for repeated in sorted({each for each in ids if ids.count(each) > 1}):
        yield _finding(
            node,
            None,
            "step-twice",
            f"the step {repeated!r} is there twice",
            "Give each step of a procedure an id of its own.",
        )
    for step in steps:
        yield from _check_step(node, step)
    if not any(step.required for step in steps):
        yield _finding(
            node,
            None,
            "all-optional",
            "no step of the procedure is required: the task completes without it",
            "Mark the steps that matter as required.",
            Severity.INFORMATION,
        )


def _check_step(node: Node, step: ProcedureStep) -> Iterator[Finding]:
    if not step.text.strip():
        yield _finding(
            node,
            step,
            "text",
            f"the step {step.id!r} does not say what to do",
            "Write what to do as its text.",
        )
    if step.evidence not in (None, "", "none", "file"):
        yield _finding(
            node,
            step,
            "evidence",
            f"the step {step.id!r} asks for evidence {step.evidence!r}, which is not known",
            'The only kind of evidence is "file".',
        )
    if step.kind is not ProcedureStepKind.MEASURE and (step.minimum or step.maximum or step.unit):
        yield _finding(
            node,
            step,
            "limits",
            f"the step {step.id!r} has a unit or limits, and measures nothing",
            'Make it a step of kind "measure", or leave unit, min and max away.',
        )
    yield from _check_limits(node, step)


def _check_limits(node: Node, step: ProcedureStep) -> Iterator[Finding]:
    ends = [("min", step.minimum), ("max", step.maximum)]
    for name, end in ends:
        if end is not None and end.literal and decimal_of(end.text) is None:
            yield _finding(
                node,
                step,
                "limit",
                f"the limit {name}={end.text!r} of the step {step.id!r} is not a number",
                "Write a number, or an expression with a leading = sign.",
            )
    low, high = _constant(step.minimum), _constant(step.maximum)
    if low is not None and high is not None and low > high:
        yield _finding(
            node,
            step,
            "limits-crossed",
            f"no value of the step {step.id!r} is within its limits: {low:f} is more than {high:f}",
            "Exchange min and max.",
        )


def _constant(end: Expression | None) -> Decimal | None:
    return decimal_of(end.text) if end is not None else None


def _finding(
    node: Node,
    step: ProcedureStep | None,
    rule: str,
    message: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding(
        severity=severity,
        rule=f"opsflow.procedure.{rule}",
        message=message,
        hint=hint,
        element=node.id,
        name=node.name,
        line=(step.line if step else 0) or node.line,
    )
