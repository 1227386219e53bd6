"""List functions (DMN 1.5 §10.3.4.4). Positions count from 1, negative ones from the end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from opsflow.feel.builtins.numbers import whole
from opsflow.feel.builtins.registry import Library
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.limits import Run
from opsflow.feel.operators import equal, order
from opsflow.feel.values import SCALARS, Function, Range, Value, kind

LIBRARY: Library = Library()
_HASHED = SCALARS - {Range}


def _offset(position: Decimal, size: int) -> int:
    """A position as an index from 0. Raises FeelTypeError outside the list."""
    number = whole(position, "position")
    if not 1 <= abs(number) <= size:
        raise FeelTypeError(f"a list of {size} has no position {number}")
    return number - 1 if number > 0 else size + number


@LIBRARY.charged("list contains", "list: list, element: any")
def list_contains(run: Run, items: list[Value], element: Value) -> Value:
    """Whether an element of the list equals a value."""
    run.scan(len(items))
    for item in items:  # noqa: SIM110 a generator costs more than most lists are long
        if equal(run, item, element) is True:
            return True
    return False


@LIBRARY.pure("count", "list: list")
def count(items: list[Value]) -> Value:
    """How many elements a list has."""
    return Decimal(len(items))


@LIBRARY.charged("sublist", "list: list, start position: number, length?: number?")
def sublist(run: Run, items: list[Value], start: Decimal, length: Decimal | None = None) -> Value:
    """A part of a list."""
    begin = _offset(start, len(items))
    run.scan(len(items))
    if length is None:
        return items[begin:]
    size = whole(length, "length")
    if size < 1 or begin + size > len(items):
        raise FeelTypeError(f"the list has no {size} elements from there")
    return items[begin : begin + size]


@LIBRARY.charged("append", "list: list, item: any", variadic=True)
def append(run: Run, items: list[Value], added: list[Value]) -> Value:
    """The list with items after it."""
    return concatenate(run, [items, added])


@LIBRARY.charged("concatenate", "list: list", variadic=True)
def concatenate(run: Run, lists: list[Value]) -> Value:
    """One list of the elements of several."""
    parts = [_as_list(part) for part in lists]
    run.check_size(sum(map(len, parts)))
    return [item for part in parts for item in part]


def _as_list(value: Value) -> list[Value]:
    if value is None:
        raise FeelTypeError("a list must not be null")
    return value if isinstance(value, list) else [value]


@LIBRARY.charged("insert before", "list: list, position: number, newItem: any")
def insert_before(run: Run, items: list[Value], position: Decimal, new_item: Value) -> Value:
    """The list with a new element at a position."""
    run.check_size(len(items) + 1)
    offset = _offset(position, len(items))
    return [*items[:offset], new_item, *items[offset:]]


@LIBRARY.charged("remove", "list: list, position: number")
def remove(run: Run, items: list[Value], position: Decimal) -> Value:
    """The list without the element at a position."""
    run.scan(len(items))
    offset = _offset(position, len(items))
    return [*items[:offset], *items[offset + 1 :]]


@LIBRARY.charged("list replace", "list: list, position: number, newItem: any")
def list_replace(run: Run, items: list[Value], position: Decimal, new_item: Value) -> Value:
    """The list with another element at a position."""
    run.scan(len(items))
    offset = _offset(position, len(items))
    return [*items[:offset], new_item, *items[offset + 1 :]]


@LIBRARY.charged("list replace", "list: list, match: function, newItem: any")
def list_replace_matches(run: Run, items: list[Value], match: Function, new_item: Value) -> Value:
    """The list with another element wherever `match(element, newItem)` is true."""
    if len(match.parameters) != 2:
        raise FeelTypeError("match must take two arguments")
    return [new_item if _truth(run, match, item, new_item) else item for item in items]


def _truth(run: Run, function: Function, left: Value, right: Value) -> bool:
    run.spend()
    outcome = function.call(run, [left, right])
    if not isinstance(outcome, bool):
        raise FeelTypeError(f"the function must give a boolean, not {kind(outcome)}")
    return outcome


@LIBRARY.charged("reverse", "list: list")
def reverse(run: Run, items: list[Value]) -> Value:
    """The list from its end to its beginning."""
    run.scan(len(items))
    return items[::-1]


@LIBRARY.charged("index of", "list: list, match: any")
def index_of(run: Run, items: list[Value], match: Value) -> Value:
    """The positions of the elements that equal a value."""
    run.scan(len(items))
    return [
        Decimal(position)
        for position, item in enumerate(items, start=1)
        if equal(run, item, match) is True
    ]


@LIBRARY.charged("union", "list: list", variadic=True)
def union(run: Run, lists: list[Value]) -> Value:
    """The elements of several lists, each once."""
    joined = concatenate(run, lists)
    return distinct_values(run, joined)


@LIBRARY.charged("distinct values", "list: list")
def distinct_values(run: Run, items: Value) -> Value:
    """The elements of a list, each once, where it stands first."""
    seen: set[tuple[type, Value]] = set()
    kept: list[Value] = []
    structures: list[Value] = []
    elements = _as_list(items)
    run.scan(len(elements))
    for item in elements:
        if type(item) in _HASHED:
            key = (type(item), item)
            if key in seen:
                continue
            seen.add(key)
        else:
            run.scan(len(structures))
            if any(equal(run, item, other) is True for other in structures):
                continue
            structures.append(item)
        kept.append(item)
    return kept


@LIBRARY.charged("flatten", "list: list")
def flatten(run: Run, items: list[Value]) -> Value:
    """The elements of a list and of all lists within it."""
    flat: list[Value] = []
    _flatten(run, items, flat)
    return flat


def _flatten(run: Run, items: list[Value], flat: list[Value]) -> None:
    run.check_size(len(flat) + len(items))
    for item in items:
        if isinstance(item, list):
            _flatten(run, item, flat)
        else:
            flat.append(item)


@LIBRARY.charged("sort", "list: list, precedes?: function?")
def sort(run: Run, items: list[Value], precedes: Function | None = None) -> Value:
    """The list in the order that `precedes(x, y)` gives, or else from small to large."""
    run.scan(len(items))
    if precedes is not None and len(precedes.parameters) != 2:
        raise FeelTypeError("precedes must take two arguments")

    class Sorted:
        __slots__ = ("value",)

        def __init__(self, value: Value) -> None:
            self.value = value

        def __lt__(self, other: Sorted) -> bool:
            if precedes is not None:
                return _truth(run, precedes, self.value, other.value)
            return _is_less(run, self.value, other.value)

    if precedes is None and {type(item) for item in items} in ({str}, {Decimal}):
        return _sorted_alike(items)
    return [wrapped.value for wrapped in sorted(map(Sorted, items))]


def _sorted_alike(items: list[Value]) -> list[Value]:
    """Numbers or strings need no look at each pair's types."""
    alike: list[Any] = items
    return sorted(alike)


def _is_less(run: Run, left: Value, right: Value) -> bool:
    run.scan(1)
    side = order(left, right)
    if side is None:
        raise FeelTypeError(f"{kind(left)} and {kind(right)} have no order")
    return side < 0


@LIBRARY.charged("partition", "list: list, size: number")
def partition(run: Run, items: list[Value], size: Decimal) -> Value:
    """The list in lists of at most so many elements."""
    step = whole(size, "size")
    if step < 1:
        raise FeelTypeError("size must be at least 1")
    run.scan(len(items))
    return [items[start : start + step] for start in range(0, len(items), step)]
