"""``responsibilities.csv``: the sheet of tasks (rows) by roles (columns) with R, A, C and I."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from opsflow.engine import Node, Responsibility
from opsflow.findings import Finding, Severity

FILE = "responsibilities.csv"
_LETTERS = {"R": "responsible", "A": "accountable", "C": "consulted", "I": "informed"}


def read_responsibilities(
    content: bytes, tasks: Sequence[Node]
) -> tuple[dict[str, Responsibility], list[Finding]]:
    """The roles of every task in the sheet, by task id.

    The first column holds the id or the name of a task, the first row the roles. A cell
    holds any of the letters R, A, C, I; ``C!`` means that the task waits for the answer.
    """
    findings: list[Finding] = []
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        return {}, [_error("opsflow.matrix.csv", f"it cannot be read: {error}", 0)]
    if not lines:
        return {}, [_error("opsflow.matrix.csv", "it is empty", 0)]
    roles = [role.strip() for role in lines[0][1:]]
    rows: dict[str, Responsibility] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        node = _task(cells[0].strip(), tasks, number, findings)
        if node is None:
            continue
        if node.id in rows:
            findings.append(_error("opsflow.matrix.twice", f"{node.label} is there twice", number))
        rows[node.id] = _row(cells[1:], roles, number, findings)
    return rows, findings


def _task(written: str, tasks: Sequence[Node], line: int, findings: list[Finding]) -> Node | None:
    for node in tasks:
        if node.id == written:
            return node
    named = [node for node in tasks if node.name == written]
    if len(named) == 1:
        return named[0]
    problem = f"several tasks are named {written!r}" if named else f"there is no task {written!r}"
    findings.append(_error("opsflow.matrix.unknown-task", problem, line))
    return None


def _row(
    cells: Sequence[str], roles: Sequence[str], line: int, findings: list[Finding]
) -> Responsibility:
    found: dict[str, list[str]] = {kind: [] for kind in _LETTERS.values()}
    required = False
    for role, cell in zip(roles, cells, strict=False):
        for letter in cell.upper().replace("/", " ").replace(",", " ").replace(" ", ""):
            if letter == "!" and "C" in cell.upper():
                required = True
            elif letter not in _LETTERS:
                findings.append(
                    _error("opsflow.matrix.letter", f"{cell!r} is not one of R, A, C, I", line)
                )
            elif not role or "\x00" in role:
                findings.append(_error("opsflow.matrix.role", "the column names no role", line))
            else:
                found[_LETTERS[letter]].append(role)
    if len(cells) > len(roles) and any(cell.strip() for cell in cells[len(roles) :]):
        findings.append(_error("opsflow.matrix.role", "a cell stands right of the last role", line))
    return Responsibility(
        responsible=tuple(found["responsible"]),
        accountable=tuple(found["accountable"]),
        consulted=tuple(found["consulted"]),
        informed=tuple(found["informed"]),
        consult_required=required,
    )


def _error(rule: str, message: str, line: int) -> Finding:
    hint = "Rows are tasks, columns are roles, cells hold R, A, C or I."
    return Finding(
        severity=Severity.ERROR, rule=rule, message=message, hint=hint, line=line, file=FILE
    )
