from __future__ import annotations

import contextlib
import decimal
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow import feel
from opsflow.feel import syntax as s
from opsflow.feel.builtins import BUILTINS
from opsflow.feel.parser import parse
from opsflow.feel.values import NUMBERS
from tests.unit.feel.sources import NAMES, numbers, text_of, texts, trees

NOW = datetime(2024, 5, 17, 10, 30, tzinfo=UTC)
FEW = feel.Limits(steps=2_000, list_size=2_000, string_length=10_000)

plain = st.one_of(st.none(), st.booleans(), numbers, texts)
plain_values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
values = st.recursive(
    st.one_of(
        plain,
        st.dates(min_value=date(1000, 1, 1)),
        st.timedeltas(),
        st.integers(-9999, 9999).map(feel.YearsMonthsDuration),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
contexts = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, values))
PIECES = (
    'a b "s" 1 2.5 ( ) [ ] { } .. , : + - ** * / . < <= = != @"P1D" if then else for in return '
    "some satisfies and or between function instance of list < > not ? // /* item"
)
fragments = st.lists(st.sampled_from(PIECES.split(" ")), max_size=20).map(" ".join)


@given(st.text(max_size=60) | fragments)
@settings(max_examples=500, deadline=None)
def test_any_text_compiles_or_is_refused(text: str) -> None:
    with contextlib.suppress(feel.FeelSyntaxError, feel.FeelLimitError):
        feel.compile(text).evaluate({"a": 1, "b": [1, 2]}, now=NOW, limits=FEW)
    with contextlib.suppress(feel.FeelSyntaxError, feel.FeelLimitError):
        feel.compile_unary(text).evaluate({"?": 1}, now=NOW, limits=FEW)


@given(trees)
@settings(max_examples=300, deadline=None)
def test_a_tree_survives_being_written_and_parsed(tree: s.Node) -> None:
    assert parse(text_of(tree), (*BUILTINS, *NAMES)) == tree


@given(trees, contexts)
@settings(max_examples=600, deadline=None)
def test_evaluation_raises_nothing_but_a_limit(tree: s.Node, context: dict[str, object]) -> None:
    expression = feel.compile(text_of(tree), names=NAMES)
    with contextlib.suppress(feel.FeelLimitError):
        expression.run(context, now=NOW, limits=FEW)


@given(trees, contexts)
@settings(max_examples=150, deadline=None)
def test_the_same_input_gives_the_same_value_in_any_decimal_context(
    tree: s.Node, context: dict[str, object]
) -> None:
    expression = feel.compile(text_of(tree), names=NAMES)
    try:
        first = feel.format_value(expression.evaluate(context, now=NOW, limits=FEW))
    except feel.FeelLimitError:
        return
    with decimal.localcontext(decimal.Context(prec=2, traps=[decimal.Inexact])):
        again = feel.format_value(expression.evaluate(context, now=NOW, limits=FEW))
    assert again == first


@given(plain_values)
@settings(max_examples=300, deadline=None)
def test_a_value_written_as_text_reads_back_as_itself(value: object) -> None:
    assert feel.evaluate(feel.format_value([value])) == [value]


@given(st.dates() | st.times() | st.datetimes() | st.datetimes(timezones=st.just(UTC)))
def test_a_moment_written_as_text_reads_back_as_itself(moment: object) -> None:
    assert feel.evaluate(f'@"{feel.format_value(moment)}"') == moment


@given(st.timedeltas() | st.integers(-(10**9), 10**9).map(feel.YearsMonthsDuration))
def test_a_duration_written_as_text_reads_back_as_itself(duration: object) -> None:
    assert feel.parse_duration(feel.format_value(duration)) == duration


amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)


@given(amounts, amounts)
def test_arithmetic_is_that_of_decimal_with_34_digits(a: Decimal, b: Decimal) -> None:
    context = {"a": a, "b": b}
    left, right = NUMBERS.plus(a), NUMBERS.plus(b)
    assert feel.evaluate("a + b", context) == NUMBERS.add(left, right)
    assert feel.evaluate("a - b", context) == NUMBERS.subtract(left, right)
    assert feel.evaluate("a * b", context) == NUMBERS.multiply(left, right)
    quotient = feel.evaluate("a / b", context)
    assert quotient == (NUMBERS.divide(left, right) if right else None)


@given(amounts, amounts)
def test_numbers_compare_as_numbers(a: Decimal, b: Decimal) -> None:
    for operator, expected in (("<", a < b), (">=", a >= b), ("=", a == b), ("!=", a != b)):
        assert feel.evaluate(f"a {operator} b", {"a": a, "b": b}) is expected


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(-999), timedelta(999)))
def test_a_duration_added_and_taken_away_leads_back(moment: datetime, length: timedelta) -> None:
    there = feel.evaluate("m + d", {"m": moment, "d": length})
    if there is not None:
        assert feel.evaluate("m - d", {"m": there, "d": length}) == moment


@given(st.lists(st.decimals(-1000, 1000, places=2), min_size=1, max_size=20))
def test_totals_agree_with_python(items: list[Decimal]) -> None:
    context = {"items": items}
    assert feel.evaluate("sum(items)", context) == sum(items)
    assert feel.evaluate("min(items)", context) == min(items)
    assert feel.evaluate("sort(items)", context) == sorted(items)
    assert feel.evaluate("count(items[item > 0])", context) == sum(item > 0 for item in items)
