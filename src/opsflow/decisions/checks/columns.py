"""A column of a table cut into cells: sets of inputs that its tests can not tell apart.

Between two neighbouring bounds that occur in the tests every input meets the same tests, so one
example stands for all of them. That holds for tests made of constants; others are called free.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cmp_to_key

from opsflow.decisions.audit import Audit
from opsflow.decisions.checks.budget import Budget
from opsflow.decisions.nodes import Source
from opsflow.decisions.table import InputClause
from opsflow.decisions.types import Allowed
from opsflow.feel import Range, YearsMonthsDuration
from opsflow.feel.embedding import Env, Node, compile_node, order, syntax

OTHER_TEXT = "…"
"""Stands for any text that no test names."""

_TEMPORAL = frozenset({"date", "time", "date and time", "duration"})
_ORDERED_KINDS = (Decimal, date, timedelta, YearsMonthsDuration)


@dataclass(frozen=True, slots=True)
class Column:
    """The cells of a column by an example each, and which of them each rule's test accepts.

    `accepted` are bit sets, None for a free test. The cells in `rest` stand for any other text.
    """

    label: str
    examples: tuple[object, ...]
    accepted: tuple[int | None, ...]
    rest: int


def read_column(clause: InputClause, tests: Iterable[Node], budget: Budget) -> Column | None:
    """The cells of a column; None where its values can not be cut into any. Raises TooMuch."""
    given = tuple(tests)
    allowed = clause.allowed or _constraint(clause)
    if allowed is not None and not all(map(is_plain, allowed.tests)):
        allowed = None
    limits = allowed.tests if allowed is not None else ()
    points: list[object] = []
    for test in (*limits, *given):
        if is_plain(test):
            points.extend(_constants(test))
    examples = _examples(points, clause)
    if examples is None or (OTHER_TEXT in examples and any(map(_orders, (*limits, *given)))):
        return None
    budget.spend(len(examples))
    run = Audit()
    if allowed is not None:
        examples = [example for example in examples if allowed(run, example)]
    accepted = tuple(_accepted(test, examples, budget) for test in given)
    others = (1 << index for index, example in enumerate(examples) if example == OTHER_TEXT)
    return Column(clause.label, tuple(examples), accepted, sum(others))


def _orders(test: Node) -> bool:
    """Whether a test asks for more than equality; texts are not cut into cells by their order."""
    match test:
        case syntax.RangeOf() | syntax.Between():
            return True
        case syntax.Compared(operator) | syntax.Comparison(operator):
            return operator not in ("=", "!=")
    return any(map(_orders, syntax.children(test)))


def _constraint(clause: InputClause) -> Allowed | None:
    constraint = None if clause.type is None else clause.type.constraint
    return constraint if isinstance(constraint, Allowed) else None


def _accepted(test: Node, examples: list[object], budget: Budget) -> int | None:
    """The cells that a test accepts. Its answer changes at its own constants only."""
    if not is_plain(test):
        return None
    code, root = compile_node(test), Env({}, None, Audit())
    places = {_key(example): index for index, example in enumerate(examples)}
    own = sorted({places[_key(point)] for point in _constants(test) if _key(point) in places})
    budget.spend(1 + 2 * len(own))
    found = 0
    for first, last in _stretches(own, len(examples)):
        if code(Env({"?": examples[first]}, root, root.run)) is True:
            found |= (1 << last) - (1 << first)
    return found


def _key(value: object) -> tuple[type, object]:
    """What tells an example from others: True is not 1."""
    return type(value), value if isinstance(value, Hashable) else None


def _stretches(own: list[int], size: int) -> Iterator[tuple[int, int]]:
    """The cells from 0 to `size` cut before and after each of those given."""
    start = 0
    for place in own:
        if place > start:
            yield start, place
        yield place, place + 1
        start = place + 1
    if start < size:
        yield start, size


def _is_constant(node: Node) -> bool:
    """Whether a node is a literal, or made of such without any loop."""
    match node:
        case syntax.Literal() | syntax.AtLiteral():
            return True
        case syntax.Call(syntax.Name(name), arguments):
            return name in _TEMPORAL and all(map(_is_constant, arguments))
        case syntax.ListOf() | syntax.RangeOf() | syntax.Negative() | syntax.Arithmetic():
            return all(map(_is_constant, syntax.children(node)))
    return False


def _is_input(node: Node) -> bool:
    return isinstance(node, syntax.Name) and node.name == "?"


def is_plain(node: Node) -> bool:
    """Whether a test does nothing but compare its input with constants."""
    match node:
        case Source(value):
            return is_plain(value)
        case syntax.UnaryTests(tests):
            return all(map(is_plain, tests))
        case syntax.Compared(_, operand):
            return _is_constant(operand)
        case syntax.Comparison(_, left, right):
            return (_is_input(left) and _is_constant(right)) or (
                _is_constant(left) and _is_input(right)
            )
        case syntax.Between(value, low, high):
            return _is_input(value) and _is_constant(low) and _is_constant(high)
        case syntax.In(value, tests):
            return _is_input(value) and all(map(is_plain, tests))
        case syntax.Logic(_, operands):
            return all(map(is_plain, operands))
        case syntax.Call(syntax.Name("not"), (operand,)):
            return is_plain(operand)
    return _is_constant(node)


def _constants(test: Node) -> Iterator[object]:
    """The values that a plain test compares with."""
    if not isinstance(test, syntax.UnaryTests | syntax.Compared | Source) and _is_constant(test):
        yield from _flat(compile_node(test)(Env({}, None, Audit())))
        return
    for child in syntax.children(test):
        if not _is_input(child):
            yield from _constants(child)


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, Range):
        yield from (end for end in (value.low, value.high) if end is not None)
    elif value is not None:
        yield value


def _examples(points: list[object], clause: InputClause) -> list[object] | None:
    kinds = {type(point) for point in points}
    wanted = "" if clause.type is None else clause.type.name
    if kinds == {bool} or (not kinds and wanted == "boolean"):
        return [True, False]
    if not kinds:
        return [_any_of(wanted)]
    if kinds == {str}:
        return [*sorted({str(point) for point in points}), OTHER_TEXT]
    if len(kinds) == 1 and kinds <= set(_ORDERED_KINDS):
        return _along(points)
    return None


def _any_of(wanted: str) -> object:
    return Decimal(0) if wanted == "number" else OTHER_TEXT if wanted == "string" else None


def _along(points: list[object]) -> list[object]:
    """The points in order, with an example before, between and after them."""
    ordered = sorted(points, key=cmp_to_key(lambda a, b: order(a, b) or 0))
    distinct = [p for i, p in enumerate(ordered) if not i or p != ordered[i - 1]]
    found: list[object] = list(_beside(distinct[0], -1))
    for index, point in enumerate(distinct):
        found.append(point)
        if index + 1 < len(distinct):
            found.extend(_between(point, distinct[index + 1]))
    found.extend(_beside(distinct[-1], 1))
    return found


def _beside(point: object, side: int) -> Iterator[object]:
    match point:
        case Decimal():
            yield point + side
        case date():
            if date.min < point < date.max:
                yield date.fromordinal(point.toordinal() + side)
        case timedelta():
            yield point + side * timedelta(days=1)
        case YearsMonthsDuration(months):
            yield YearsMonthsDuration(months + side)


def _between(low: object, high: object) -> Iterator[object]:
    match low, high:
        case Decimal(), Decimal():
            yield (low + 1 if high - low > 1 else (low + high) / 2)
        case date(), date():
            if high.toordinal() - low.toordinal() > 1:
                yield date.fromordinal(low.toordinal() + 1)
        case timedelta(), timedelta():
            yield low + (high - low) / 2
        case YearsMonthsDuration(first), YearsMonthsDuration(last):
            if last - first > 1:
                yield YearsMonthsDuration(first + 1)
