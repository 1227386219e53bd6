from __future__ import annotations

import pytest

from opsflow import feel
from opsflow.feel import syntax as s
from opsflow.feel.parser import parse


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a or b and c", "a or (b and c)"),
        ("a + b * c ** d", "a + (b * (c ** d))"),
        ("a - b - c", "(a - b) - c"),
        ("-a ** b", "(-a) ** b"),
        ("a = b + 1", "a = (b + 1)"),
        ("a < b and c < d", "(a < b) and (c < d)"),
        ("x between 1 and 2 and y", "(x between 1 and 2) and y"),
        ("x in [1..2] or y", "(x in [1..2]) or y"),
        ("-a.b[1]", "-((a.b)[1])"),
        ("if a then b else c + 1", "if a then b else (c + 1)"),
        ("for i in a return i + 1", "for i in a return (i + 1)"),
        ("a instance of number and b", "(a instance of number) and b"),
        ("x in ]1..2[ and y", "(x in (1..2)) and y"),
        ("x in (1..2)", "x in ]1..2["),
        ("[1..a[1]]", "[1..(a[1])]"),
    ],
)
def test_operators_bind_as_the_standard_says(text: str, same: str) -> None:
    assert parse(text) == parse(same)


def test_a_chain_of_one_connective_is_one_node() -> None:
    tree = parse("a and b and c")
    assert isinstance(tree, s.Logic)
    assert len(tree.operands) == 3


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("1 +", 1, 4),
        ("a\n  ? b", 2, 3),
        ("if a then b", 1, 12),
        ("[1, 2", 1, 6),
        ('"abc', 1, 1),
        ("a # b", 1, 3),
        ("/* a", 1, 1),
        ("a b", 1, 3),
        ("f(x: 1, 2)", 1, 9),
        ("f(x: 1, x: 2)", 1, 14),
        ("for i in [1]", 1, 13),
        ("x instance of 5", 1, 15),
        ("{a 1}", 1, 5),
        ("1e9999", 1, 1),
        ('"\\uD800"', 1, 2),
        ("", 1, 1),
        ("then", 1, 1),
        ("a..b", 1, 2),
        ("a == b", 1, 4),
        ("= a", 1, 1),
        ("a < = b", 1, 5),
        ("[< 5]", 1, 2),
        ("a && b", 1, 3),
        ("not a", 1, 5),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.text == text


def test_the_longest_known_name_wins() -> None:
    names = ["total", "total amount", "total amount due", "a-b"]
    assert parse("total amount due + total", names) == s.Arithmetic(
        "+", s.Name("total amount due"), s.Name("total")
    )
    assert parse("a-b", names) == s.Name("a-b")
    assert parse("a - b", ["a", "b"]) == s.Arithmetic("-", s.Name("a"), s.Name("b"))


def test_a_name_is_the_same_however_its_words_are_spaced() -> None:
    assert feel.evaluate("full \n  name", {"full name": "Ada"}) == "Ada"


def test_a_name_that_a_context_introduces_is_known_inside_it_only() -> None:
    assert feel.evaluate("{unit price: 2, total: unit price * 3}.total") == 6
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile("[{unit price: 2}, unit price]")


@pytest.mark.parametrize(
    "text",
    [
        "for line item in [1, 2] return line item * 2",
        "{double it: function(the value) the value * 2, r: [double it(1), double it(2)]}.r",
        "[{the value: 2}, {the value: 4}][the value > 0].the value",
    ],
)
def test_names_of_several_words_can_be_bound(text: str) -> None:
    assert feel.evaluate(text) == [2, 4]


def test_words_after_a_dot_are_one_member() -> None:
    order = {"order": {"first name": "Ada", "is": {"in": 1}}}
    assert feel.evaluate('order.first name = "Ada" and order.is.in = 1', order) is True


def test_keywords_may_be_part_of_a_known_name() -> None:
    assert feel.evaluate("date of birth", {"date of birth": "x"}) == "x"
    assert feel.evaluate("black and white", {"black and white": True}) is True


def test_function_and_instance_are_names_where_nothing_else_fits() -> None:
    assert feel.evaluate("function + instance", {"function": 1, "instance": 2}) == 3


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"\"\\\n\t\r\'"', "\"\\\n\t\r'"),
        (r'"\uD83D\uDC0E\U01F40E"', "🐎🐎"),
        (r'"\d+"', r"\d+"),
        ('"a\nb"', "a\nb"),
        ('""', ""),
    ],
)
def test_strings_have_escapes(literal: str, value: str) -> None:
    assert feel.evaluate(literal) == value
