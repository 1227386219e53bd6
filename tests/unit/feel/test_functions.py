from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from opsflow import feel


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{f: function(a, b) a - b, r: f(5, 3)}.r", 2),
        ("{f: function(a, b) a - b, r: f(b: 5, a: 3)}.r", -2),
        ("{f: function(a) a, r: f()}.r", None),
        ("{f: function(a) a, r: f(1, 2)}.r", None),
        ("{f: function(a) a, r: f(b: 1)}.r", None),
        ('{f: function(a: number) a, r: f("x")}.r', None),
        ("{f: function(a: number) a, r: f([7])}.r", 7),
        ("{f: function(a: list<number>) a, r: f(7)}.r", [7]),
        ("{f: function(a: number) a = null, r: f(null)}.r", True),
        ("{n: 2, f: function(a) a * n, r: f(4)}.r", 8),
        ("{f: function(f) f, r: f(1)}.r", 1),
        ("{add: function(a) function(b) a + b, r: add(1)(2)}.r", 3),
        ("{g: function(h) h(2), r: g(function(x) x * 5)}.r", 10),
        ("(function(x) x + 1)(1)", 2),
        ("{even: function(n) if n = 0 then true else odd(n - 1), r: even(4)}.r", True),
        ("sort(list: [2, 1], precedes: function(a, b) a < b)", [1, 2]),
        ('{f: substring, r: f("abc", 2)}.r', "bc"),
        ('{f: function(a) external {java: {class: "C"}}, r: f(1)}.r', None),
        ('"f"(1)', None),
        ("unknown(1)", None),
    ],
)
def test_functions_are_values(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


def test_data_named_like_a_built_in_function_does_not_hide_it() -> None:
    context = {"count": 3, "list": [1, 2], "date": "2024-01-01"}
    assert feel.evaluate("count + count(list)", context) == 5
    assert feel.evaluate("date(date).year", context) == 2024


def test_a_function_named_like_a_built_in_one_hides_it() -> None:
    assert feel.evaluate("{abs: function(n) 42, r: abs(-1)}.r") == 42


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True),
        ("1 instance of string", False),
        ("null instance of Null", True),
        ("null instance of number", False),
        ("null instance of Any", False),
        ("[1, null] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("[] instance of list", True),
        ("{a: 1, b: 2} instance of context<a: number>", True),
        ("{b: 2} instance of context<a: number>", False),
        ("[1..2] instance of range<number>", True),
        ("[1..2] instance of range<string>", False),
        ("(function(a) a) instance of function<Any> -> Any", True),
        ("(function(a, b) a) instance of function<Any> -> Any", False),
        ('@"2024-01-01T00:00:00" instance of date and time', True),
        ('@"2024-01-01T00:00:00" instance of date', False),
        ('@"P1M" instance of years and months duration', True),
        ("1 instance of tUnknown", None),
    ],
)
def test_instance_of(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('substring(string: "abc", start position: 2)', "bc"),
        ('substring("abc", 0)', None),
        ('substring("abc", 1, 0)', None),
        ('substring("🐎ab", 2)', "ab"),
        ("upper case(null)", None),
        ('upper case(["a"])', "A"),
        ('substring before("abc", "")', ""),
        ('substring after("abc", "")', "abc"),
        ('substring after("abc", "x")', ""),
        ('string join([], ",")', ""),
        ("string join([1])", None),
        ('split("a1b22c", "[0-9]+")', ["a", "b", "c"]),
        ('replace("abc", "b", "[$0]")', "a[b]c"),
        ('replace("abc", "b", "\\$")', "a$c"),
        ('replace("abc", "b", "$")', None),
        ('replace("abc", "(x)?b", "<$1$2>")', "a<>c"),
        ('replace("héllo", "l", "L")', "héLLo"),
        ('replace("abc", "x*", "-")', None),
        ('matches("a.b", "a\\.b")', True),
        ('matches("été", "^\\w+$")', True),
        ('matches("x", "[a-z-[aeiou]]")', True),
        ('matches("e", "[a-z-[aeiou]]")', False),
        ('matches("a\\nb", "a.b")', False),
        ('matches("a\\nb", "a.b", "s")', True),
        ('matches("a b", "a\\ b", "x")', None),
        ('matches("ab", "a b", "x")', True),
        ('matches("a", "(?i)A")', None),
        ('matches("a", "(?:a|b)")', True),
        ('matches("a", "a", "q")', None),
        ('matches("a", "(a)\\1")', None),
        ('matches("é", "\\p{IsBasicLatin}")', False),
        ('matches("a-b", "[\\w-]+")', True),
        ('number("1,234.5", ",", ".")', Decimal("1234.5")),
        ('number("1.234,5", ".", ",")', Decimal("1234.5")),
        ('number("1,5")', None),
        ('number("1", ",", ",")', None),
        ('number("abc")', None),
        ('number("1e3")', 1000),
        ("string(null)", None),
        ("string(-0.0)", "0"),
        ("string(1e3)", "1000"),
        ('string(@"P1D")', "P1D"),
        ('string({a b: ["x", null, true]})', '{a b: ["x", null, true]}'),
        ("string([1..2))", "[1..2)"),
        ("string((< 5))", "< 5"),
        ("is(1, 1.0)", True),
        ('is(@"10:00:00@Etc/GMT", @"10:00:00Z")', False),
        ("is(null, null)", True),
        ('is(1, "1")', False),
    ],
)
def test_conversion_and_strings(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min([])", None),
        ("sum([])", None),
        ("sum(1, 2)", 3),
        ("sum([1, null])", None),
        ('sum([@"P1D", @"PT12H"])', None),
        ('mean([@"P1M", @"P3M"]) = @"P2M"', True),
        ('max(["a", "b"])', "b"),
        ('max([1, "b"])', None),
        ("count(null)", None),
        ("count(5)", 1),
        ("median([1, 2, 3, 4])", Decimal("2.5")),
        ("median([])", None),
        ("mode([])", []),
        ("mode([1, 2, 2, 1])", [1, 2]),
        ("stddev([1])", None),
        ("all([])", True),
        ("any([])", False),
        ('all([true, "x"])', None),
        ("sublist([1, 2, 3], -2, 1)", [2]),
        ("sublist([1, 2, 3], 2, 5)", None),
        ("append([], null)", [None]),
        ("append(1, [2])", [1, [2]]),
        ("concatenate([1], null)", None),
        ("insert before([1, 2], -1, 9)", [1, 9, 2]),
        ("remove([1, 2], 3)", None),
        ("union([1, 1], [[1], [1]])", [1, [1]]),
        ("distinct values([1, 1.0, null, null])", [1, None]),
        ("index of([null, 1], null)", [1]),
        ('sort([1, "a"])', None),
        ("sort([2, 1], function(a, b) null)", None),
        ("flatten([[[]], 1])", [1]),
        ("partition([1], 0)", None),
        ("odd(1.5)", False),
        ("even(1e30)", True),
        ("odd(-3)", True),
        ("modulo(10, 0)", None),
        ("modulo(-5, -3)", -2),
        ("modulo(5.5, 2)", Decimal("1.5")),
        ("log(0)", None),
        ("floor(-1.55, 1)", Decimal("-1.6")),
        ("ceiling(-1.55, 1)", Decimal("-1.5")),
        ("decimal(2.5, 0)", 2),
        ("decimal(1234, -2)", 1200),
        ("round up(5, -3)", 1000),
        ("round half up(1.5, 7000)", None),
        ('get value({a: 1}, "b")', None),
        ("context put({}, [], 1)", None),
        ("context merge({a: 1})", {"a": 1}),
        ('context([{key: "a"}])', None),
        ('day of week(@"2024-02-29T23:00:00Z")', "Thursday"),
        ("date(2023, 2, 29)", None),
        ("time(25, 0, 0)", None),
        ("time(1, 2, 3.5).second", Decimal("3.5")),
        ('date and time(@"2024-01-01T10:00:00Z", @"11:00:00") = @"2024-01-01T11:00:00"', True),
        ('duration("P1Y1D")', None),
        ('range("[3..1]")', None),
        ('range("[a..b]")', None),
        ('range("(1..]")', None),
    ],
)
def test_lists_numbers_contexts_and_calendar(text: str, expected: object) -> None:
    if text.startswith("sum([@"):
        assert feel.evaluate(f'{text} = @"PT36H"') is True
    else:
        assert feel.evaluate(text) == expected


def test_today_is_the_day_where_now_is_told() -> None:
    assert feel.evaluate("today().day", now=datetime(2024, 2, 29, 23, tzinfo=UTC)) == 29
