"""Limits of measures: ends, expressions, and ends that cannot be told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.engine import Expression, ProcedureStep, ProcedureStepKind
from opsflow.sop.limits import Limits, decimal_of, limits_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
numbers = st.decimals(-1000, 1000, places=2)


def measure(minimum: Expression | None = None, maximum: Expression | None = None) -> ProcedureStep:
    return ProcedureStep(
        "price", ProcedureStepKind.MEASURE, "Price", unit="CNY", minimum=minimum, maximum=maximum
    )


@given(numbers, numbers, numbers)
def test_both_ends_belong_to_what_is_allowed(low: Decimal, high: Decimal, value: Decimal) -> None:
    within = low <= value <= high
    assert (Limits(low, high).breach(value) is None) == within


def test_a_breach_names_value_limit_and_unit() -> None:
    text = Limits(maximum=Decimal("100.50")).breach(Decimal("100.51"), "CNY")
    assert text == "100.51 CNY is above the maximum 100.50 CNY"
    assert Limits(minimum=Decimal(2)).breach(Decimal("1E+0")) == "1 is below the minimum 2"


def test_a_step_without_limits_takes_every_number() -> None:
    limits = limits_of(measure(), {}, NOW)
    assert limits == Limits()
    assert limits.breach(Decimal(10**9)) is None


def test_limits_are_evaluated_over_the_variables() -> None:
    step = measure(Expression("low"), Expression("high * 2"))
    limits = limits_of(step, {"low": 5, "high": Decimal("1.5")}, NOW)
    assert (limits.minimum, limits.maximum) == (Decimal(5), Decimal(3))


def test_a_literal_limit_is_a_number_too() -> None:
    limits = limits_of(measure(maximum=Expression("99.5", literal=True)), {}, NOW)
    assert limits.maximum == Decimal("99.5")


@pytest.mark.parametrize("value", [None, "soon", True, [1]])
def test_a_limit_that_is_no_number_lets_nothing_pass(value: object) -> None:
    limits = limits_of(measure(maximum=Expression("approved")), {"approved": value}, NOW)
    assert limits.unknown == ("the maximum (approved)",)
    assert limits.breach(Decimal(0)) == "0, while the maximum (approved) cannot be told"


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, "1"), (1.1, "1.1"), (" 2.50 ", "2.50"), (Decimal("3"), "3")],
)
def test_numbers_are_read_exactly(value: object, number: str) -> None:
    assert decimal_of(value) == Decimal(number)


def test_a_whole_number_of_thousands_of_digits_is_read() -> None:
    assert decimal_of(10**5000) == Decimal(10**5000)


@pytest.mark.parametrize("value", [True, None, "", "1,5", "nan", "Infinity", float("nan"), [1]])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert decimal_of(value) is None
