from __future__ import annotations

import pytest
from hypothesis import given, settings

from opsflow import feel
from opsflow.feel.syntax import Node
from tests.unit.feel.sources import NAMES, text_of, trees

VARIABLES = {
    "n": "number",
    "s": "string",
    "b": "boolean",
    "d": "date",
    "any": None,
    "order": "context<net amount: number, lines: list<context<price: number>>>",
    "tags": "list<string>",
}


def remarks(text: str) -> list[str]:
    expression = feel.compile(text, names=["net amount"])
    return [warning.message for warning in expression.check(VARIABLES)]


@pytest.mark.parametrize(
    "text",
    [
        "n + 1 > 2 and b",
        "any + 1 > any.x",
        'order.net amount > 10 or s = "x"',
        "order.lines[price > 10]",
        "sum(order.lines.price) > n",
        'some tag in tags satisfies tag = "red"',
        "for line in order.lines return line.price * 2",
        'd + duration("P1D") > today()',
        "if b then n else null",
        "n in [1..10]",
        "null = n",
        's in ("a", "b")',
        "{f: function(x: number) x + 1, y: f(n)}.y",
        "n instance of string",
        "tags[1] + s",
        "-n ** 2",
        "string(n) + s",
        'contains(s, "a") and ends with(s, "b")',
        'd - d > @"P1D"',
    ],
)
def test_what_is_right_has_no_remarks(text: str) -> None:
    assert remarks(text) == []


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("m > 1", "there is no variable 'm'"),
        ('n > "1"', "number > string has no result"),
        ('n = "1"', "number = string has no result"),
        ("s + n", "string + number has no result"),
        ("b + b", "boolean + boolean has no result"),
        ("-s", "- is not defined for string"),
        ("n and b", "and of number"),
        ("if s then 1 else 2", "if of string"),
        ("upper case(n)", "upper case does not take number"),
        ("modulo(n)", "modulo does not take number"),
        ("order.net", "the context has no member 'net'"),
        ("order.lines.cost", "the context has no member 'cost'"),
        ("n between s and 3", "number >= string has no result"),
        ('n in ["a".."b"]', "number >= string has no result"),
        ("s in (< 3)", "string < number has no result"),
        ("b < true", "boolean < boolean has no result"),
        ('@"2024-13-01"', "2024-13-1 is not a date"),
        ("some tag in tags satisfies tag > 1", "string > number has no result"),
        ("tags[item = 1]", "string = number has no result"),
        ("order.lines[price = s]", "number = string has no result"),
        ("d * 2", "date * number has no result"),
    ],
)
def test_what_is_wrong_is_told(text: str, remark: str) -> None:
    assert remark in remarks(text)


def test_a_remark_has_its_place() -> None:
    (warning,) = feel.compile("1 + unknown").check({})
    assert warning.position == 4


def test_unary_tests_are_checked_against_what_they_test() -> None:
    (warning,) = feel.compile_unary('> "a"').check({"?": "number"})
    assert warning.message == "number > string has no result"
    assert feel.compile_unary("> 1, [5..6], -1").check({"?": "number"}) == ()


def test_a_type_that_is_none_is_an_error() -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile("n").check({"n": "numbers"})


@settings(max_examples=200, deadline=None)
@given(trees)
def test_every_expression_can_be_checked(tree: Node) -> None:
    feel.compile(text_of(tree), names=NAMES).check({})
