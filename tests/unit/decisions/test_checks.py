from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.decisions import DecisionModel, RulesConflict, check
from opsflow.findings import Severity
from tests.unit.decisions.models import component, data, decision, function, item, model, table


def found(*parts: str) -> dict[str, list[str]]:
    rules: dict[str, list[str]] = {}
    for finding in check(model(*parts)):
        rules.setdefault(finding.rule, []).append(finding.message)
    return rules


def of_table(inputs: list[str], rules: list[str], output: str = "", **how: str) -> str:
    return decision("d", table(inputs, [output], rules, **how))


def test_a_complete_table_has_no_findings() -> None:
    cells = ['< 10 | "a" => 1', '>= 10 | "a" => 2', '- | "b" => 3']
    assert found(of_table(["n: number", 's: string = "a", "b"'], cells)) == {}


def test_overlapping_rules_are_shown_with_an_example() -> None:
    (message,) = found(of_table(["n"], ["<= 10 => 1", ">= 10 => 2"]))["dmn.table.overlap"]
    assert message == "the rules 1 and 2 both match n = 10, which UNIQUE does not allow"


def test_rules_of_an_any_table_may_overlap_where_they_agree() -> None:
    assert "dmn.table.overlap" not in found(of_table(["n"], ["- => 1", "> 1 => 1"], policy="ANY"))
    assert "dmn.table.overlap" in found(of_table(["n"], ["- => 1", "> 1 => 2"], policy="ANY"))


def test_a_missing_rule_is_shown_with_an_example() -> None:
    cells = ["< 10 | true => 1", ">= 10 | - => 2"]
    (message,) = found(of_table(["n", "b"], cells))["dmn.table.gap"]
    assert message == "no rule matches n = 9, b = false"


def test_a_gap_between_intervals_is_found() -> None:
    (message,) = found(of_table(["n"], ["< 10 => 1", "> 10 => 2"]))["dmn.table.gap"]
    assert message == "no rule matches n = 10"


def test_texts_that_no_rule_names_are_one_gap() -> None:
    (message,) = found(of_table(["s"], ['"a" => 1', '"b" => 2']))["dmn.table.gap"]
    assert message == "no rule matches s = any other text"


def test_a_default_output_fills_the_gaps() -> None:
    assert found(of_table(["n"], ["< 10 => 1"], output="x else 0")) == {}


def test_rules_that_earlier_ones_cover_are_unreachable() -> None:
    cells = ["< 10 => 1", ">= 10 => 2", "5 => 3"]
    rules = found(of_table(["n"], cells, policy="FIRST"))
    assert rules == {"dmn.table.unreachable": ["earlier rules match whatever rule 3 does"]}


def test_rules_outside_the_allowed_values_are_unreachable() -> None:
    rules = found(of_table(["n = [0..10]"], ["[0..10] => 1", "> 10 => 2"]))
    assert rules == {"dmn.table.unreachable": ["no allowed input matches rule 2"]}


def test_dates_and_durations_are_ordered_too() -> None:
    cells = ['< @"2024-01-01" => 1', '>= @"2024-01-03" => 2']
    (message,) = found(of_table(["on"], cells))["dmn.table.gap"]
    assert message == "no rule matches on = 2024-01-01"


def test_tables_whose_cells_compute_are_said_not_to_be_checked() -> None:
    assert list(found(of_table(["s"], ['matches(?, "a+") => 1']))) == ["dmn.table.not-checked"]


def test_a_large_table_is_checked_in_bounded_time() -> None:
    inputs = [f"x{index}" for index in range(12)]
    cells = [
        " | ".join(f"> {(rule * 7 + column * 3) % 11}" for column in range(12)) + " => 1"
        for rule in range(150)
    ]
    begun = time.monotonic()
    assert "dmn.table.overlap" in found(of_table(inputs, cells))
    assert time.monotonic() - begun < 10


def test_unknown_names_are_found_with_their_text() -> None:
    parts = (data("amount"), decision("d", "amount > limit", inputs=["amount"]))
    (message,) = found(*parts)["dmn.name.unknown"]
    assert "'limit' in 'amount > limit'" in message


def test_names_that_a_function_or_context_binds_are_known() -> None:
    parts = (
        data("a"),
        function("f", {"n": ""}, "if n = 0 then 0 else f(n - 1)"),
        decision("d", "for x in [a] return {y: x, z: f(y)}", inputs=["a"], knowledge=["f"]),
    )
    assert found(*parts) == {}


@pytest.mark.parametrize(
    "text",
    ["n + s", 'n > "10"', "if n then 1 else 2", "p.nme", "upper case(n)", "s and true", "-s"],
)
def test_types_that_clash_are_found(text: str) -> None:
    parts = (
        item("tPerson", parts=component("name", "string")),
        data("n", "number"),
        data("s", "string"),
        data("p", "tPerson"),
        decision("d", text, inputs=["n", "s", "p"]),
    )
    assert list(found(*parts)) == ["dmn.type.clash"]


def test_cells_that_compare_with_another_type_are_found() -> None:
    parts = (
        data("n", "number"),
        decision("d", table(["n"], [""], ['"ten" => 1', "- => 2"], policy="FIRST"), inputs=["n"]),
    )
    assert "dmn.type.clash" in found(*parts)


def test_requirements_in_a_circle_are_found() -> None:
    rules = found(decision("a", "b", decisions=["b"]), decision("b", "a", decisions=["a"]))
    assert rules["dmn.requirement.cycle"] == [
        "it requires itself: a → b → a",
    ]


def test_references_to_nothing_are_found() -> None:
    (finding,) = check(model(decision("d", "1", inputs=["gone"])))
    assert finding.rule == "dmn.reference.dangling"
    assert finding.severity is Severity.ERROR


TESTS = st.sampled_from(["-", "< 2", ">= 2", "[1..3]", "2", "not(2)", "1, 3", "> 3"])
ROWS = st.lists(st.tuples(TESTS, TESTS), min_size=1, max_size=6)
NUMBERS = [0, 1, 1.5, 2, 2.5, 3, 4]


@settings(max_examples=80, deadline=None)
@given(ROWS)
def test_what_is_found_is_what_happens(rows: list[tuple[str, str]]) -> None:
    cells = [f"{a} | {b} => {number}" for number, (a, b) in enumerate(rows)]
    built = model(
        data("a"), data("b"), decision("d", table(["a", "b"], [""], cells), inputs=["a", "b"])
    )
    rules = {finding.rule for finding in check(built)}
    outcomes = {_outcome(built, a, b) for a, b in product(NUMBERS, NUMBERS)}
    assert ("dmn.table.overlap" in rules) == ("conflict" in outcomes)
    assert ("dmn.table.gap" in rules) == ("nothing" in outcomes)


def _outcome(built: DecisionModel, a: float, b: float) -> str:
    try:
        value = built.evaluate("d", {"a": a, "b": b}).value
    except RulesConflict:
        return "conflict"
    return "nothing" if value is None else "value"


def test_texts_in_order_are_said_not_to_be_checked() -> None:
    assert list(found(of_table(["s"], ['< "m" => 1', '>= "m" => 2']))) == ["dmn.table.not-checked"]


def test_constants_that_never_end_do_not_hold_up_a_check() -> None:
    cells = ["count(for i in 1..1000000000 return i) => 1"] * 50
    begun = time.monotonic()
    assert "dmn.table.not-checked" in found(of_table(["n"], cells, policy="FIRST"))
    assert time.monotonic() - begun < 5


def test_a_table_of_a_thousand_rules_is_checked() -> None:
    cells = [f"[{number}..{number + 1}) => {number}" for number in range(1000)]
    (message,) = found(of_table(["n"], [*cells, ">= 1000 => 0", "< -1 => 0"]))["dmn.table.gap"]
    assert message == "no rule matches n = -1"
