"""Loops: `for`, `some`, `every` and filters (DMN 1.5 §10.3.2.5, §10.3.2.9 and Table 54)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from opsflow.feel import syntax as s
from opsflow.feel.environment import Code, Env, way_of
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.operators import order
from opsflow.feel.values import NUMBERS, Range, Value, kind

Compile: TypeAlias = Callable[[s.Node], Code]
_Domain: TypeAlias = tuple[str, Callable[[Env], tuple[Iterable[object], bool]]]

_SEQUENCES = (list, tuple)
_TOTALS = frozenset({"count", "sum", "product", "mean", "median", "min", "max"})
_TRUTH = (s.Comparison, s.Logic, s.Between, s.In, s.InstanceOf, s.Quantified)


def compile_for(node: s.For, compile_node: Compile) -> Code:
    """The list of what the body gives; it may read what it gave so far as `partial`."""
    domains = [_domain(iteration, compile_node) for iteration in node.iterations]
    body = compile_node(node.body)
    reads_partial = any(map(_is_partial, _below(node.body)))
    share = not _may_keep_partial(node.body)
    reuse = not _may_keep_scopes(node)

    def loop(env: Env) -> Value:
        results: list[Value] = []
        try:
            for bound in _bindings(env, domains, reuse=reuse):
                scope = _with_partial(bound, results, share=share) if reads_partial else bound
                results.append(body(scope))
        except _NotIterableError as error:
            env.run.warn(str(error), node.position)
            return None
        return results

    return loop


def _below(node: s.Node) -> Iterator[s.Node]:
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(s.children(current))


def _is_partial(node: s.Node) -> bool:
    return isinstance(node, s.Name) and node.name == "partial"


def _may_keep_partial(body: s.Node) -> bool:
    """Whether a body uses `partial` for more than to take elements from it or to total it."""
    total = safe = 0
    for node in _below(body):
        total += _is_partial(node)
        match node:
            case s.Filter(value) | s.Path(value):
                safe += _is_partial(value)
            case s.Call(s.Name(name), (argument,)) if name in _TOTALS:
                safe += _is_partial(argument)
    return total > safe


def _with_partial(inner: Env, results: list[Value], *, share: bool) -> Env:
    # Where the body may return `partial`, it gets a copy, lest a list come to hold itself.
    if not share:
        inner.run.scan(len(results))
    return Env({"partial": results if share else results[:]}, inner, inner.run)


def compile_quantified(node: s.Quantified, compile_node: Compile) -> Code:
    """Whether the body is true for some or every binding; null where that stays open."""
    domains = [_domain(iteration, compile_node) for iteration in node.iterations]
    body = compile_node(node.body)
    decisive = node.quantifier == "some"
    reuse = not _may_keep_scopes(node)

    def quantified(env: Env) -> Value:
        result: bool | None = not decisive
        try:
            for inner in _bindings(env, domains, reuse=reuse):
                value = body(inner)
                if value is decisive:
                    return decisive
                if value is not True and value is not False:
                    result = None
        except _NotIterableError as error:
            env.run.warn(str(error), node.position)
            return None
        return result

    return quantified


class _NotIterableError(FeelTypeError):
    """What is iterated over is no list."""


def _may_keep_scopes(node: s.Node) -> bool:
    """Whether something may outlive an iteration that reads its scope later, as a function does."""
    return any(isinstance(inner, s.FunctionOf | s.Extension) for inner in _below(node))


def _bindings(env: Env, domains: list[_Domain], *, reuse: bool) -> Iterator[Env]:
    """A scope for each combination; with `reuse` one for all, in which the values change."""
    name, domain = domains[0]
    rest = domains[1:]
    values, foreign = domain(env)
    bound: dict[str, object] = {}
    inner = Env(bound, env, env.run, foreign=foreign)
    for value in values:
        env.run.spend()
        if not reuse:
            bound = {}
            inner = Env(bound, env, env.run, foreign=foreign)
        bound[name] = value
        if rest:
            yield from _bindings(inner, rest, reuse=reuse)
        else:
            yield inner


def _domain(iteration: s.Iteration, compile_node: Compile) -> _Domain:
    start = compile_node(iteration.domain)
    if iteration.end is not None:
        end = compile_node(iteration.end)
        return iteration.name, lambda env: (_count(start(env), end(env)), False)
    way = way_of(iteration.domain)
    if way is None:
        return iteration.name, lambda env: (_elements(start(env)), False)

    def elements(env: Env) -> tuple[Iterable[object], bool]:
        # The elements of a caller's list are translated one by one, as far as they are read.
        value, foreign, left = way.follow(env)
        if foreign and not left and isinstance(value, _SEQUENCES):
            return value, True
        return _elements(start(env)), False

    return iteration.name, elements


def _elements(value: Value) -> Iterable[Value]:
    if isinstance(value, list):
        return value
    if isinstance(value, Range):
        return _count(*_ends(value))
    if value is None:
        raise _NotIterableError("null can not be iterated over")
    return (value,)


def _ends(interval: Range) -> tuple[Value, Value]:
    """The first and last element of a range of whole numbers or days; none of an empty one."""
    low, high = interval.low, interval.high
    first = low if interval.low_included else _next(low, 1)
    last = high if interval.high_included else _next(high, -1)
    side = order(first, last)
    return (first, last) if side is None or side <= 0 else (None, None)


def _next(value: Value, step: int) -> Value:
    if isinstance(value, Decimal):
        return NUMBERS.add(value, Decimal(step))
    if type(value) is date and date.min < value < date.max:
        return date.fromordinal(value.toordinal() + step)
    raise _NotIterableError(f"there is no {kind(value)} next to the end of the range")


def _count(start: Value, end: Value) -> Iterable[Value]:
    if start is None and end is None:
        return ()
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        if _is_whole(start) and _is_whole(end):
            return map(Decimal, _steps(int(start), int(end)))
    elif type(start) is date and type(end) is date:
        return map(date.fromordinal, _steps(start.toordinal(), end.toordinal()))
    raise _NotIterableError(f"{kind(start)}..{kind(end)} can not be counted through")


def _is_whole(number: Decimal) -> bool:
    return number == number.to_integral_value(context=NUMBERS)


def _steps(start: int, end: int) -> Iterable[int]:
    return range(start, end + 1) if start <= end else range(start, end - 1, -1)


def compile_filter(node: s.Filter, compile_node: Compile) -> Code:
    """`list[2]` the second element, `list[-1]` the last, `list[item > 2]` those that fit."""
    value, condition = compile_node(node.value), compile_node(node.condition)
    position = node.position
    if isinstance(node.condition, s.Literal | s.Negative):
        return lambda env: _select(env, _as_list(value(env)), condition(env), position)
    if isinstance(node.condition, _TRUTH):
        return lambda env: _keep(env, _as_list(value(env)), condition)
    if not any(isinstance(inner, s.Name) for inner in _below(node.condition)):
        return lambda env: _select(env, _as_list(value(env)), condition(env), position)

    def either(env: Env) -> Value:
        elements = _as_list(value(env))
        scope = _element(env, elements[0]) if elements else env
        first = condition(scope)
        if isinstance(first, Decimal) or not elements:
            return _select(env, elements, first, position)
        return _keep(env, elements, condition)

    return either


def _as_list(value: Value) -> list[Value]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _element(env: Env, element: Value) -> Env:
    scope = Env({"item": element}, env, env.run)
    return Env(element, scope, env.run) if isinstance(element, dict) else scope


def _keep(env: Env, elements: list[Value], condition: Code) -> list[Value]:
    kept: list[Value] = []
    for element in elements:
        env.run.spend()
        if condition(_element(env, element)) is True:
            kept.append(element)
    return kept


def _select(env: Env, elements: list[Value], index: Value, position: int) -> Value:
    if isinstance(index, bool):
        return list(elements) if index else []
    if index is None:
        return []
    if not isinstance(index, Decimal) or not _is_whole(index):
        env.run.warn(f"a filter must give a boolean or a whole number, not {kind(index)}", position)
        return None if elements or isinstance(index, Decimal) else []
    size = len(elements)
    if not index or not -size <= index <= size:
        env.run.warn(f"a list of {size} has no element {index}", position)
        return None
    return elements[int(index) - 1 if index > 0 else int(index)]
