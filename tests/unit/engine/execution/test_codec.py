"""Values as text: exact, and safe from imitation."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.engine.codec import admit_all, canonical, decode, encode
from opsflow.errors import StateUnreadable, VariablesInvalid
from opsflow.feel import YearsMonthsDuration

ZONES = st.one_of(
    st.just(UTC),
    st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
    st.sampled_from(["Europe/Paris", "Asia/Shanghai"]).map(ZoneInfo),
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    TEXTS,
    st.integers(),
    st.integers(2**60, 2**200),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.times(timezones=st.none() | ZONES),
    st.datetimes(timezones=ZONES),
    st.timedeltas(),
    st.binary(),
    st.uuids(),
    st.integers(-9999, 9999).map(YearsMonthsDuration),
)
TAGS = st.sampled_from(["map", "num", "int", "datetime", "typename", "bytes", "span"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TAGS | TEXTS, inner, max_size=4),
    max_leaves=20,
)


def same(one: Any, two: Any) -> bool:
    """Equal in type, in value and in order, signs of zero included."""
    if type(one) is not type(two):
        return False
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[k], two[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, Decimal | float):
        return repr(one) == repr(two)
    return bool(one == two)


@settings(max_examples=400, deadline=None)
@given(VALUES)
def test_every_value_comes_back_exactly(value: Any) -> None:
    text = encode(value)
    assert same(decode(text), value)
    assert same(decode(json.dumps(json.loads(text), sort_keys=True)), value)


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1.10"),
        Decimal("-0"),
        -0.0,
        pytest.param(10**5000, id="huge"),
        {"typename": "x", "map": [1]},
        {"num": "1"},
        {"b": 1, "a": 2},
        {"datetime": "2026-01-01T00:00:00+00:00"},
        datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1),
        time(10, 30),
        date(1, 1, 1),
        timedelta(days=-1, microseconds=1),
        b"\x00\xff",
        UUID(int=5),
    ],
)
def test_hard_values_come_back_exactly(value: Any) -> None:
    assert same(decode(encode(value)), value)


def test_tuples_become_lists_and_subclasses_their_plain_type() -> None:
    class Colour(StrEnum):
        RED = "red"

    class Number(int):
        pass

    assert same(decode(encode((1, (Colour.RED, Number(5))))), [1, ["red", 5]])


@pytest.mark.parametrize("value", [object(), {1, 2}, {1: 2}, float("inf"), datetime(2026, 1, 1)])  # noqa: DTZ001
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(VariablesInvalid):
        encode(value)


@pytest.mark.parametrize(
    "text", ["", "{", '{"no": 1}', '{"map": [1]}', '{"num": "x"}', '{"a":1,"b":2}']
)
def test_text_that_is_not_encoded_is_refused(text: str) -> None:
    with pytest.raises(StateUnreadable):
        decode(text)


def test_the_canonical_text_is_the_same_for_equal_values() -> None:
    assert canonical(5) == canonical(Decimal("5.00")) == canonical(5.0) == "5"
    assert canonical(0.5) == canonical(Decimal("0.50"))
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": Decimal(1)})
    assert canonical("5") != canonical(5)
    assert canonical(True) != canonical(1)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 30))
def test_trailing_zeros_do_not_change_the_canonical_text(number: Decimal, zeros: int) -> None:
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    longer = Decimal((sign, digits + (0,) * zeros, exponent - zeros))
    assert canonical(number) == canonical(longer)


@given(st.integers(10**30, 10**40))
def test_big_numbers_are_not_rounded_to_each_other(number: int) -> None:
    assert canonical(number) != canonical(number + 1)


def test_a_number_with_a_huge_exponent_is_canonical_at_once() -> None:
    assert len(canonical(Decimal("1E+5000000"))) < 50


def test_lists_that_hold_themselves_twice_are_refused_at_once() -> None:
    endless: list[Any] = []
    endless += [endless, endless]
    with pytest.raises(VariablesInvalid, match=r"values together|nested"):
        encode(endless)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_no_database_can_hold_is_refused_with_its_path(text: str) -> None:
    with pytest.raises(VariablesInvalid, match=r"note\[1\]: it holds a NUL"):
        admit_all({"note": ["fine", text]})
    with pytest.raises(VariablesInvalid, match="NUL"):
        admit_all({text: 1})
