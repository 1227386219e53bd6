"""Comparisons, ranges, and tests of a value (DMN 1.5 §10.3.2.7, §10.3.2.8 and Table 55)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

from opsflow.feel import syntax as s
from opsflow.feel.check import reads
from opsflow.feel.environment import Code, Env, locate, translated
from opsflow.feel.members import MISSING
from opsflow.feel.operators import ORDERED, PLAIN, contains, equal, order
from opsflow.feel.values import Range, Value, kind

Compile: TypeAlias = Callable[[s.Node], Code]
Test: TypeAlias = Callable[[Env, Value], bool | None]

_SIDES = frozenset({"<", "<=", ">", ">="})
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def _compare(env: Env, symbol: str, left: Value, right: Value, position: int) -> bool | None:
    if symbol in _SIDES:
        side = order(left, right)
        result = None if side is None else _OPERATORS[symbol](side, 0)
    else:
        same = equal(env.run, left, right)
        result = same if symbol == "=" or same is None else not same
    if result is None:
        env.run.warn(f"{kind(left)} {symbol} {kind(right)} has no result", position)
    return result


def compile_comparison(node: s.Comparison, compile_node: Compile) -> Code:
    """`a < b`, with a short way for two values of one plain type."""
    left, right = compile_node(node.left), compile_node(node.right)
    symbol, position = node.operator, node.position
    compare = _OPERATORS[symbol]
    plain = ORDERED if symbol in _SIDES else PLAIN

    def compared(env: Env) -> Value:
        a, b = left(env), right(env)
        if type(a) is type(b) and type(a) in plain:
            return compare(a, b)
        return _compare(env, symbol, a, b, position)

    if not isinstance(node.right, s.Literal) or type(node.right.value) not in plain:
        return compared
    bound = node.right.value
    wanted = type(bound)

    def compared_with_constant(env: Env) -> Value:
        a = left(env)
        return compare(a, bound) if type(a) is wanted else _compare(env, symbol, a, bound, position)

    return compared_with_constant


def compile_compared(node: s.Compared, compile_node: Compile) -> Code:
    """`< a` as a range."""
    operand = compile_node(node.operand)
    operator = node.operator

    def compared(env: Env) -> Value:
        bound = operand(env)
        if operator in ("=", "!="):
            return Range(bound, bound, operator == "=", operator == "=", operator)
        included = len(operator) == 2
        if operator.startswith("<"):
            return Range(None, bound, False, included, operator)
        return Range(bound, None, included, False, operator)

    return compared


def compile_range(node: s.RangeOf, compile_node: Compile) -> Code:
    """`[a..b]`; ends that have no order between them make it null."""
    low, high = compile_node(node.low), compile_node(node.high)
    low_included, high_included = node.low_included, node.high_included
    position = node.position

    def interval(env: Env) -> Value:
        start, end = low(env), high(env)
        if start is not None and end is not None and order(start, end) is None:
            env.run.warn(f"no range goes from {kind(start)} to {kind(end)}", position)
            return None
        return Range(start, end, low_included, high_included)

    return interval


def compile_in(node: s.In, compile_node: Compile) -> Code:
    """`a in (test, test)`: whether one of the tests holds."""
    value = compile_node(node.value)
    tests = [_test(test, compile_node) for test in node.tests]

    def contained(env: Env) -> Value:
        return _any(env, tests, value(env))

    return contained


def compile_unary_tests(node: s.UnaryTests, compile_node: Compile) -> Code:
    """Tests of the variable `?`; without tests everything passes."""
    tests = [_test(test, compile_node) for test in node.tests]
    negated = node.negated

    def unary_tests(env: Env) -> Value:
        if not tests:
            return True
        value = _input(env)
        result = _any(env, tests, value)
        return not result if negated and result is not None else result

    return unary_tests


def _input(env: Env) -> Value:
    value, foreign = locate(env, "?")
    if value is MISSING:
        return None
    return translated(env, value, "?", 0) if foreign else value


def _any(env: Env, tests: list[Test], value: Value) -> bool | None:
    result: bool | None = False
    for test in tests:
        outcome = test(env, value)
        if outcome is True:
            return True
        if outcome is None:
            result = None
    return result


def _test(node: s.Node, compile_node: Compile) -> Test:
    if isinstance(node, s.Compared):
        return _comparison_test(node, compile_node)
    code = compile_node(node)
    position = node.position
    if isinstance(node, s.Literal) and type(node.value) in PLAIN:
        return _constant_test(node.value, position)
    if not reads(node, "?"):
        return lambda env, value: _meets(env, value, code(env), position)

    def predicate(env: Env, value: Value) -> bool | None:
        outcome = code(Env({"?": value}, env, env.run))
        if isinstance(outcome, bool):
            return outcome
        return _meets(env, value, outcome, position)

    return predicate


def _constant_test(wanted: Value, position: int) -> Test:
    type_of = type(wanted)

    def equals(env: Env, value: Value) -> bool | None:
        if type(value) is type_of:
            return value == wanted
        return _meets(env, value, wanted, position)

    return equals


def _comparison_test(node: s.Compared, compile_node: Compile) -> Test:
    operand = compile_node(node.operand)
    symbol, position = node.operator, node.position
    return lambda env, value: _compare(env, symbol, value, operand(env), position)


def _meets(env: Env, value: Value, wanted: Value, position: int) -> bool | None:
    """Whether a value is what a test's expression gives: equal, inside it, or among it."""
    if isinstance(wanted, Range) and not isinstance(value, Range):
        result = contains(env.run, wanted, value)
    elif isinstance(wanted, list):
        return _among(env, value, wanted)
    elif wanted is True and not isinstance(value, bool):
        return True
    else:
        result = equal(env.run, value, wanted)
    if result is None:
        env.run.warn(f"{kind(value)} in {kind(wanted)} has no result", position)
    return result


def _among(env: Env, value: Value, wanted: list[Value]) -> bool:
    env.run.scan(len(wanted))
    if any(
        contains(env.run, item, value) is True
        if isinstance(item, Range) and not isinstance(value, Range)
        else equal(env.run, value, item) is True
        for item in wanted
    ):
        return True
    return isinstance(value, list) and equal(env.run, value, wanted) is True
