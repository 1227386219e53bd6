"""A caller's values are translated when they are read, and no more of them than is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import pytest

from opsflow import feel


class Stranger:
    """A value that FEEL has nothing for."""


def run(text: str, variables: Mapping[str, object]) -> tuple[object, list[str]]:
    result = feel.compile(text).run(variables)
    return result.value, [warning.message for warning in result.warnings]


def test_a_loop_reads_only_what_it_asks_for() -> None:
    lines = [{"price": 5, "note": Stranger()}, {"price": 7, "note": Stranger()}]
    value, warnings = run("for line in lines return line.price", {"lines": lines})
    assert value == [5, 7]
    assert all(type(price) is Decimal for price in value)  # type: ignore[attr-defined]
    assert warnings == []


def test_an_element_without_a_counterpart_is_null_and_the_others_are_not() -> None:
    value, warnings = run("for line in lines return line", {"lines": [1, Stranger(), "a"]})
    assert value == [1, None, "a"]
    assert warnings == ["line: Stranger has no counterpart in FEEL"]


def test_a_quantifier_decides_on_the_elements_that_it_can_read() -> None:
    lines = [{"price": Stranger()}, {"price": 2}]
    value, warnings = run("some line in lines satisfies line.price > 1", {"lines": lines})
    assert value is True
    assert warnings[0] == "line: Stranger has no counterpart in FEEL"


@pytest.mark.parametrize(
    "lines",
    [
        [{"tags": ["a", "b"]}, {"tags": "c"}],
        ({"tags": ("a", "b")}, {"tags": "c"}),
        (MappingProxyType({"tags": ["a", "b"]}), {"tags": ["c"]}),
    ],
)
def test_a_loop_within_a_loop_reads_lists_of_any_kind(lines: object) -> None:
    value, _ = run(
        "for line in order.lines, tag in line.tags return tag", {"order": {"lines": lines}}
    )
    assert value == ["a", "b", "c"]


def test_a_value_that_is_read_twice_is_the_same_value() -> None:
    value, _ = run("for line in lines return [line, line]", {"lines": [{"a": 1.5}]})
    assert value == [[{"a": Decimal("1.5")}, {"a": Decimal("1.5")}]]


def test_the_caller_keeps_its_values_as_they_are() -> None:
    lines = [{"a": 1, "b": (2.5,)}]
    run('for line in lines return context put(line, "a", 3)', {"lines": lines})
    assert lines == [{"a": 1, "b": (2.5,)}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for f in (for n in numbers return function() n) return f()", [1, 2, 3]),
        ("(for n in numbers return function(x) x + n)[2](10)", 12),
        ("for f in [1, 2, 3][item > 1] return f", [2, 3]),
        ("for f in (for n in numbers return {f: function() n}) return f.f()", [1, 2, 3]),
        (
            "for a in numbers, f in (for b in numbers return function() 10 * a + b) return f()",
            [11, 12, 13, 21, 22, 23, 31, 32, 33],
        ),
        ("for numbers in numbers return numbers", [1, 2, 3]),
        ("for n in numbers return numbers[n]", [1, 2, 3]),
        ("for n in numbers return for n in [n, n * 2] return n", [[1, 2], [2, 4], [3, 6]]),
        ("for n in numbers return count(partial)", [0, 1, 2]),
    ],
)
def test_each_iteration_has_its_own_values(text: str, expected: object) -> None:
    value, _ = run(text, {"numbers": [1, 2, 3]})
    assert value == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (float("nan"), "x: nan is not a number in FEEL"),
        (Decimal("Infinity"), "x: Decimal('Infinity') is not a number in FEEL"),
        (Decimal("sNaN"), "x: Decimal('sNaN') is not a number in FEEL"),
        (10**7000, "x: the number is out of range"),
        (Decimal("1e7000"), "x: the number is out of range"),
        (Stranger(), "x: Stranger has no counterpart in FEEL"),
    ],
    ids=["nan", "infinity", "signal", "large int", "large", "stranger"],
)
def test_what_is_no_number_is_null_and_told(given: object, message: str) -> None:
    assert run("x", {"x": given}) == (None, [message])
    assert run("c.x", {"c": {"x": given}}) == (None, [message.replace("x:", "c:", 1)])


def test_numbers_of_a_caller_are_rounded_to_34_digits() -> None:
    value, _ = run("x", {"x": Decimal("1." + "1" * 40)})
    assert value == Decimal("1." + "1" * 33)
    assert run("x", {"x": 12345678901234567890123456789012345678}) == (
        Decimal("12345678901234567890123456789012350000"),
        [],
    )
