"""How points and ranges lie to one another (DMN 1.5 §10.3.4.8, Table 78; Allen's intervals)."""

from __future__ import annotations

from dataclasses import dataclass

from opsflow.feel.builtins.registry import Library
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.operators import order
from opsflow.feel.values import Range, Value, kind

LIBRARY: Library = Library()


@dataclass(frozen=True, slots=True)
class _Edge:
    """An end of a range, or a point; `beyond` is -1 or 1 where it is unbounded."""

    value: Value
    included: bool
    beyond: int = 0

    def compare(self, other: _Edge) -> int:
        if self.beyond or other.beyond:
            return self.beyond - other.beyond
        side = order(self.value, other.value)
        if side is None:
            raise FeelTypeError(f"{kind(self.value)} and {kind(other.value)} have no order")
        return side


def _low(value: Value) -> _Edge:
    if isinstance(value, Range):
        _refuse_exclusion(value)
        return _Edge(value.low, value.low_included, -1 if value.low is None else 0)
    return _Edge(value, included=True)


def _high(value: Value) -> _Edge:
    if isinstance(value, Range):
        _refuse_exclusion(value)
        return _Edge(value.high, value.high_included, 1 if value.high is None else 0)
    return _Edge(value, included=True)


def _refuse_exclusion(interval: Range) -> None:
    if interval.operator == "!=":
        raise FeelTypeError("a range of != has no ends")


@LIBRARY.pure("before", "point1: point, point2: point")
@LIBRARY.pure("before", "point: point, range: range")
@LIBRARY.pure("before", "range: range, point: point")
@LIBRARY.pure("before", "range1: range, range2: range")
def before(first: Value, second: Value) -> bool:
    """Whether the first ends before the second begins."""
    end, start = _high(first), _low(second)
    side = end.compare(start)
    return side < 0 or (side == 0 and not (end.included and start.included))


@LIBRARY.pure("after", "point1: point, point2: point")
@LIBRARY.pure("after", "point: point, range: range")
@LIBRARY.pure("after", "range: range, point: point")
@LIBRARY.pure("after", "range1: range, range2: range")
def after(first: Value, second: Value) -> bool:
    """Whether the first begins after the second ends."""
    return before(second, first)


@LIBRARY.pure("meets", "range1: range, range2: range")
def meets(first: Range, second: Range) -> bool:
    """Whether the first ends where the second begins, and both have that point."""
    end, start = _high(first), _low(second)
    return end.included and start.included and end.compare(start) == 0


@LIBRARY.pure("met by", "range1: range, range2: range")
def met_by(first: Range, second: Range) -> bool:
    """Whether the second meets the first."""
    return meets(second, first)


def _reaches(end: _Edge, start: _Edge) -> bool:
    side = end.compare(start)
    return side > 0 or (side == 0 and end.included and start.included)


@LIBRARY.pure("overlaps", "range1: range, range2: range")
def overlaps(first: Range, second: Range) -> bool:
    """Whether the ranges have a point in common."""
    return _reaches(_high(first), _low(second)) and _reaches(_high(second), _low(first))


def _begins_earlier(first: Range, second: Range) -> bool:
    mine, yours = _low(first), _low(second)
    side = mine.compare(yours)
    return side < 0 or (side == 0 and mine.included and not yours.included)


def _ends_within(first: Range, second: Range) -> bool:
    mine, yours = _high(first), _high(second)
    side = mine.compare(yours)
    return side < 0 or (side == 0 and (yours.included or not mine.included))


def _begins_within(first: Range, second: Range) -> bool:
    return not _begins_earlier(first, second)


@LIBRARY.pure("overlaps before", "range1: range, range2: range")
def overlaps_before(first: Range, second: Range) -> bool:
    """Whether the first begins earlier and ends within the second."""
    return (
        _begins_earlier(first, second)
        and _reaches(_high(first), _low(second))
        and _ends_within(first, second)
    )


@LIBRARY.pure("overlaps after", "range1: range, range2: range")
def overlaps_after(first: Range, second: Range) -> bool:
    """Whether the second overlaps before the first."""
    return overlaps_before(second, first)


def _same_end(mine: _Edge, yours: _Edge) -> bool:
    return mine.included is yours.included and mine.compare(yours) == 0


@LIBRARY.pure("finishes", "point: point, range: range")
@LIBRARY.pure("finishes", "range1: range, range2: range")
def finishes(first: Value, second: Range) -> bool:
    """Whether the first lies within the second and ends with it."""
    if not isinstance(first, Range):
        return _same_end(_high(first), _high(second))
    return _same_end(_high(first), _high(second)) and _begins_within(first, second)


@LIBRARY.pure("finished by", "range: range, point: point")
@LIBRARY.pure("finished by", "range1: range, range2: range")
def finished_by(first: Range, second: Value) -> bool:
    """Whether the second finishes the first."""
    return finishes(second, first)


@LIBRARY.pure("includes", "range: range, point: point")
@LIBRARY.pure("includes", "range1: range, range2: range")
def includes(first: Range, second: Value) -> bool:
    """Whether the second lies within the first."""
    if isinstance(second, Range):
        return _begins_within(second, first) and _ends_within(second, first)
    return _reaches(_high(first), _low(second)) and _reaches(_high(second), _low(first))


@LIBRARY.pure("during", "point: point, range: range")
@LIBRARY.pure("during", "range1: range, range2: range")
def during(first: Value, second: Range) -> bool:
    """Whether the first lies within the second."""
    return includes(second, first)


@LIBRARY.pure("starts", "point: point, range: range")
@LIBRARY.pure("starts", "range1: range, range2: range")
def starts(first: Value, second: Range) -> bool:
    """Whether the first lies within the second and begins with it."""
    if not isinstance(first, Range):
        return _same_end(_low(first), _low(second))
    return _same_end(_low(first), _low(second)) and _ends_within(first, second)


@LIBRARY.pure("started by", "range: range, point: point")
@LIBRARY.pure("started by", "range1: range, range2: range")
def started_by(first: Range, second: Value) -> bool:
    """Whether the second starts the first."""
    return starts(second, first)


@LIBRARY.pure("coincides", "point1: point, point2: point")
@LIBRARY.pure("coincides", "range1: range, range2: range")
def coincides(first: Value, second: Value) -> bool:
    """Whether both are the same point, or have the same ends."""
    return _same_end(_low(first), _low(second)) and _same_end(_high(first), _high(second))
