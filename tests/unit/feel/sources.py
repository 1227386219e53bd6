"""Generated FEEL: random trees, and the text that must parse back into them."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from opsflow.feel import syntax as s
from opsflow.feel.builtins import BUILTINS
from opsflow.feel.formatting import format_key, format_number, quote

NAMES = ("a", "b", "total", "x1", "first name", "a-b", "item", "?")
TYPES = ("number", "string", "Any", "date and time", "days and time duration", "unknown")
TEMPORAL = (
    "2024-01-31",
    "10:30:00Z",
    "2024-02-29T10:30:00@Europe/Paris",
    "P1DT2H",
    "-P1Y2M",
    "9999-12-31",
    "nonsense",
)

numbers = st.decimals(
    min_value=0, max_value=10**12, allow_nan=False, allow_infinity=False, places=3
).map(lambda number: Decimal(format_number(number)))
texts = st.text(st.characters(codec="utf-8"), max_size=8)
literals = st.one_of(
    st.sampled_from([None, True, False]).map(s.Literal),
    numbers.map(s.Literal),
    texts.map(s.Literal),
    st.sampled_from(TEMPORAL).map(s.AtLiteral),
    st.sampled_from(NAMES).map(s.Name),
)
types = st.sampled_from(TYPES).map(s.TypeOf)
keys = st.sampled_from(("a", "b", "first name", "total", "key", "x y z"))
parameters = st.lists(st.sampled_from(("a", "b", "x1")), unique=True, max_size=2).map(tuple)


def _pairs(inner: st.SearchStrategy[s.Node]) -> st.SearchStrategy[s.Node]:
    return st.one_of(
        st.builds(s.Arithmetic, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner),
        st.builds(s.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(
            s.Logic,
            st.sampled_from(["and", "or"]),
            st.tuples(inner, inner) | st.tuples(inner, inner, inner),
        ),
        st.builds(s.Between, inner, inner, inner),
        st.builds(s.RangeOf, inner, inner, st.booleans(), st.booleans()),
        st.builds(s.If, inner, inner, inner),
        st.builds(s.Filter, inner, inner),
        st.builds(s.Path, inner, keys | st.sampled_from(["year", "start included", "days"])),
        st.builds(s.InstanceOf, inner, types),
        st.builds(s.Negative, inner),
        st.builds(s.Compared, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), inner),
        st.builds(s.In, inner, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    )


def _groups(inner: st.SearchStrategy[s.Node]) -> st.SearchStrategy[s.Node]:
    iterations = st.lists(
        st.builds(s.Iteration, st.sampled_from(("a", "i")), inner, st.none() | inner),
        min_size=1,
        max_size=2,
    ).map(tuple)
    functions = st.sampled_from(sorted(BUILTINS)).map(s.Name) | inner
    return st.one_of(
        st.builds(s.ListOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(s.ContextOf, st.lists(st.tuples(keys, inner), max_size=3).map(tuple)),
        st.builds(s.For, iterations, inner),
        st.builds(s.Quantified, st.sampled_from(["some", "every"]), iterations, inner),
        st.builds(s.Call, functions, st.lists(inner, max_size=3).map(tuple)),
        st.builds(
            lambda function, argument, name: s.Call(function, (argument,), (name,)),
            functions,
            inner,
            st.sampled_from(("list", "from", "first name", "a")),
        ),
        parameters.flatmap(
            lambda names: st.builds(
                s.FunctionOf,
                st.just(names),
                st.tuples(*[st.none() | types for _ in names]),
                inner,
            )
        ),
    )


trees = st.recursive(literals, lambda inner: _pairs(inner) | _groups(inner), max_leaves=12)


def text_of(node: s.Node) -> str:
    """The node's source, with parentheses around whatever could bind otherwise."""
    match node:
        case s.Literal(str() as value):
            return quote(value)
        case s.Literal(Decimal() as value):
            return format_number(value)
        case s.Literal(value):
            return "null" if value is None else str(value).lower()
        case s.AtLiteral(text):
            return f"@{quote(text)}"
        case s.Name(name):
            return name
        case s.ListOf(items):
            return f"[{_listed(items)}]"
        case s.ContextOf(entries):
            return "{" + ", ".join(f"{format_key(k)}: {text_of(v)}" for k, v in entries) + "}"
        case s.RangeOf(low, high, low_included, high_included):
            start, end = "[" if low_included else "(", "]" if high_included else ")"
            return f"{start}{text_of(low)}..{text_of(high)}{end}"
        case s.Call(function, arguments, ()):
            return f"{_held(function)}({_listed(arguments)})"
        case s.Call(function, arguments, names):
            given = zip(names, arguments, strict=True)
            return f"{_held(function)}({', '.join(f'{n}: {text_of(a)}' for n, a in given)})"
    return _operation(node)


def _operation(node: s.Node) -> str:
    match node:
        case s.Compared(operator, operand):
            return f"({operator} {_held(operand)})"
        case s.Negative(operand):
            return f"-{_held(operand)}"
        case s.Arithmetic(operator, left, right) | s.Comparison(operator, left, right):
            return f"{_held(left)} {operator} {_held(right)}"
        case s.Logic(operator, operands):
            return f" {operator} ".join(_held(operand) for operand in operands)
        case s.Between(value, low, high):
            return f"{_held(value)} between {_held(low)} and {_held(high)}"
        case s.In(value, tests):
            return f"{_held(value)} in ({_listed(tests)})"
        case s.If(condition, then, otherwise):
            return f"if {text_of(condition)} then {text_of(then)} else {text_of(otherwise)}"
        case s.Path(value, member):
            return f"{_held(value)}.{member}"
        case s.Filter(value, condition):
            return f"{_held(value)}[{text_of(condition)}]"
        case s.InstanceOf(value, wanted):
            return f"{_held(value)} instance of {wanted.name}"
    return _loop(node)


def _loop(node: s.Node) -> str:
    match node:
        case s.For(iterations, body):
            return f"for {_iterated(iterations)} return {text_of(body)}"
        case s.Quantified(quantifier, iterations, body):
            return f"{quantifier} {_iterated(iterations)} satisfies {text_of(body)}"
        case s.FunctionOf(names, kinds, body):
            parts = zip(names, kinds, strict=True)
            listed = ", ".join(f"{n}: {k.name}" if k else n for n, k in parts)
            return f"function({listed}) {text_of(body)}"
    raise AssertionError(node)


def _held(node: s.Node) -> str:
    plain = isinstance(node, s.Literal | s.AtLiteral | s.Name | s.ListOf | s.ContextOf | s.Call)
    return text_of(node) if plain else f"({text_of(node)})"


def _listed(nodes: tuple[s.Node, ...]) -> str:
    return ", ".join(text_of(node) for node in nodes)


def _iterated(iterations: tuple[s.Iteration, ...]) -> str:
    return ", ".join(
        f"{i.name} in {text_of(i.domain)}" + (f"..{text_of(i.end)}" if i.end else "")
        for i in iterations
    )
