"""The sheet of tasks by roles."""

from __future__ import annotations

import pytest

from opsflow.definitions.responsibilities import read_responsibilities
from opsflow.engine import Node, NodeKind, Responsibility


def task(id: str, name: str) -> Node:
    return Node(id=id, kind=NodeKind.USER_TASK, name=name, scope="p", line=1)


TASKS = [task("order", "Place the order"), task("pay", "Pay"), task("pay2", "Pay")]


def test_cells_become_roles_by_task_id_or_name() -> None:
    sheet = b"task,buyer,manager,legal\norder,R,A,C!\nPlace nothing,,,\npay,I,R/A,\n"
    rows, findings = read_responsibilities(sheet.replace(b"Place nothing,,,\n", b",,,\n"), TASKS)
    assert findings == []
    assert rows["order"] == Responsibility(
        responsible=("buyer",),
        accountable=("manager",),
        consulted=("legal",),
        consult_required=True,
    )
    assert rows["pay"] == Responsibility(
        responsible=("manager",), accountable=("manager",), informed=("buyer",)
    )
    by_name, _ = read_responsibilities(b"\xef\xbb\xbftask,buyer\nPlace the order,R\n", TASKS)
    assert by_name["order"].responsible == ("buyer",)


@pytest.mark.parametrize(
    ("sheet", "rule", "line"),
    [
        (b"", "opsflow.matrix.csv", 0),
        (b"\xff\xfe", "opsflow.matrix.csv", 0),
        (b"task,buyer\nunknown,R\n", "opsflow.matrix.unknown-task", 2),
        (b"task,buyer\nPay,R\n", "opsflow.matrix.unknown-task", 2),
        (b"task,buyer\norder,R\norder,A\n", "opsflow.matrix.twice", 3),
        (b"task,buyer\norder,X\n", "opsflow.matrix.letter", 2),
        (b"task,\norder,R\n", "opsflow.matrix.role", 2),
        (b"task,buyer\norder,R,A\n", "opsflow.matrix.role", 2),
        (b"task,buy\x00er\norder,R\n", "opsflow.matrix.role", 2),
    ],
)
def test_what_does_not_fit_is_a_finding_with_its_line(sheet: bytes, rule: str, line: int) -> None:
    _, findings = read_responsibilities(sheet, TASKS)
    assert [(finding.rule, finding.line) for finding in findings] == [(rule, line)]
    assert findings[0].file == "responsibilities.csv"
