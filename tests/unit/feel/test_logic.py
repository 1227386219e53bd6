from __future__ import annotations

import itertools

import pytest

from opsflow import feel

TRUTH = (True, False, None)


def conjunction(*values: bool | None) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def disjunction(*values: bool | None) -> bool | None:
    if True in values:
        return True
    return None if None in values else False


@pytest.mark.parametrize(("a", "b", "c"), list(itertools.product(TRUTH, repeat=3)))
def test_and_and_or_have_three_values(a: bool | None, b: bool | None, c: bool | None) -> None:
    context = {"a": a, "b": b, "c": c, "list": [a, b, c]}
    assert feel.evaluate("a and b and c", context) is conjunction(a, b, c)
    assert feel.evaluate("a or b or c", context) is disjunction(a, b, c)
    assert feel.evaluate("every x in list satisfies x", context) is conjunction(a, b, c)
    assert feel.evaluate("some x in list satisfies x", context) is disjunction(a, b, c)
    assert feel.evaluate("all(list)", context) is conjunction(a, b, c)
    assert feel.evaluate("any(list)", context) is disjunction(a, b, c)


@pytest.mark.parametrize("other", ["1", '"true"', "[]", "{}", '@"P1D"'])
def test_what_is_no_boolean_counts_as_null(other: str) -> None:
    assert feel.evaluate(f"true and {other}") is None
    assert feel.evaluate(f"false and {other}") is False
    assert feel.evaluate(f"true or {other}") is True
    assert feel.evaluate(f"false or {other}") is None
    assert feel.evaluate(f"if {other} then 1 else 2") == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, [2, null]] = [1, [2, null]]", True),
        ("[1, 2] = [2, 1]", False),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("{a: 1} = {a: 1, b: 2}", False),
        ('[1] = ["1"]', False),
        ("[1..5] = [1..5)", False),
        ("(< 5) = (< 5)", True),
        ("(= 5) = [5..5]", False),
        ("[] = null", False),
        ("{} = []", None),
        ("true = 1", None),
        ('@"2024-01-01" = @"2024-01-01T00:00:00"', None),
        ('@"P1Y" = @"P365D"', None),
        ('@"10:00:00Z" = @"11:00:00+01:00"', True),
        ('@"10:00:00" = @"10:00:00Z"', False),
        ("sum = sum", True),
        ("sum = min", False),
    ],
)
def test_equality_is_of_values_of_one_type(text: str, value: bool | None) -> None:
    assert feel.evaluate(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a" < "b"', True),
        ('"Z" < "a"', True),
        ('@"2024-01-01" < @"2024-01-02"', True),
        ('@"10:00:00+02:00" < @"09:00:00Z"', True),
        ('@"P1M" < @"P1Y"', True),
        ('@"P1D" >= @"PT24H"', True),
        ("true < false", None),
        ("[1] < [2]", None),
        ("null < 1", None),
        ('1 < "2"', None),
        ("null between 1 and 2", None),
        ("5 between 6 and null", False),
        ("5 between 1 and null", None),
    ],
)
def test_order_is_between_values_of_one_type(text: str, value: bool | None) -> None:
    assert feel.evaluate(text) is value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nowhere", "there is no variable 'nowhere'"),
        ('1 + "a"', "number + string has no result"),
        ('1 < "a"', "number < string has no result"),
        ("{a: 1}.b", "context has no member 'b'"),
        ("[1][2]", "a list of 1 has no element 2"),
        ('substring("a", 5)', "substring: start position must be within 1 to 1, or negative"),
        ("1 / 0", "number / number has no result"),
        ("5()", "number can not be called"),
        ("for i in null return i", "null can not be iterated over"),
        ('@"2024-02-30"', "2024-2-30 is not a date"),
        ("abs(1, 2)", "abs: it does not take 2 arguments"),
        ("abs(m: 1)", "abs: it has no parameter 'm'"),
        ("not(1)", "not: negand must be a boolean, not number"),
        ("1 instance of unicorn", "there is no type 'unicorn'"),
    ],
)
def test_a_null_comes_with_its_reason(text: str, message: str) -> None:
    result = feel.compile(text).run({})
    assert result.value is None
    assert message in [warning.message for warning in result.warnings]


def test_a_warning_tells_the_place() -> None:
    (warning,) = feel.compile("true and\n  amount > 1", names=[]).run({"amount": "x"}).warnings
    assert warning.position == 18
