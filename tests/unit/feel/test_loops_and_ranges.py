from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from opsflow import feel


def numbers(*values: int) -> list[Decimal]:
    return [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for i in 1..3 return i", numbers(1, 2, 3)),
        ("for i in 3..1 return i", numbers(3, 2, 1)),
        ("for i in 2..2 return i", numbers(2)),
        ("for i in -1..1 return i", numbers(-1, 0, 1)),
        ("for i in [1..3] return i", numbers(1, 2, 3)),
        ("for i in (1..3) return i", numbers(2)),
        ("for i in (1..2) return i", []),
        ("for i in [] return i", []),
        ("for i in 5 return i", numbers(5)),
        ("for i in [1, 2], j in 1..i return i * 10 + j", numbers(11, 21, 22)),
        ("for i in 1..4 return count(partial)", numbers(0, 1, 2, 3)),
        ("for i in 1..3 return sum(partial) + 1", [None, None, None]),
        ('for d in [@"2024-02-28"..@"2024-03-01"] return d.day', numbers(28, 29, 1)),
        ("for i in null return i", None),
        ("for i in 1.5..3 return i", None),
        ('for i in "a".."c" return i', None),
        ("for i in [1..null] return i", None),
    ],
)
def test_for_goes_through_lists_and_ranges(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


def test_partial_kept_by_the_body_is_what_it_was_then() -> None:
    assert feel.evaluate("for i in 1..3 return partial") == [[], [[]], [[], [[]]]]


def test_later_iterations_see_earlier_names_and_inner_names_hide_outer_ones() -> None:
    assert feel.evaluate("for i in [[1], [2]], i in i return i", {"i": 9}) == numbers(1, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("list[1]", 10),
        ("list[-1]", 30),
        ("list[0]", None),
        ("list[4]", None),
        ("list[1.5]", None),
        ("list[i]", 20),
        ("list[count(list)]", 30),
        ("list[i + 1]", 30),
        ("list[item > i * 5]", numbers(20, 30)),
        ("list[item > threshold]", numbers(30)),
        ("list[true]", numbers(10, 20, 30)),
        ("list[null]", []),
        ("list[false]", []),
        ('list["a"]', None),
        ("null[1]", None),
        ("null[item > 1]", []),
        ("7[1]", 7),
        ("7[item > 5]", numbers(7)),
        ("[][1]", None),
        ("[][item = 1]", []),
        ("rows[n > 1].n", numbers(2, 3)),
        ("rows[item.n > 1][1].n", 2),
        ("rows[n = i].n", numbers(2)),
        ("rows.n", numbers(1, 2, 3)),
        ("rows.m", [None, None, None]),
        ("[{item: 1}, {item: 2}][item = 2].item", numbers(2)),
        ("[[1, 2], [3]][item[1] = 3]", [numbers(3)]),
    ],
)
def test_a_filter_selects_by_place_or_by_condition(text: str, expected: object) -> None:
    context = {
        "list": [10, 20, 30],
        "rows": [{"n": 1}, {"n": 2}, {"n": 3}],
        "i": 2,
        "threshold": 25,
    }
    assert feel.evaluate(text, context) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("some x in [] satisfies true", False),
        ("every x in [] satisfies false", True),
        ("some x in null satisfies true", None),
        ("every x in [1, 2] satisfies x", None),
        ("some x in 1..3, y in 1..3 satisfies x + y = 6", True),
        ("every x in 1..3, y in 1..3 satisfies x + y < 6", False),
    ],
)
def test_quantifiers(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 in [1..3]", True),
        ("1 in (1..3]", False),
        ("3 in [1..3[", False),
        ("3 in ]1..3]", True),
        ("2 in (> 1)", True),
        ("2 in (<= 1)", False),
        ("2 in (= 2)", True),
        ("2 in (!= 2)", False),
        ("2 in >= 2", True),
        ("2 in [[1..3], [5..7]]", True),
        ('"b" in ["a".."c"]', True),
        ('"b" in [1..3]', None),
        ("null in [1..3]", None),
        ("null in (1, null)", True),
        ("1 in [2..1]", False),
        ("5 in [1..null]", True),
        ("5 in (2 + 3)", True),
        ("2 in (1, 2 + 0, 3)", True),
        ("[1, 2] in [[1, 2]]", True),
        ("[1..2] in ([1..2])", True),
        ("5 in (? > 4)", True),
        ("r.start = 1 and r.end included = false", True),
        ("4 in r", True),
        ('[1.."a"]', None),
    ],
)
def test_ranges_hold_what_lies_between_their_ends(text: str, expected: bool | None) -> None:
    interval = feel.Range(Decimal(1), Decimal(5), low_included=True, high_included=False)
    assert feel.evaluate(text, {"r": interval, "end included": None}) is expected


@pytest.mark.parametrize(
    ("relation", "held", "failed"),
    [
        ("before", "(1..2), [2..3]", "[1..2], [2..3]"),
        ("after", "[3..4], [1..3)", "[3..4], [1..3]"),
        ("meets", "[1..3], [3..4]", "[1..3], (3..4]"),
        ("met by", "[3..4], [1..3]", "[3..4], [1..3)"),
        ("overlaps", "[1..3], [3..4]", "[1..3), [3..4]"),
        ("overlaps before", "[1..3], [2..4]", "[2..4], [1..3]"),
        ("overlaps after", "[2..4], [1..3]", "[1..3], [2..4]"),
        ("finishes", "[2..4], [1..4]", "[2..4), [1..4]"),
        ("finished by", "[1..4], [2..4]", "[1..4], [2..4)"),
        ("includes", "[1..4], (1..4)", "(1..4), [1..4]"),
        ("during", "(1..4), [1..4]", "[1..4], (1..4)"),
        ("starts", "[1..2], [1..4]", "(1..2], [1..4]"),
        ("started by", "[1..4], [1..2]", "[1..4], (1..2]"),
        ("coincides", "[1..4], [1..4]", "[1..4], [1..4)"),
    ],
)
def test_ranges_relate(relation: str, held: str, failed: str) -> None:
    assert feel.evaluate(f"{relation}({held})") is True
    assert feel.evaluate(f"{relation}({failed})") is False
    assert feel.evaluate(f"{relation}([1..2], null)") is None
    assert feel.evaluate(f'{relation}([1..2], ["a".."b"])') is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(1, (1..2])", True),
        ("after((2..3), 2)", True),
        ("finishes(2, (1..2])", True),
        ("includes([1..2), 2)", False),
        ("during(1, (< 5))", True),
        ("overlaps((< 5), (> 4))", True),
        ("before((< 5), (>= 5))", True),
        ("includes((> 0), [1..2])", True),
        ("coincides((< 5), (< 5))", True),
        ("meets((!= 5), [5..6])", None),
        ("before(1, 2)", True),
        ("coincides(1, 1)", True),
    ],
)
def test_points_and_open_ranges_relate(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text) is expected


def test_a_range_of_dates() -> None:
    context = {"day": date(2024, 2, 29)}
    assert feel.evaluate('day in [@"2024-02-01"..@"2024-03-01")', context) is True


@pytest.mark.parametrize(
    ("tests", "value", "expected"),
    [
        ("-", None, True),
        ("5", 5, True),
        ("5, 6", 6, True),
        ("< 5", 6, False),
        ("not(5)", 5, False),
        ("not(< 5, > 10)", 7, True),
        ('not("a")', 5, None),
        ("? > 5", 6, True),
        ('contains(?, "a")', "cat", True),
        ("? * 2", 0, True),
        ("[1, 2, 3]", 2, True),
        ("true", True, True),
        ("false", True, False),
        ("limit > 10", 3, True),
        ("limit", 20, True),
        ("null", None, True),
        ("null", 1, False),
        ("> limit", 21, True),
        ("[1..limit)", 20, False),
        ('"a"', 5, None),
    ],
)
def test_unary_tests(tests: str, value: object, expected: bool | None) -> None:
    context = {"?": value, "limit": 20}
    assert feel.compile_unary(tests).evaluate(context) is expected
