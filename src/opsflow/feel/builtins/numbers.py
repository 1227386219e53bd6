"""Numeric functions (DMN 1.5 §10.3.4.5)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from opsflow.feel.builtins.registry import Library
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.values import NUMBERS, Value, YearsMonthsDuration

LIBRARY: Library = Library()
_MIN_SCALE, _MAX_SCALE = -6111, 6176
_ZERO = Decimal(0)
_TOO_LARGE = 10**18


def whole(number: Decimal, name: str) -> int:
    """A number without its fraction, as an int. Raises FeelTypeError beyond 18 digits."""
    if not -_TOO_LARGE < number < _TOO_LARGE:
        raise FeelTypeError(f"{name} is too large")
    return int(number)


def _round(number: Decimal, scale: Decimal | None, rounding: str) -> Decimal:
    places = whole(scale or _ZERO, "scale")
    if not _MIN_SCALE <= places <= _MAX_SCALE:
        raise FeelTypeError(f"scale must be between {_MIN_SCALE} and {_MAX_SCALE}")
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= places:
        return number
    if -places > number.adjusted() + 1:
        return _far_below(number, places, rounding)
    return number.quantize(Decimal((0, (1,), -places)), rounding=rounding, context=NUMBERS)


def _far_below(number: Decimal, places: int, rounding: str) -> Decimal:
    """Round what is less than a tenth of the wanted unit."""
    sign = -1 if number < 0 else 1
    away = rounding == decimal.ROUND_UP
    away = away or (rounding == decimal.ROUND_CEILING and sign > 0)
    away = away or (rounding == decimal.ROUND_FLOOR and sign < 0)
    return Decimal((int(number < 0), (1,), -places)) if away and number else _ZERO


def _rounding(mode: str) -> Callable[..., Value]:
    def rounded(number: Decimal, scale: Decimal | None = None) -> Value:
        return _round(number, scale, mode)

    return rounded


LIBRARY.pure("decimal", "n: number, scale: number")(_rounding(decimal.ROUND_HALF_EVEN))
LIBRARY.pure("floor", "n: number, scale?: number")(_rounding(decimal.ROUND_FLOOR))
LIBRARY.pure("ceiling", "n: number, scale?: number")(_rounding(decimal.ROUND_CEILING))
LIBRARY.pure("round up", "n: number, scale: number")(_rounding(decimal.ROUND_UP))
LIBRARY.pure("round down", "n: number, scale: number")(_rounding(decimal.ROUND_DOWN))
LIBRARY.pure("round half up", "n: number, scale: number")(_rounding(decimal.ROUND_HALF_UP))
LIBRARY.pure("round half down", "n: number, scale: number")(_rounding(decimal.ROUND_HALF_DOWN))


@LIBRARY.pure("abs", "n: number or duration")
def absolute(n: Decimal | timedelta | YearsMonthsDuration) -> Value:
    """The value without its sign."""
    if isinstance(n, Decimal):
        return NUMBERS.abs(n)
    if isinstance(n, YearsMonthsDuration):
        return YearsMonthsDuration(abs(n.months))
    return abs(n)


@LIBRARY.pure("modulo", "dividend: number, divisor: number")
def modulo(dividend: Decimal, divisor: Decimal) -> Value:
    """The rest of a division that rounds down, so it has the divisor's sign."""
    if not divisor:
        raise FeelTypeError("the divisor is zero")
    rest = NUMBERS.remainder(dividend, divisor)
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@LIBRARY.pure("sqrt", "number: number")
def square_root(number: Decimal) -> Value:
    """The root that is not negative."""
    return NUMBERS.sqrt(number)


@LIBRARY.pure("log", "number: number")
def logarithm(number: Decimal) -> Value:
    """The natural logarithm."""
    if number <= 0:
        raise FeelTypeError("number must be positive")
    return NUMBERS.ln(number)


@LIBRARY.pure("exp", "number: number")
def exponential(number: Decimal) -> Value:
    """The power of e."""
    return NUMBERS.exp(number)


def _last_digit(number: Decimal) -> int | None:
    """The last digit of a whole number; None for any other."""
    _, digits, exponent = NUMBERS.normalize(number).as_tuple()
    if not isinstance(exponent, int) or exponent < 0:
        return None
    return digits[-1] if exponent == 0 else 0


@LIBRARY.pure("odd", "number: number")
def odd(number: Decimal) -> Value:
    """Whether a whole number is odd; no other is."""
    return (_last_digit(number) or 0) % 2 == 1


@LIBRARY.pure("even", "number: number")
def even(number: Decimal) -> Value:
    """Whether a whole number is even; no other is."""
    return _last_digit(number) in (0, 2, 4, 6, 8)
