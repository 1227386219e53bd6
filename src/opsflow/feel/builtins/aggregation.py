"""Functions that make one value of a list (DMN 1.5 §10.3.4.4).

They take a list, or its elements as arguments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from opsflow.feel.builtins.registry import Library
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.limits import Run
from opsflow.feel.operators import calculate, order
from opsflow.feel.values import NUMBERS, Value, YearsMonthsDuration, kind

LIBRARY: Library = Library()
_DURATIONS = (timedelta, YearsMonthsDuration)
_add = NUMBERS.add


def _numbers(run: Run, items: list[Value]) -> list[Decimal]:
    """The elements as numbers. Raises FeelTypeError unless they are, and when there are none."""
    run.scan(len(items))
    numbers = [item for item in items if type(item) is Decimal]
    if len(numbers) < len(items):
        stranger = next(item for item in items if not isinstance(item, Decimal))
        raise FeelTypeError(f"list must hold numbers, not {kind(stranger)}")
    if not numbers:
        raise FeelTypeError("list is empty")
    return numbers


def _extreme(run: Run, items: list[Value], side: int) -> Value:
    if not items:
        raise FeelTypeError("list is empty")
    run.scan(len(items))
    best = items[0]
    for item in items:
        compared = order(item, best)
        if compared is None:
            raise FeelTypeError(f"{kind(item)} and {kind(best)} have no order")
        if compared * side > 0:
            best = item
    return best


@LIBRARY.charged("min", "list: list", variadic=True)
def minimum(run: Run, items: list[Value]) -> Value:
    """The least element."""
    return _extreme(run, items, -1)


@LIBRARY.charged("max", "list: list", variadic=True)
def maximum(run: Run, items: list[Value]) -> Value:
    """The greatest element."""
    return _extreme(run, items, 1)


def _total(run: Run, items: list[Value]) -> Value:
    if items and isinstance(items[0], _DURATIONS):
        run.scan(len(items))
        total: Value = items[0]
        for item in items[1:]:
            total = calculate(run, "+", total, item) if type(item) is type(total) else None
            if total is None:
                raise FeelTypeError("list must hold durations of one kind")
        return total
    return _fold(_numbers(run, items), _add)


def _fold(numbers: list[Decimal], step: Callable[[Decimal, Decimal], Decimal]) -> Decimal:
    total = numbers[0]
    for number in numbers[1:]:
        total = step(total, number)
    return total


@LIBRARY.charged("sum", "list: list", variadic=True)
def total(run: Run, items: list[Value]) -> Value:
    """The sum of numbers or of durations."""
    return _total(run, items)


@LIBRARY.charged("product", "list: list", variadic=True)
def product(run: Run, items: list[Value]) -> Value:
    """The product of numbers."""
    return _fold(_numbers(run, items), NUMBERS.multiply)


@LIBRARY.charged("mean", "list: list", variadic=True)
def mean(run: Run, items: list[Value]) -> Value:
    """The average of numbers or of durations."""
    return calculate(run, "/", _total(run, items), Decimal(len(items)))


@LIBRARY.charged("median", "list: list", variadic=True)
def median(run: Run, items: list[Value]) -> Value:
    """The number in the middle, or the mean of the two there."""
    numbers = sorted(_numbers(run, items))
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return NUMBERS.divide(NUMBERS.add(numbers[middle - 1], numbers[middle]), Decimal(2))


@LIBRARY.charged("stddev", "list: list", variadic=True)
def standard_deviation(run: Run, items: list[Value]) -> Value:
    """The standard deviation of a sample of at least two numbers."""
    numbers = _numbers(run, items)
    if len(numbers) < 2:
        raise FeelTypeError("list must hold two numbers or more")
    average = NUMBERS.divide(_fold(numbers, NUMBERS.add), Decimal(len(numbers)))
    distances = [NUMBERS.subtract(number, average) for number in numbers]
    squares = [NUMBERS.multiply(distance, distance) for distance in distances]
    variance = NUMBERS.divide(_fold(squares, NUMBERS.add), Decimal(len(numbers) - 1))
    return NUMBERS.sqrt(variance)


@LIBRARY.charged("mode", "list: list", variadic=True)
def mode(run: Run, items: list[Value]) -> Value:
    """The most frequent numbers, from small to large."""
    if not items:
        return []
    counts = Counter(_numbers(run, items))
    most = max(counts.values())
    return [*sorted(number for number, times in counts.items() if times == most)]


def _decide(run: Run, items: list[Value], *, decisive: bool) -> Value:
    run.scan(len(items))
    if any(item is decisive for item in items):
        return decisive
    return (not decisive) if all(isinstance(item, bool) for item in items) else None


@LIBRARY.charged("all", "list: list", variadic=True)
def every(run: Run, items: list[Value]) -> Value:
    """Whether all elements are true; null where that stays open."""
    return _decide(run, items, decisive=False)


@LIBRARY.charged("any", "list: list", variadic=True)
def some(run: Run, items: list[Value]) -> Value:
    """Whether an element is true; null where that stays open."""
    return _decide(run, items, decisive=True)
