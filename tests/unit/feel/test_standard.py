"""What the tables of DMN 1.5 chapter 10 ask for where few expressions go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsflow import feel
from opsflow.feel import Range

NOW = datetime(2024, 5, 17, 10, 30, tzinfo=UTC)


def value(text: str) -> object:
    return feel.compile(text).evaluate({}, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('range("[18..21)")', "[18..21)"),
        ('range("]18..21[")', "(18..21)"),
        ('range("[2..)")', "[2..null)"),
        ('range("[2..[")', "[2..null)"),
        ('range("(..2]")', "(null..2]"),
        ('range("(..2)")', "(null..2)"),
        ('range("[..2]")', "null"),
        ('range("[2..]")', "null"),
        ('range("(..)")', "null"),
        ('range("[..]")', "null"),
        ('range("")', "null"),
        ('range("[1 + 1..5]")', "null"),
        ('range("[5..1]")', "null"),
    ],
)
def test_a_range_may_be_read_from_text_with_an_open_end(text: str, expected: str) -> None:
    assert feel.format_value(value(text)) == expected


def test_a_range_with_an_open_end_holds_what_the_comparison_does() -> None:
    assert value('3 in range("[2..)")') is True
    assert value('2 in range("(..2)")') is False
    assert value('range("(..2]")') == Range(None, feel.evaluate("2"), False, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(point: 1, range: [2..3])", True),
        ("before(range: [2..3], point: 1)", False),
        ("after(point: 5, range: [2..3])", True),
        ("after(range: [2..3], point: 1)", True),
        ("before(range2: [3..4], range1: [1..2])", True),
        ("finished by(range: [1..10], point: 10)", True),
        ("starts(range: [1..10], point: 1)", True),
        ("coincides(point2: 1, point1: 1)", True),
    ],
)
def test_names_and_their_order_choose_the_signature(text: str, expected: bool) -> None:
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("append(list: [1], item: 2)", "[1, 2]"),
        ("append(list: [1], item: [2])", "[1, [2]]"),
        ("append([1], [2], 3)", "[1, [2], 3]"),
        ("concatenate(list: [[1], [2]])", "[1, 2]"),
        ("max(list: [1, 3, 2])", "3"),
        ("sort(precedes: function(x, y) x > y, list: [1, 3, 2])", "[3, 2, 1]"),
        ('number(from: "1.000,5", decimal separator: ",", grouping separator: ".")', "1000.5"),
        ('string join(delimiter: "-", list: ["a", null, "b"])', "a-b"),
        ("list replace(newItem: 9, position: -1, list: [1, 2])", "[1, 9]"),
        ('context put(value: 2, keys: ["a", "b"], context: {a: {}})', "{a: {b: 2}}"),
        ('time(hour: 1, minute: 2, second: 3, offset: @"-PT1H")', "01:02:03-01:00"),
        (
            "date and time(year: 2024, month: 1, day: 2, hour: 3, minute: 4, second: 5, "
            'timezone: "Europe/Paris")',
            "2024-01-02T03:04:05@Europe/Paris",
        ),
    ],
)
def test_arguments_may_be_named(text: str, expected: str) -> None:
    assert feel.format_value(value(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(function(a, b) b)(a: 1)", None),
        ("(function(a, b) if b = null then a else b)(a: true)", True),
        ("(function(a: boolean, b: string) a)(a: true)", True),
        ("list contains(list: [1, null])", True),
    ],
)
def test_a_named_argument_that_is_left_out_is_null(text: str, expected: bool | None) -> None:
    assert value(text) is expected


def test_a_name_that_is_no_parameter_gives_null_and_a_warning() -> None:
    result = feel.compile("(function(a, b) a)(a: 1, c: 2)").run({})
    assert result.value is None
    assert result.warnings[0].message == "the function takes a, b"


@pytest.mark.parametrize(
    ("replacement", "expected"),
    [
        ("$12", "l"),
        ("$1", "a"),
        ("[$0]", "[abcdefghijkl]"),
        ("$13", "a3"),
        ("$123", "l3"),
        ("$" + "1" * 40, "k" + "1" * 38),
        ("\\\\$1", "$1"),
    ],
)
def test_a_group_has_as_many_digits_as_there_are_groups(replacement: str, expected: str) -> None:
    groups = "".join(f"({letter})" for letter in "abcdefghijkl")
    assert value(f'replace("abcdefghijkl", "{groups}", "{replacement}")') == expected


@pytest.mark.parametrize("text", ["+5", "1000.", " 1", "", "0x1F", "1_000", "Infinity", "NaN", "٣"])
def test_a_number_in_text_is_written_as_a_literal(text: str) -> None:
    assert value(f'number("{text}")') is None


@pytest.mark.parametrize(
    ("text", "expected"), [("-.5", "-0.5"), ("1e3", "1000"), ("-2E-1", "-0.2")]
)
def test_the_literals_of_numbers_are_read(text: str, expected: str) -> None:
    assert feel.format_value(value(f'number("{text}")')) == expected


@pytest.mark.parametrize(
    "text",
    [
        'time("23:59:00z") + duration("PT2M") = time("00:01:00@Etc/UTC")',
        'time("23:59:00z") = time(23, 59, 0, duration("PT0H"))',
        'is(time("23:00:50z"), time("23:00:50+00:00"))',
        'not(is(time("23:00:50z"), time("23:00:50")))',
    ],
)
def test_the_standard_writes_a_small_z_in_its_examples(text: str) -> None:
    assert value(text) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2024-01-01T10:00:00" < @"2024-01-01T11:00:00Z"', True),
        ('@"2024-01-01T10:00:00" >= @"2024-01-01T11:00:00+05:00"', False),
        ('@"10:00:00" > @"09:00:00@Asia/Tokyo"', True),
        ('@"10:00:00" in [@"09:00:00Z"..@"11:00:00Z"]', True),
        ('@"12024-01-01T10:00:00" < @"12024-01-01T11:00:00Z"', True),
        ('@"12024-01-01T10:00:00" = @"12024-01-01T10:00:00Z"', False),
        ('@"2024-01-01T10:00:00" = @"2024-01-01T10:00:00Z"', False),
        ('@"2024-01-01T10:00:00" - @"2024-01-01T10:00:00Z"', None),
        ('@"10:00:00Z" < @"10:30:00+01:00"', False),
    ],
)
def test_in_an_order_a_local_moment_has_the_zone_of_the_other(
    text: str, expected: bool | None
) -> None:
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 ** 0", "1"),
        ("5 ** 0", "1"),
        ("0 ** -1", "null"),
        ("1 ** 999999999", "1"),
        ("1 ** 1000000000", "null"),
        ("(-8) ** (1 / 3)", "null"),
        ("2 ** 3 ** 2", "64"),
        ("-5 ** 2", "25"),
    ],
)
def test_powers_are_those_of_decimal128(text: str, expected: str) -> None:
    assert feel.format_value(value(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("floor instance of function<number> -> number", True),
        ("floor instance of function<number, number> -> number", True),
        ("floor instance of function<> -> number", False),
        ("(function(a: number) a) instance of function<string> -> number", False),
        ("[[1], []] instance of list<list<number>>", True),
        ("{a: [1]} instance of context<a: list<number>>", True),
        ("{a: {b: 1}} instance of context<a: context<b: string>>", False),
        ('(< @"2024-01-01") instance of range<date>', True),
    ],
)
def test_types_of_functions_and_structures_are_looked_into(text: str, expected: bool) -> None:
    assert value(text) is expected


def test_a_day_is_counted_through_in_both_directions() -> None:
    days = 'for d in @"2024-03-01"..@"2024-02-28" return d.day'
    assert feel.format_value(value(days)) == "[1, 29, 28]"


def test_elements_are_sorted_stably() -> None:
    text = "sort([{a: 1, b: 1}, {a: 0, b: 2}, {a: 1, b: 3}], function(x, y) x.a < y.a).b"
    assert feel.format_value(value(text)) == "[2, 1, 3]"


def test_a_time_in_a_named_zone_knows_its_offset_on_that_day() -> None:
    assert value('@"2024-07-01T10:00:00@Europe/Paris".time offset') == timedelta(hours=2)
    assert value('@"2024-01-01T10:00:00@Europe/Paris".time offset') == timedelta(hours=1)
    assert value('@"2024-07-01T10:00:00@Europe/Paris".timezone') == "Europe/Paris"
