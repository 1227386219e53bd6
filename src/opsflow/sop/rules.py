"""The rules about procedures, as their checks apply them."""

from __future__ import annotations

from opsflow.engine import Rule
from opsflow.findings import Severity

RULES: tuple[Rule, ...] = (
    Rule(
        "opsflow.procedure.task",
        Severity.ERROR,
        "A procedure stands on a task that a person works on.",
        "Put it on a user or manual task of the process.",
        "opsflow procedures",
    ),
    Rule(
        "opsflow.procedure.step-twice",
        Severity.ERROR,
        "The steps of a procedure have ids of their own.",
        "Rename one of them.",
        "opsflow procedures",
    ),
    Rule(
        "opsflow.procedure.text",
        Severity.ERROR,
        "A step says what to do.",
        "Write what to do as its text.",
        "opsflow procedures",
    ),
    Rule(
        "opsflow.procedure.evidence",
        Severity.ERROR,
        "The evidence that a step asks for is of a known kind.",
        'The only kind of evidence is "file".',
        "opsflow procedures",
    ),
    Rule(
        "opsflow.procedure.limits",
        Severity.ERROR,
        "Only a step that measures has a unit or limits.",
        'Make it a step of kind "measure", or leave unit, min and max away.',
        "opsflow procedures",
    ),
    Rule(
        "opsflow.procedure.limit",
        Severity.ERROR,
        "A limit is a number or an expression.",
        "Write a number, or an expression with a leading = sign.",
        "opsflow procedures",
    ),
    Rule(
        "opsflow.procedure.limits-crossed",
        Severity.ERROR,
        "The lower limit of a step is not above the upper one.",
        "Exchange min and max.",
        "opsflow procedures",
    ),
    Rule(
        "opsflow.procedure.all-optional",
        Severity.INFORMATION,
        "At least one step of a procedure is required.",
        "Mark the steps that matter as required.",
        "opsflow procedures",
    ),
)
"""For the reference; the checks word each finding for its case."""
