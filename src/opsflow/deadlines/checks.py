"""What must be right in the service levels of a process before it is deployed."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.engine import Act, Anchor, Node, Process, Rule, ServiceLevel
from opsflow.findings import Finding, Severity
from opsflow.responsibility import Row, matrix_of
from opsflow.tasks import service_level_of

TO_ROLE = Rule(
    "opsflow.service-level.role",
    Severity.ERROR,
    "A task is reassigned to a role that is responsible for it.",
    "Make the role responsible in the matrix, or reassign to another one.",
    "opsflow service levels",
)
NO_DUE = Rule(
    "opsflow.service-level.no-due",
    Severity.WARNING,
    "What is counted from the due date of a task has one.",
    "Write due on the service level, or opsflow:due on the task; until then nothing is done.",
    "opsflow service levels",
)
NOT_HUMAN = Rule(
    "opsflow.service-level.not-human",
    Severity.ERROR,
    "Service levels are about tasks that people do.",
    "Move it to a user task, or put a timer boundary event on this one.",
    "opsflow service levels",
)
RULES: tuple[Rule, ...] = (TO_ROLE, NO_DUE, NOT_HUMAN)


def check_service_levels(process: Process) -> list[Finding]:
    """Every finding about the service levels of a process."""
    rows = matrix_of(process).rows
    found: list[Finding] = []
    for node in process.nodes.values():
        level = service_level_of(process, node)
        if level is not None and node.id in rows:
            found.extend(_of_task(node, rows[node.id], level))
        elif node.controls.service_level is not None:
            message = f"{node.label!r} is not done by a person"
            found.append(_finding(NOT_HUMAN, node, node.controls.service_level.line, message))
    return found


def _of_task(node: Node, row: Row, level: ServiceLevel) -> Iterator[Finding]:
    is_due = level.due is not None or node.controls.assignment.due is not None
    # A default for the whole process does not have to suit every task of it.
    own = node.controls.service_level is not None
    for rung in level.rungs:
        if rung.act is Act.REASSIGN and rung.to and rung.to not in row.responsible:
            listed = ", ".join(row.responsible) or "nobody"
            message = f"{rung.to!r} is not responsible for {node.label!r}; {listed} is"
            yield _finding(TO_ROLE, node, rung.line, message)
        if rung.anchor is not Anchor.OPENED and not is_due and own:
            message = f"a rung of {node.label!r} is counted from a due date, and there is none"
            yield _finding(NO_DUE, node, rung.line, message)


def _finding(rule: Rule, node: Node, line: int, message: str) -> Finding:
    return Finding(
        severity=rule.severity,
        rule=rule.id,
        message=message,
        hint=rule.hint,
        element=node.id,
        name=node.name,
        line=line or node.line,
    )
