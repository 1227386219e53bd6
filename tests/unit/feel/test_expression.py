from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

import pytest

from opsflow import feel


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, Decimal(1)),
        (0.1, Decimal("0.1")),
        (True, True),
        (Colour.RED, "red"),
        ((1, (2,)), [Decimal(1), [Decimal(2)]]),
        (OrderedDict(a=1), {"a": Decimal(1)}),
        (MappingProxyType({"a": None}), {"a": None}),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (timedelta(days=1), timedelta(days=1)),
        (Decimal("1." + "3" * 50), Decimal("1." + "3" * 33)),
    ],
)
def test_python_values_become_feel_values(value: object, expected: object) -> None:
    translated = feel.to_feel(value)
    assert translated == expected
    assert type(translated) is type(expected)


@pytest.mark.parametrize(
    "value", [object(), float("nan"), b"x", {1: 2}, {"a": {1, 2}}, Decimal("1e7000")]
)
def test_what_has_no_counterpart_is_refused(value: object) -> None:
    with pytest.raises(feel.FeelTypeError):
        feel.to_feel(value)
    result = feel.compile("x.a").run({"x": {"a": value}})
    assert result.value is None
    assert result.warnings[0].message.startswith("x: ")


class Legacy(tzinfo):
    """A zone of another make."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return timedelta(hours=2) if moment else None

    def dst(self, moment: datetime | None) -> timedelta | None:
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        return None


def test_a_foreign_zone_becomes_its_offset() -> None:
    moment = datetime(2024, 2, 29, 10, 30, tzinfo=Legacy())
    assert feel.evaluate("string(m)", {"m": moment}) == "2024-02-29T10:30:00+02:00"


def test_a_range_from_python_has_feel_ends() -> None:
    interval = feel.Range(1, 5, low_included=True, high_included=False)
    assert feel.evaluate("4 in r and not(5 in r)", {"r": interval}) is True


class Fresh(Mapping[str, object]):
    """Makes its values when they are asked for."""

    def __getitem__(self, key: str) -> object:
        return [key] * 3

    def __iter__(self) -> Iterator[str]:
        return iter(("a", "b"))

    def __len__(self) -> int:
        return 2


def test_values_made_on_demand_are_not_mixed_up() -> None:
    assert feel.evaluate('[a, b, a, b][item[1] = "a"]', Fresh()) == [["a"] * 3] * 2


def test_a_context_is_neither_changed_nor_shared() -> None:
    rows = [{"n": 1}]
    value = feel.evaluate("rows", {"rows": rows})
    assert value == [{"n": Decimal(1)}]
    assert rows == [{"n": 1}]
    assert value is not rows


def test_only_what_is_read_is_translated() -> None:
    assert feel.evaluate("order.amount > 5", {"order": {"amount": 6, "raw": object()}}) is True


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.b.c + d", {"a", "d"}),
        ("{x: a, y: x}.y", {"a"}),
        ("for i in items return i + n", {"items", "n"}),
        ("for i in items return partial", {"items"}),
        ("some x in xs satisfies x = y", {"xs", "y"}),
        ("function(a) a + b", {"b"}),
        ("{f: function(n) f(n - 1)}", set()),
        ("rows[amount > limit]", {"rows"}),
        ("count(items) + sum(other)", {"items", "other"}),
        ("if a then b else c", {"a", "b", "c"}),
        ("x in [low..high]", {"x", "low", "high"}),
        ("check(a)", {"check", "a"}),
    ],
)
def test_an_expression_knows_the_names_it_reads(text: str, names: set[str]) -> None:
    assert feel.compile(text).names == names


def test_names_in_a_filter_are_possible_and_called_built_ins_are_functions() -> None:
    expression = feel.compile("rows[amount > date] + count(rows)")
    assert expression.possible_names == {"amount", "date"}
    assert expression.functions == {"count"}
    assert feel.compile_unary("> limit, ?").names == {"limit"}


def test_compiling_the_same_text_again_gives_the_same_expression() -> None:
    assert feel.compile("a + 1") is feel.compile("a + 1")
    assert feel.compile("a + 1", names=["a b"]) is not feel.compile("a + 1")
    assert feel.compile("a + 1").text == "a + 1"


def test_one_expression_serves_many_contexts() -> None:
    expression = feel.compile('amount > 1000 and status = "open"')
    rows: list[dict[str, object]] = [
        {"amount": 1500, "status": "open"},
        {"amount": Decimal("999.99"), "status": "open"},
        {"amount": None, "status": "open"},
        {},
    ]
    assert [expression.evaluate(row) for row in rows] == [True, False, None, False]


def test_now_is_utc_unless_given() -> None:
    before = datetime.now(UTC)
    moment = feel.evaluate("now()")
    assert isinstance(moment, datetime)
    assert before <= moment <= datetime.now(UTC)


def test_values_are_written_as_feel() -> None:
    value = {"a b": [1, "x", None, True, date(2024, 1, 2)], "if": timedelta(hours=1)}
    assert feel.format_value(feel.to_feel(value)) == (
        '{a b: [1, "x", null, true, 2024-01-02], "if": PT1H}'
    )
    assert feel.format_value("plain") == "plain"
    assert feel.format_value(None) == "null"


def test_a_function_is_written_with_its_parameters() -> None:
    assert feel.format_value(feel.evaluate("[function(a, b) a]")) == "[function(a, b)]"


def test_a_built_in_function_is_written_with_its_parameters() -> None:
    assert feel.format_value(feel.evaluate("[contains]")) == "[function contains(string, match)]"


def test_the_public_names() -> None:
    assert sorted(feel.__all__) == [
        "DEFAULT_LIMITS",
        "Expression",
        "FarDate",
        "FarDatetime",
        "FeelError",
        "FeelLimitError",
        "FeelSyntaxError",
        "FeelTypeError",
        "FeelWarning",
        "Function",
        "Limits",
        "Range",
        "Result",
        "Value",
        "YearsMonthsDuration",
        "add_duration",
        "compile",
        "compile_unary",
        "evaluate",
        "format_value",
        "kind",
        "parse_date",
        "parse_datetime",
        "parse_duration",
        "parse_time",
        "to_feel",
    ]
    for error in (feel.FeelSyntaxError, feel.FeelTypeError, feel.FeelLimitError):
        assert issubclass(error, feel.FeelError)
