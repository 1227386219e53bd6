from __future__ import annotations

import pytest

from opsflow.engine import (
    Assignment,
    Expression,
    Gate,
    GateRule,
    NodeKind,
    Responsibility,
    TaskControls,
    Tier,
)
from opsflow.findings import Severity
from opsflow.responsibility import Matrix, Source, check_matrix, matrix_of
from tests.unit.responsibility.processes import node, process


def literal(text: str) -> Expression:
    return Expression(text, literal=True)


def assigned(**assignment: object) -> TaskControls:
    return TaskControls(assignment=Assignment(**assignment))  # type: ignore[arg-type]


def rules_of(findings: object, severity: Severity | None = None) -> list[str]:
    return [f.rule for f in findings if severity in (None, f.severity)]  # type: ignore[attr-defined]


FULL = node("sign", responsible="buyer", accountable="boss", consulted="legal", informed="desk")


def test_every_human_task_has_a_row_and_no_other_node() -> None:
    matrix = matrix_of(
        process(
            FULL,
            node("plain", kind=NodeKind.TASK),
            node("script", kind=NodeKind.SCRIPT_TASK),
            node("manual", kind=NodeKind.MANUAL_TASK, responsible="buyer"),
        )
    )
    assert list(matrix.rows) == ["sign", "manual"]
    row = matrix.row("sign")
    assert (row.responsible, row.accountable, row.consulted, row.informed) == (
        ("buyer",),
        ("boss",),
        ("legal",),
        ("desk",),
    )
    assert row.source is Source.MATRIX
    assert row.roles == ("buyer", "boss", "legal", "desk")


def test_defaults_of_the_process_fill_the_kinds_a_task_leaves_empty() -> None:
    defaults = Responsibility(
        responsible=("clerk",),
        accountable=("head",),
        consulted=("legal",),
        informed=("all",),
        consult_required=True,
        consult_within="P1D",
    )
    matrix = matrix_of(
        process(node("a", responsible="buyer"), node("b", consulted="tax"), defaults=defaults)
    )
    first, second = matrix.row("a"), matrix.row("b")
    assert (first.responsible, first.accountable, first.consulted) == (
        ("buyer",),
        ("head",),
        ("legal",),
    )
    assert (first.consult_required, first.consult_within) == (True, "P1D")
    assert (second.responsible, second.consulted) == (("clerk",), ("tax",))
    assert (second.consult_required, second.consult_within) == (False, None)


def test_other_tools_groups_and_users_count_where_the_matrix_says_nothing() -> None:
    controls = assigned(
        assignee=literal("ada"),
        candidate_users=(literal("bob, cyd"), Expression("requester")),
        candidate_groups=(literal("sales"), literal("support,sales")),
    )
    row = matrix_of(process(node("a", controls=controls, lane="Office"))).row("a")
    assert row.source is Source.ASSIGNMENT
    assert row.responsible == ("sales", "support")
    assert row.users == ("ada", "bob", "cyd")


def test_the_matrix_wins_over_other_tools_and_keeps_the_users_they_name() -> None:
    controls = assigned(assignee=literal("ada"), candidate_groups=(literal("sales"),))
    row = matrix_of(process(node("a", controls=controls, responsible="buyer"))).row("a")
    assert row.source is Source.MATRIX
    assert (row.responsible, row.users) == (("buyer",), ("ada",))


def test_a_lane_is_responsible_only_when_nothing_else_says() -> None:
    lanes = process(
        node("a", lane="Sales desk"),
        node("b", lane="Sales desk", responsible="buyer"),
        node("c", lane="Sales desk", controls=assigned(assignee=Expression("requester"))),
        node("d"),
    )
    rows = matrix_of(lanes).rows
    assert {key: (row.responsible, row.source) for key, row in rows.items()} == {
        "a": (("Sales desk",), Source.LANE),
        "b": (("buyer",), Source.MATRIX),
        "c": ((), Source.ASSIGNMENT),
        "d": ((), Source.NOTHING),
    }


def test_all_who_may_vote_at_a_gate_are_known() -> None:
    gate = Gate(
        id="g",
        at="exit",
        rule=GateRule.ANY,
        voters=("finance", "legal"),
        veto=("legal",),
        tiers=(Tier(Expression("amount > 1"), ("cfo",)),),
        performer_may_vote=True,
    )
    other = Gate(id="h", at="exit", rule=GateRule.ALL, voters=("boss",))
    rows = matrix_of(
        process(
            node("a", controls=TaskControls(gates=(gate,))),
            node("b", controls=TaskControls(gates=(gate, other))),
            node("c"),
        )
    ).rows
    assert rows["a"].voters == ("finance", "legal", "cfo")
    assert [rows[key].performer_may_vote for key in "abc"] == [True, False, False]


def test_separation_excludes_every_other_task_of_the_set() -> None:
    matrix = Matrix("p", {}, (frozenset("abc"), frozenset("ad")))
    assert matrix.separated_from("a") == frozenset("bcd")
    assert matrix.separated_from("d") == frozenset("a")
    assert matrix.separated_from("e") == frozenset()


def test_a_full_matrix_has_no_findings() -> None:
    assert check_matrix(process(FULL), mode="matrix") == []


def test_gaps_are_errors_that_name_the_task() -> None:
    findings = check_matrix(process(node("a"), FULL), mode="matrix")
    assert rules_of(findings) == ["opsflow.matrix.no-responsible", "opsflow.matrix.no-accountable"]
    assert {(f.element, f.name, f.line, f.severity) for f in findings} == {
        ("a", "A", 7, Severity.ERROR)
    }
    assert all(f.hint for f in findings)


def test_two_accountable_roles_are_an_error() -> None:
    task = node("a", responsible="buyer", accountable="boss head")
    assert rules_of(check_matrix(process(task), mode="matrix")) == [
        "opsflow.matrix.two-accountable"
    ]


def test_the_same_accountable_role_twice_is_one() -> None:
    task = node("a", responsible="buyer", accountable="boss boss")
    assert check_matrix(process(task), mode="matrix") == []


def test_naming_a_person_is_not_naming_a_role() -> None:
    task = node("a", accountable="boss", controls=assigned(assignee=literal("ada")))
    findings = check_matrix(process(task), mode="matrix")
    assert rules_of(findings) == ["opsflow.matrix.no-responsible"]


def test_an_open_model_may_leave_a_task_to_anybody() -> None:
    open_model = process(node("a"), node("b", accountable="boss head"))
    assert check_matrix(open_model, mode="open") == []


@pytest.mark.parametrize(
    ("tasks", "rules"),
    [
        (("sign", "pay"), []),
        (("sign", "gone"), ["opsflow.matrix.separation-task"]),
        (("sign", "script"), ["opsflow.matrix.separation-task"]),
        (("sign",), ["opsflow.matrix.separation-short"]),
        (("sign", "sign"), ["opsflow.matrix.separation-short"]),
        ((), ["opsflow.matrix.separation-short"]),
    ],
)
@pytest.mark.parametrize("mode", ["matrix", "open"])
def test_separation_names_at_least_two_tasks_that_people_do(
    tasks: tuple[str, ...], rules: list[str], mode: str
) -> None:
    pay = node("pay", responsible="payer", accountable="boss")
    model = process(FULL, pay, node("script", kind=NodeKind.SCRIPT_TASK), separation=(tasks,))
    findings = check_matrix(model, mode=mode)  # type: ignore[arg-type]
    assert rules_of(findings, Severity.ERROR) == rules
    assert {f.line for f in findings} <= {3}


@pytest.mark.parametrize(
    ("within", "good"),
    [
        ("P2D", True),
        ("PT4H", True),
        ("P1M", True),
        ("soon", False),
        ("-P1D", False),
        ("PT0S", False),
    ],
)
def test_a_deadline_for_advice_is_a_length_of_time(within: str, good: bool) -> None:
    task = node(
        "a", responsible="buyer", accountable="boss", consulted="legal", consult_within=within
    )
    rules = rules_of(check_matrix(process(task), mode="matrix"))
    assert rules == ([] if good else ["opsflow.matrix.consult-within"])


def test_waiting_for_nobody_is_a_warning() -> None:
    task = node("a", responsible="buyer", accountable="boss", consult_required=True)
    findings = check_matrix(process(task), mode="matrix")
    assert rules_of(findings, Severity.WARNING) == ["opsflow.matrix.nobody-consulted"]


def test_one_role_for_most_of_a_long_process_is_pointed_out() -> None:
    tasks = [node(f"t{n}", responsible="buyer", accountable="boss") for n in range(4)]
    tasks += [node("last", responsible="payer", accountable="boss")]
    findings = check_matrix(process(*tasks), mode="matrix")
    assert rules_of(findings, Severity.INFORMATION) == ["opsflow.matrix.overload"]
    assert "'buyer' is responsible for 4 of 5" in findings[0].message
    assert check_matrix(process(*tasks[:4]), mode="matrix") == []
