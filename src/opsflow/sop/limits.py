"""The limits of a measured step, as they stand over the variables of the instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from opsflow import feel
from opsflow.engine import Expression, ProcedureStep


@dataclass(frozen=True, slots=True)
class Limits:
    """What a measure may be, both ends included.

    ``unknown`` names the ends whose expression gave no number. A value cannot be said to
    lie within those, so each value is a deviation that a human decides about.
    """

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    unknown: tuple[str, ...] = ()

    def breach(self, number: Decimal, unit: str | None = None) -> str | None:
        """How the number breaks the limits, in words; None where it is within them."""
        if self.unknown:
            return f"{_shown(number, unit)}, while {' and '.join(self.unknown)} cannot be told"
        if self.minimum is not None and number < self.minimum:
            return f"{_shown(number, unit)} is below the minimum {_shown(self.minimum, unit)}"
        if self.maximum is not None and number > self.maximum:
            return f"{_shown(number, unit)} is above the maximum {_shown(self.maximum, unit)}"
        return None


def limits_of(step: ProcedureStep, variables: Mapping[str, object], now: datetime) -> Limits:
    """Evaluate the limits of a step over the variables that its task sees."""
    minimum = _number(step.minimum, variables, now)
    maximum = _number(step.maximum, variables, now)
    ends = (("the minimum", step.minimum, minimum), ("the maximum", step.maximum, maximum))
    unknown = tuple(
        f"{name} ({written.text})"
        for name, written, number in ends
        if written is not None and number is None
    )
    return Limits(minimum, maximum, unknown)


def decimal_of(value: object) -> Decimal | None:
    """A finite number as a Decimal, from a number or its text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(value) if isinstance(value, int) else Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _number(
    expression: Expression | None, variables: Mapping[str, object], now: datetime
) -> Decimal | None:
    if expression is None:
        return None
    try:
        return decimal_of(expression.evaluate(variables, now))
    except feel.FeelError:
        return None


def _shown(number: Decimal, unit: str | None) -> str:
    return f"{number:f} {unit}" if unit else f"{number:f}"
