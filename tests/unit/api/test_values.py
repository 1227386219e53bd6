"""Variables as JSON: no digit is lost, and nothing comes out that JSON has not."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow import feel
from opsflow.api.values import shown


@given(number=st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value(number: Decimal) -> None:
    told = json.loads(json.dumps(shown(number)))
    assert Decimal(str(told)) == number


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Decimal("5.00"), 5),
        (Decimal("12.5"), 12.5),
        (Decimal("0.1"), 0.1),
        (Decimal("9007199254740993"), "9007199254740993"),
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (Decimal("1E+400"), "1E+400"),
        (True, True),
        (None, None),
        ("text", "text"),
        (date(2026, 3, 2), "2026-03-02"),
        (time(9, 30), "09:30:00"),
        ({"a": [Decimal("1.5"), {"b": date(2026, 3, 2)}]}, {"a": [1.5, {"b": "2026-03-02"}]}),
    ],
)
def test_what_a_value_looks_like(value: object, told: object) -> None:
    assert shown(value) == told
    assert type(shown(value)) is type(told)


def test_a_moment_is_its_feel_text() -> None:
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert shown(moment) == feel.format_value(moment)
