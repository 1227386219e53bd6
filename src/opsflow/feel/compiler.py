"""A syntax tree into closures: each node becomes a function of the scope it runs in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from opsflow.feel import syntax as s
from opsflow.feel.calls import compile_call, compile_function
from opsflow.feel.conformance import conforms, is_known
from opsflow.feel.environment import (
    Code,
    Env,
    Way,
    look_up,
    translated,
    unrolled,
)
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.iteration import compile_filter, compile_for, compile_quantified
from opsflow.feel.members import MISSING, member_of
from opsflow.feel.operators import ORDERED, calculate, negate, order
from opsflow.feel.temporal import parse_temporal
from opsflow.feel.unary import (
    compile_compared,
    compile_comparison,
    compile_in,
    compile_range,
    compile_unary_tests,
)
from opsflow.feel.values import NUMBERS, Context, Value, kind


def compile_node(node: s.Node) -> Code:
    """The code of a tree."""
    if isinstance(node, s.Extension):
        return node.compile(compile_node)
    return _COMPILERS[type(node)](node)


def _constant(value: Value) -> Code:
    return lambda _: value


def _literal(node: s.Literal) -> Code:
    return _constant(node.value)


def _at_literal(node: s.AtLiteral) -> Code:
    try:
        return _constant(parse_temporal(node.text))
    except FeelTypeError as error:
        return _always_null(str(error), node.position)


def _always_null(reason: str, position: int) -> Code:
    def null(env: Env) -> Value:
        env.run.warn(reason, position)
        return None

    return null


def _name(node: s.Name) -> Code:
    return look_up(node.name, node.position)


def _list(node: s.ListOf) -> Code:
    items = [compile_node(item) for item in node.items]
    return lambda env: [item(env) for item in items]


def _context(node: s.ContextOf) -> Code:
    keys = [key for key, _ in node.entries]
    if len(set(keys)) < len(keys):
        return _always_null("a key stands twice in the context", node.position)
    entries = [(key, compile_node(value)) for key, value in node.entries]

    def context(env: Env) -> Value:
        result: Context = {}
        inner = Env(result, env, env.run)
        for key, value in entries:
            result[key] = value(inner)
        return result

    return context


def _negative(node: s.Negative) -> Code:
    if isinstance(node.operand, s.Literal) and isinstance(node.operand.value, Decimal):
        return _constant(NUMBERS.minus(node.operand.value))
    operand = compile_node(node.operand)
    position = node.position

    def negative(env: Env) -> Value:
        value = operand(env)
        result = negate(value)
        if result is None:
            env.run.warn(f"- is not defined for {kind(value)}", position)
        return result

    return negative


_NUMERIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
}


def _arithmetic(node: s.Arithmetic) -> Code:
    left, right = compile_node(node.left), compile_node(node.right)
    operator, position = node.operator, node.position
    numeric = _NUMERIC.get(operator)

    def arithmetic(env: Env) -> Value:
        a, b = left(env), right(env)
        if numeric is not None and type(a) is Decimal and type(b) is Decimal:
            try:
                return numeric(a, b)
            except ArithmeticError:
                env.run.warn(f"the result of {operator} is out of range", position)
                return None
        result = calculate(env.run, operator, a, b)
        if result is None:
            env.run.warn(f"{kind(a)} {operator} {kind(b)} has no result", position)
        return result

    return arithmetic


def _logic(node: s.Logic) -> Code:
    operands = [compile_node(operand) for operand in node.operands]
    decisive = node.operator == "or"
    operator, position = node.operator, node.position

    def logic(env: Env) -> Value:
        result: bool | None = not decisive
        for operand in operands:
            value = operand(env)
            if value is decisive:
                return decisive
            if value is not True and value is not False:
                result = None
                if value is not None:
                    env.run.warn(f"{operator} of {kind(value)}", position)
        return result

    return logic


def _between(node: s.Between) -> Code:
    value, low, high = (compile_node(part) for part in (node.value, node.low, node.high))
    position = node.position

    def between(env: Env) -> Value:
        middle, least, most = value(env), low(env), high(env)
        if type(middle) is type(least) is type(most) and type(middle) in ORDERED:
            return least <= middle <= most  # type: ignore[operator]
        above, below = order(middle, least), order(middle, most)
        if (above is not None and above < 0) or (below is not None and below > 0):
            return False
        if above is None or below is None:
            env.run.warn(f"between is not defined for {kind(middle)} and these ends", position)
            return None
        return True

    return between


def _if(node: s.If) -> Code:
    condition, then, otherwise = (
        compile_node(part) for part in (node.condition, node.then, node.otherwise)
    )
    return lambda env: then(env) if condition(env) is True else otherwise(env)


def _instance_of(node: s.InstanceOf) -> Code:
    value, wanted = compile_node(node.value), node.type
    if not is_known(wanted):
        return _always_null(f"there is no type {wanted.name!r}", node.position)
    return lambda env: conforms(env.run, value(env), wanted)


def _path(node: s.Path) -> Code:
    start, members = unrolled(node)
    if isinstance(start, s.Name):
        return _variable_path(Way(start.name, members), node.position)
    value = compile_node(start)
    return lambda env: _follow(env, value(env), members, node.position)


def _follow(env: Env, value: Value, members: tuple[str, ...], position: int) -> Value:
    for member in members:
        found = member_of(env.run, value, member)
        if found is MISSING:
            env.run.warn(f"{kind(value)} has no member {member!r}", position)
            return None
        value = found
    return value


def _variable_path(way: Way, position: int) -> Code:
    """A path from a variable is followed in the caller's own value: only its end is translated."""
    name, members = way.name, way.members

    def any_path(env: Env) -> Value:
        value, foreign, rest = way.follow(env)
        if value is MISSING:
            env.run.warn(f"there is no variable {name!r}", position)
            return None
        if foreign and value is not None:
            value = translated(env, value, name, position)
            if value is None:
                return None
        return _follow(env, value, rest, position) if rest else value

    def path(env: Env) -> Value:
        # The short way, through dictionaries from a variable of the innermost scope.
        value = env.vars.get(name)
        for member in members:
            if type(value) is not dict:
                return any_path(env)
            value = value.get(member)
        if value is None:
            return any_path(env)
        return translated(env, value, name, position) if env.foreign else value

    return path


_COMPILERS: dict[type[s.Node], Callable[..., Code]] = {
    s.Literal: _literal,
    s.AtLiteral: _at_literal,
    s.Name: _name,
    s.ListOf: _list,
    s.ContextOf: _context,
    s.Negative: _negative,
    s.Arithmetic: _arithmetic,
    s.Logic: _logic,
    s.Between: _between,
    s.If: _if,
    s.InstanceOf: _instance_of,
    s.Path: _path,
    s.Comparison: lambda node: compile_comparison(node, compile_node),
    s.Compared: lambda node: compile_compared(node, compile_node),
    s.RangeOf: lambda node: compile_range(node, compile_node),
    s.In: lambda node: compile_in(node, compile_node),
    s.UnaryTests: lambda node: compile_unary_tests(node, compile_node),
    s.For: lambda node: compile_for(node, compile_node),
    s.Quantified: lambda node: compile_quantified(node, compile_node),
    s.Filter: lambda node: compile_filter(node, compile_node),
    s.Call: lambda node: compile_call(node, compile_node),
    s.FunctionOf: lambda node: compile_function(node, compile_node),
}
