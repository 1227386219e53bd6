"""The rules about the matrix of a process, as its checks apply them."""

from __future__ import annotations

from opsflow.engine import Rule
from opsflow.findings import Severity

RULES: tuple[Rule, ...] = (
    Rule(
        "opsflow.matrix.no-responsible",
        Severity.ERROR,
        "A human task has at least one responsible role.",
        "Name a responsible role on the task or the process, or put it into a lane named for one.",
        "opsflow responsibility",
    ),
    Rule(
        "opsflow.matrix.no-accountable",
        Severity.ERROR,
        "A human task has an accountable role.",
        "Name exactly one accountable role, on the task or for the whole process.",
        "opsflow responsibility",
    ),
    Rule(
        "opsflow.matrix.two-accountable",
        Severity.ERROR,
        "No more than one role is accountable for a task.",
        "Leave exactly one; the others may be consulted or informed.",
        "opsflow responsibility",
    ),
    Rule(
        "opsflow.matrix.nobody-consulted",
        Severity.WARNING,
        "A task that waits for consulted roles names some.",
        "Name the roles to consult, or take the requirement away.",
        "opsflow responsibility",
    ),
    Rule(
        "opsflow.matrix.consult-within",
        Severity.ERROR,
        "The time for a consultation is an ISO 8601 duration.",
        "Write for example P2D or PT4H.",
        "opsflow responsibility",
    ),
    Rule(
        "opsflow.matrix.separation-task",
        Severity.ERROR,
        "Separation of duties names tasks that people do.",
        "Name the ids of human tasks of the process.",
        "opsflow responsibility",
    ),
    Rule(
        "opsflow.matrix.separation-short",
        Severity.ERROR,
        "Separation of duties names at least two tasks.",
        "Name all tasks that one person may not do together.",
        "opsflow responsibility",
    ),
    Rule(
        "opsflow.matrix.unknown-role",
        Severity.WARNING,
        "The roles of the matrix are there.",
        "Add the role, or mend its name: roles are matched by id, letter by letter.",
        "opsflow responsibility",
    ),
    Rule(
        "opsflow.matrix.overload",
        Severity.INFORMATION,
        "No role is responsible for most tasks of a long process.",
        "Spread the tasks over more roles, if the work allows it.",
        "opsflow responsibility",
    ),
)
"""For the reference; the checks word each finding for its case."""
