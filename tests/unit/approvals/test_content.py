"""The content hash: equal values, equal hash; different values, different hash."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.approvals.content import content_hash
from opsflow.feel import YearsMonthsDuration

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.dates(),
    st.binary(max_size=4),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), values, max_size=5))
def test_the_order_of_keys_makes_no_difference(content: dict[str, object]) -> None:
    turned = dict(reversed(list(content.items())))
    assert content_hash(turned) == content_hash(content)


@given(st.integers(-(10**30), 10**30), st.integers(0, 12))
def test_the_notation_of_a_number_makes_no_difference(number: int, places: int) -> None:
    written = Decimal(number).quantize(Decimal(1)) if abs(number) < 10**27 else Decimal(number)
    longer = Decimal(f"{written:f}." + "0" * places) if places else written
    assert content_hash({"n": number}) == content_hash({"n": longer})


def test_a_float_equals_the_decimal_it_is_written_as() -> None:
    assert content_hash({"n": 1.10}) == content_hash({"n": Decimal("1.1")})
    assert content_hash({"n": 1e3}) == content_hash({"n": 1000})
    assert content_hash({"n": -0.0}) == content_hash({"n": 0})


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False), min_size=2, max_size=2))
def test_different_numbers_differ(pair: list[Decimal]) -> None:
    one, two = pair
    same = content_hash({"n": one}) == content_hash({"n": two})
    assert same == (one == two)


def test_many_digits_are_not_rounded() -> None:
    digits = "1." + "0" * 60 + "1"
    assert content_hash({"n": Decimal(digits)}) != content_hash({"n": Decimal(1)})


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (1, "1"),
        (1, True),
        (0, False),
        (None, "null"),
        ("", None),
        ([], {}),
        ([1, 2], [2, 1]),
        (["n", "1e0"], 1),
        ({"a": 1}, {"a": None}),
        ({"a": None}, {}),
        (date(2026, 1, 2), "2026-01-02"),
        (b"a", "a"),
        ([["a"]], ["a"]),
        (timedelta(days=30), YearsMonthsDuration(1)),
        (UUID(int=1), str(UUID(int=1))),
    ],
)
def test_values_that_look_alike_differ(one: object, two: object) -> None:
    assert content_hash({"v": one}) != content_hash({"v": two})


def test_one_moment_in_two_zones_is_one_moment() -> None:
    here = datetime(2026, 3, 1, 9, tzinfo=UTC)
    there = here.astimezone(timezone(timedelta(hours=8)))
    assert content_hash({"at": here}) == content_hash({"at": there})
    assert content_hash({"at": here}) != content_hash({"at": here + timedelta(microseconds=1)})


def test_every_kind_of_variable_has_a_hash() -> None:
    kinds: list[object] = [time(9, 30), (1, 2), {"x", "y"}, YearsMonthsDuration(14), 2**4000]
    assert len({content_hash({"v": kind}) for kind in kinds}) == len(kinds)


def test_what_no_variable_can_be_is_refused() -> None:
    with pytest.raises(TypeError):
        content_hash({"v": object()})
