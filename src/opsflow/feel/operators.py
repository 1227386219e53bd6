"""Equality, order and arithmetic of values (DMN 1.5 §10.3.2.12, Tables 50 to 58).

Each gives null, that is None, for values it is not defined for; the caller says why.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DecimalException
from typing import Any

from opsflow.feel import moments
from opsflow.feel.far import FarDate, FarDatetime
from opsflow.feel.far_arithmetic import calculate_far, equal_far, order_far
from opsflow.feel.limits import Run
from opsflow.feel.values import NUMBERS, Function, Range, Value, YearsMonthsDuration

PLAIN = frozenset((Decimal, str, bool, date, timedelta, YearsMonthsDuration))
"""Types whose values Python compares as FEEL does."""
ORDERED = PLAIN - {bool}
"""Those of them that have an order."""
_MOMENTS = frozenset((datetime, time))
_MOST_EXPONENT = 999_999_999
_FAR = frozenset((FarDate, FarDatetime))


def equal(run: Run, left: Value, right: Value) -> bool | None:
    """Whether two values of one type are the same; null where the types differ.

    null equals null and nothing else.
    """
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is type(right):
        if kind in PLAIN:
            return left == right
        return _equal_structures(run, left, right)
    if isinstance(left, Function) and isinstance(right, Function):
        return False
    # A day of the years 1 to 9999 is none of the others.
    return False if order_far(left, right) is not None else None


def _equal_structures(run: Run, left: Value, right: Value) -> bool:
    run.spend()
    if type(left) in _FAR:
        return equal_far(left, right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            equal(run, mine, yours) is True for mine, yours in zip(left, right, strict=True)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            equal(run, value, right[key]) is True for key, value in left.items()
        )
    if isinstance(left, Range) and isinstance(right, Range):
        return _equal_ranges(run, left, right)
    if isinstance(left, datetime | time) and isinstance(right, datetime | time):
        distances = moments.same_line(left, right)
        return distances is not None and distances[0] == distances[1]
    return left is right


def _equal_ranges(run: Run, left: Range, right: Range) -> bool:
    return (
        left.operator == right.operator
        and left.low_included is right.low_included
        and left.high_included is right.high_included
        and equal(run, left.low, right.low) is True
        and equal(run, left.high, right.high) is True
    )


def order(left: Value, right: Value) -> int | None:
    """Negative, zero or positive as `left` is less, equal or greater; null where there is none."""
    kind = type(left)
    if kind in _FAR or type(right) in _FAR:
        return order_far(left, right)
    if kind is not type(right):
        return None
    first: Any = left
    second: Any = right
    if kind in _MOMENTS:
        first, second = moments.on_one_line(first, second)
    elif kind not in ORDERED:
        return None
    return int(first > second) - int(first < second)


def contains(run: Run, interval: Range, value: Value) -> bool | None:
    """Whether a value lies in a range; null where it can not be compared with the ends."""
    if interval.operator in ("=", "!="):
        same = equal(run, value, interval.low)
        return same if interval.operator == "=" or same is None else not same
    if value is None or (interval.low is None and interval.high is None):
        return None
    return _after_low(interval, value) and _before_high(interval, value)


def _after_low(interval: Range, value: Value) -> bool | None:
    if interval.low is None:
        return True
    side = order(value, interval.low)
    if side is None:
        return None
    return side >= 0 if interval.low_included else side > 0


def _before_high(interval: Range, value: Value) -> bool | None:
    if interval.high is None:
        return True
    side = order(value, interval.high)
    if side is None:
        return None
    return side <= 0 if interval.high_included else side < 0


def calculate(run: Run, operator: str, left: Value, right: Value) -> Value:
    """`left operator right`; null where the types do not fit or the result is out of range."""
    if isinstance(left, str) and isinstance(right, str) and operator == "+":
        run.check_length(len(left) + len(right))
        return left + right
    action = _ARITHMETIC.get((operator, type(left), type(right)))
    if action is None:
        return calculate_far(operator, left, right) if _FAR & {type(left), type(right)} else None
    try:
        result = action(left, right)
    except OverflowError:
        return calculate_far(operator, left, right)
    except (DecimalException, ValueError, ZeroDivisionError):
        return None
    return None if isinstance(result, Decimal) and not result.is_finite() else result


def negate(value: Value) -> Value:
    """`-value`; null where there is none."""
    try:
        return _opposite(value)
    except OverflowError:
        return None


def _opposite(value: Value) -> Value:
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, YearsMonthsDuration):
        return YearsMonthsDuration(-value.months)
    return -value if isinstance(value, timedelta) else None


def _swap(action: Callable[..., Value]) -> Callable[..., Value]:
    return lambda left, right: action(right, left)


def _subtract(action: Callable[..., Value]) -> Callable[..., Value]:
    return lambda left, right: action(left, _opposite(right))


def _power(base: Decimal, exponent: Decimal) -> Value:
    # Python leaves 0 ** 0 open; IEEE 754, whose numbers these are, says 1.
    if not exponent:
        return Decimal(1)
    return NUMBERS.power(base, exponent) if abs(exponent) <= _MOST_EXPONENT else None


def _divide_days(duration: timedelta, divisor: Decimal) -> Value:
    micros = Decimal(duration // timedelta(microseconds=1))
    return timedelta(microseconds=int(NUMBERS.divide(micros, divisor)))


def _divide_months(duration: YearsMonthsDuration, divisor: Decimal) -> Value:
    quotient = NUMBERS.divide(Decimal(duration.months), divisor)
    return moments.scale_months(YearsMonthsDuration(1), quotient)


def _months_ratio(left: YearsMonthsDuration, right: YearsMonthsDuration) -> Value:
    return NUMBERS.divide(Decimal(left.months), Decimal(right.months))


def _add_months(left: YearsMonthsDuration, right: YearsMonthsDuration) -> Value:
    return YearsMonthsDuration(left.months + right.months)


_SHIFTS: dict[tuple[type, type], Callable[..., Value]] = {
    (date, timedelta): moments.add_to_date,
    (date, YearsMonthsDuration): moments.add_months,
    (datetime, timedelta): moments.add_to_datetime,
    (datetime, YearsMonthsDuration): moments.add_months_to_datetime,
    (time, timedelta): moments.add_to_time,
    (timedelta, timedelta): timedelta.__add__,
    (YearsMonthsDuration, YearsMonthsDuration): _add_months,
}
_ARITHMETIC: dict[tuple[str, type, type], Callable[..., Value]] = {
    ("+", Decimal, Decimal): NUMBERS.add,
    ("-", Decimal, Decimal): NUMBERS.subtract,
    ("*", Decimal, Decimal): NUMBERS.multiply,
    ("/", Decimal, Decimal): NUMBERS.divide,
    ("**", Decimal, Decimal): _power,
    **{("+", *types): action for types, action in _SHIFTS.items()},
    **{("+", b, a): _swap(action) for (a, b), action in _SHIFTS.items() if a is not b},
    **{("-", *types): _subtract(action) for types, action in _SHIFTS.items()},
    **{("-", a, b): moments.difference for a in (date, datetime) for b in (date, datetime)},
    ("-", time, time): moments.difference,
    ("*", timedelta, Decimal): moments.scale_days,
    ("*", Decimal, timedelta): _swap(moments.scale_days),
    ("*", YearsMonthsDuration, Decimal): moments.scale_months,
    ("*", Decimal, YearsMonthsDuration): _swap(moments.scale_months),
    ("/", timedelta, Decimal): _divide_days,
    ("/", timedelta, timedelta): moments.days_ratio,
    ("/", YearsMonthsDuration, Decimal): _divide_months,
    ("/", YearsMonthsDuration, YearsMonthsDuration): _months_ratio,
}
ARITHMETIC_TYPES = frozenset(_ARITHMETIC)
"""The operators with the Python types of what stands left and right of them."""
