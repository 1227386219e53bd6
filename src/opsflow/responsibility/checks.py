"""What must be right in a matrix before its process is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from opsflow import feel
from opsflow.engine import Process, SeparationOfDuties
from opsflow.findings import Finding, Severity
from opsflow.people import Directory
from opsflow.responsibility.matrix import Matrix, Row, matrix_of

CROWDED = 5
"""From so many tasks on, a role that is responsible for most of them is called overloaded."""


def check_matrix(process: Process, *, mode: Literal["matrix", "open"]) -> list[Finding]:
    """Findings about responsibility.

    ``matrix``: every human task has exactly one accountable and at least one responsible
    role, or there are errors. ``open``: a task may be left to anybody.
    """
    matrix = matrix_of(process)
    findings: list[Finding] = []
    for row in matrix.rows.values():
        if mode == "matrix":
            findings += [*_gaps(row), *_two_accountable(row)]
        findings += _consultation(row)
    for pair in process.controls.separation:
        findings += _separation(pair, process, matrix)
    findings += _overload(matrix, process)
    return findings


def check_roles(process: Process, directory: Directory) -> list[Finding]:
    """A warning for each role of the matrix that the directory does not know."""
    used = {role: row for row in matrix_of(process).rows.values() for role in row.roles}
    return [
        _finding(
            Severity.WARNING,
            "opsflow.matrix.unknown-role",
            row,
            f"there is no role {role!r}",
            "Add the role, or mend its name: roles are matched by id, letter by letter.",
        )
        for role, row in used.items()
        if not directory.role_exists(role)
    ]


def _gaps(row: Row) -> Iterator[Finding]:
    if not row.responsible:
        yield _finding(
            Severity.ERROR,
            "opsflow.matrix.no-responsible",
            row,
            f"nobody is responsible for {row.label!r}",
            "Name at least one responsible role on the task or the process, or put the task "
            "into a lane named for the role.",
        )
    if not row.accountable:
        yield _finding(
            Severity.ERROR,
            "opsflow.matrix.no-accountable",
            row,
            f"nobody is accountable for {row.label!r}",
            "Name exactly one accountable role, on the task or for the whole process.",
        )


def _two_accountable(row: Row) -> Iterator[Finding]:
    if len(row.accountable) > 1:
        yield _finding(
            Severity.ERROR,
            "opsflow.matrix.two-accountable",
            row,
            f"{len(row.accountable)} roles are accountable for {row.label!r}: "
            + ", ".join(row.accountable),
            "Leave exactly one; the others may be consulted or informed.",
        )


def _consultation(row: Row) -> Iterator[Finding]:
    if row.consult_required and not row.consulted:
        yield _finding(
            Severity.WARNING,
            "opsflow.matrix.nobody-consulted",
            row,
            f"{row.label!r} waits for consulted roles, and names none",
            "Name the roles to consult, or take the requirement away.",
        )
    if row.consult_within is not None and not _is_deadline(row.consult_within):
        yield _finding(
            Severity.ERROR,
            "opsflow.matrix.consult-within",
            row,
            f"{row.consult_within!r} is not a length of time",
            "Write an ISO 8601 duration such as P2D or PT4H.",
        )


def _is_deadline(text: str) -> bool:
    try:
        length = feel.parse_duration(text)
    except feel.FeelTypeError:
        return False
    return length > timedelta() if isinstance(length, timedelta) else length.months > 0


def _separation(pair: SeparationOfDuties, process: Process, matrix: Matrix) -> Iterator[Finding]:
    def error(rule: str, message: str, hint: str) -> Finding:
        return Finding(
            severity=Severity.ERROR,
            rule=rule,
            message=message,
            hint=hint,
            element=process.id,
            line=pair.line,
        )

    for task in dict.fromkeys(pair.tasks):
        if task not in matrix.rows:
            what = "is not done by a person" if task in process.nodes else "is not in the process"
            yield error(
                "opsflow.matrix.separation-task",
                f"separation of duties names {task!r}, which {what}",
                "Name the ids of tasks that people do.",
            )
    if len(set(pair.tasks)) < 2:
        yield error(
            "opsflow.matrix.separation-short",
            "separation of duties needs at least two tasks",
            "Name all tasks that one person may not do together.",
        )


def _overload(matrix: Matrix, process: Process) -> Iterator[Finding]:
    """More than half of a long process on one role: somebody should look at that."""
    human = len(matrix.rows)
    counts = Counter(role for row in matrix.rows.values() for role in row.responsible)
    for role, count in counts.items():
        if human >= CROWDED and count * 2 > human and len(counts) > 1:
            yield Finding(
                severity=Severity.INFORMATION,
                rule="opsflow.matrix.overload",
                message=f"the role {role!r} is responsible for {count} of {human} tasks",
                hint="Spread the tasks over more roles, if the work allows it.",
                element=process.id,
                line=process.line,
            )


def _finding(severity: Severity, rule: str, row: Row, message: str, hint: str) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        message=message,
        hint=hint,
        element=row.node_id,
        name=row.label,
        line=row.line,
    )
