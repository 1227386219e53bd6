"""What can be seen of a decision without evaluating it."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.decisions import Outlook, input_types, outlook
from tests.unit.decisions.models import data, decision, model, table


def values(logic: str) -> tuple[list[object], bool]:
    seen = outlook(model(data("a"), decision("d", logic, inputs=["a"])), "d")
    return [possible.value for possible in seen.values], seen.complete


@pytest.mark.parametrize(
    ("logic", "seen"),
    [
        ('"cfo"', ["cfo"]),
        ("null", [None]),
        ('["a", "b"]', [["a", "b"]]),
        ('{x: "y"}', [{"x": "y"}]),
        ('if a > 1 then "x" else ["y"]', ["x", ["y"]]),
        ('[if a then "x" else "y", "z"]', [["x", "z"], ["y", "z"]]),
    ],
)
def test_literals_are_seen(logic: str, seen: list[object]) -> None:
    assert values(logic) == (seen, True)


@pytest.mark.parametrize("logic", ["a", "[a]", "{x: a}", 'if a then "x" else a', "upper case(a)"])
def test_what_is_worked_out_is_not(logic: str) -> None:
    assert values(logic) == ([], False)


def test_every_rule_of_a_table_gives_a_value_with_its_place() -> None:
    logic = table(["a"], ['x else "z"'], ['1 => "p"', '2 => "q"'])
    seen = outlook(model(data("a"), decision("d", logic, inputs=["a"])), "d")
    assert [(each.value, each.place) for each in seen.values] == [
        ("p", "rule 1 (r1)"),
        ("q", "rule 2 (r2)"),
        ("z", "the default output"),
    ]
    assert seen.complete


def test_several_outputs_make_a_context() -> None:
    logic = table(["a"], ["x", "y"], ['1 => "p" | 5'])
    assert values(logic) == ([{"x": "p", "y": Decimal(5)}], True)


def test_a_table_that_gives_lists_gives_lists() -> None:
    assert values(table(["a"], ["x"], ['1 => "p"'], policy="COLLECT")) == ([["p"]], True)
    added = table(["a"], ["x"], ["1 => 5"], policy="COLLECT", aggregation="SUM")
    assert values(added) == ([], False)


def test_the_allowed_values_stand_for_an_entry_that_is_worked_out() -> None:
    assert values(table(["a"], ['x: string = "p","q"'], ["1 => a"])) == (["p", "q"], True)
    assert values(table(["a"], ["x: string"], ["1 => a", '2 => "q"'])) == (["q"], False)


def test_too_many_values_are_not_looked_at() -> None:
    choice = 'if a then "x" else "y"'
    assert values("[" + ", ".join([choice] * 11) + "]") == ([], False)


def test_another_element_than_a_decision_shows_nothing() -> None:
    assert outlook(model(data("a")), "a") == Outlook()
    assert outlook(model(decision("d", "1")), "e") == Outlook()


def test_the_inputs_are_those_of_all_decisions_before_it() -> None:
    built = model(
        data("a", "number"),
        data("b"),
        decision("first", "a", inputs=["a"]),
        decision("d", "first + b", inputs=["b"], decisions=["first"]),
    )
    assert dict(input_types(built, "d")) == {"a": "number", "b": None}


_TEXTS = st.sampled_from(["x", "y", "z"])


@given(st.lists(st.tuples(_TEXTS, _TEXTS), min_size=1, max_size=4), st.integers(0, 5))
def test_what_a_table_gives_was_seen(rows: list[tuple[str, str]], asked: int) -> None:
    rules = [f'{n} => "{x}" | "{y}"' for n, (x, y) in enumerate(rows)]
    logic = table(["a"], ["p", "q"], rules)
    built = model(data("a", "number"), decision("d", logic, inputs=["a"]))
    seen = outlook(built, "d")
    assert seen.complete
    given_value = built.evaluate("d", {"a": asked}).value
    assert given_value is None or given_value in [each.value for each in seen.values]


@given(st.lists(st.lists(_TEXTS, min_size=1, max_size=2), min_size=1, max_size=4))
def test_every_combination_is_there(choices: list[list[str]]) -> None:
    cells = [
        f'"{options[0]}"' if len(options) == 1 else 'if a then "{}" else "{}"'.format(*options)
        for options in choices
    ]
    found, _ = values("[" + ", ".join(cells) + "]")
    assert found == [list(row) for row in product(*choices)]
