from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.decisions import DecisionModel, RulesConflict
from tests.unit.decisions.models import data, decision, model, table


def of_table(inputs: list[str], outputs: list[str], rules: list[str], **how: str) -> DecisionModel:
    names = [text.split(" ")[0].rstrip(":") for text in inputs]
    return model(
        *(data(name) for name in names),
        decision("d", table(inputs, outputs, rules, **how), inputs=names),
    )


def value(decided: DecisionModel, **inputs: object) -> object:
    return decided.evaluate("d", inputs).value


OVERLAPPING = ["> 1 => 10", "> 2 => 20", "> 3 => 15"]


def test_the_rule_that_matches_gives_the_output() -> None:
    tiers = of_table(["n"], [""], ["< 10 => 1", "[10..20) => 2", "- => 3"], policy="FIRST")
    assert [value(tiers, n=n) for n in (9, 10, 19.5, 20)] == [1, 2, 2, 3]


def test_a_unique_table_with_two_hits_fails_and_names_both_rules() -> None:
    with pytest.raises(RulesConflict) as caught:
        value(of_table(["n"], [""], OVERLAPPING), n=3)
    assert caught.value.rules == ((1, "r1"), (2, "r2"))
    assert "1 (r1) and 2 (r2)" in str(caught.value)


def test_an_any_table_may_have_several_rules_that_agree() -> None:
    rules = ["> 1 => true", "> 2 => true", "> 9 => false"]
    decided = of_table(["n"], [""], rules, policy="ANY")
    assert value(decided, n=3) is True
    with pytest.raises(RulesConflict):
        value(decided, n=10)


@pytest.mark.parametrize(
    ("policy", "aggregation", "expected"),
    [
        ("FIRST", "", 10),
        ("PRIORITY", "", 20),
        ("RULE ORDER", "", [10, 20, 15]),
        ("OUTPUT ORDER", "", [20, 15, 10]),
        ("COLLECT", "", [10, 20, 15]),
        ("COLLECT", "SUM", 45),
        ("COLLECT", "MIN", 10),
        ("COLLECT", "MAX", 20),
        ("COLLECT", "COUNT", 3),
    ],
)
def test_the_hit_policy_decides_between_rules(
    policy: str, aggregation: str, expected: object
) -> None:
    output = ": number = 20, 15, 10"
    decided = of_table(["n"], [output], OVERLAPPING, policy=policy, aggregation=aggregation)
    assert value(decided, n=4) == expected


@pytest.mark.parametrize(
    ("policy", "aggregation", "expected"),
    [
        ("UNIQUE", "", None),
        ("FIRST", "", None),
        ("RULE ORDER", "", None),
        ("COLLECT", "", []),
        ("COLLECT", "COUNT", 0),
        ("COLLECT", "SUM", None),
    ],
)
def test_without_a_hit_a_table_gives_what_its_policy_says(
    policy: str, aggregation: str, expected: object
) -> None:
    decided = of_table(["n"], [""], OVERLAPPING, policy=policy, aggregation=aggregation)
    assert value(decided, n=0) == expected


def test_the_default_output_stands_in_for_rules() -> None:
    decided = of_table(["n"], ["a else 7", "b else n + 1"], ["> 1 => 1 | 2"])
    assert value(decided, n=0) == {"a": 7, "b": 1}


def test_several_outputs_make_a_context() -> None:
    decided = of_table(["n"], ["who", "when"], ['> 1 => "cfo" | @"P1D"'])
    found = value(decided, n=2)
    assert isinstance(found, dict)
    assert found["who"] == "cfo"


def test_several_outputs_are_ranked_one_after_another() -> None:
    outputs = ['a = "high", "low"', 'b = "x", "y"']
    rules = ['- => "low" | "x"', '- => "high" | "y"', '- => "high" | "x"']
    decided = of_table(["n"], outputs, rules, policy="PRIORITY")
    assert value(decided, n=1) == {"a": "high", "b": "x"}


def test_an_input_that_is_not_allowed_gives_null_and_says_so() -> None:
    decided = of_table(['c = "red", "green"'], [""], ["- => 1"])
    assert value(decided, c="red") == 1
    found = decided.evaluate("d", {"c": "blue"})
    assert found.value is None
    assert "must be one of" in found.warnings[0].message


def test_an_output_that_is_not_allowed_is_null() -> None:
    assert value(of_table(["n"], [': string = "a", "b"'], ['- => "c"']), n=1) is None


def test_cells_may_call_their_input_and_other_names() -> None:
    decided = of_table(["n", "m"], [""], ["? > m and ? < 10 | - => n - m"], policy="FIRST")
    assert value(decided, n=5, m=3) == 2
    assert value(decided, n=11, m=3) is None


def test_the_record_names_the_rules_and_what_was_tested() -> None:
    found = of_table(["n"], [""], OVERLAPPING, policy="COLLECT").evaluate("d", {"n": 3})
    (matched,) = found.matched
    assert matched.decision == "d"
    assert matched.table == "t"
    assert matched.rules == ((1, "r1"), (2, "r2"))
    assert matched.inputs == (Decimal(3),)
    assert found.inputs == {"n": Decimal(3)}
    assert found.decisions == {"d": [Decimal(10), Decimal(20)]}


BOUNDS = st.lists(st.integers(-50, 50), min_size=1, max_size=6, unique=True).map(sorted)


@settings(max_examples=60, deadline=None)
@given(BOUNDS, st.integers(-60, 60))
def test_intervals_that_touch_leave_one_rule_for_every_number(bounds: list[int], n: int) -> None:
    edges = [None, *bounds, None]
    rules = []
    for place, (low, high) in enumerate(pairwise(edges)):
        test = f"< {high}" if low is None else f">= {low}" if high is None else f"[{low}..{high})"
        rules.append(f"{test} => {place}")
    assert value(of_table(["n"], [""], rules), n=n) == sum(bound <= n for bound in bounds)
