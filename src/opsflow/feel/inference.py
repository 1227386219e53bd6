"""Types that can be seen in a syntax tree, and where they clash.

Nothing is guessed: a part whose type is not certain has none, and clashes with nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from opsflow.feel import syntax as s
from opsflow.feel.builtins import BUILTINS, Builtin
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.results import RESULTS, result_of
from opsflow.feel.syntax import TypeOf, Types
from opsflow.feel.temporal import parse_temporal
from opsflow.feel.values import kind

BOOLEAN = TypeOf("boolean")
_ORDERED = frozenset(
    {
        "number",
        "string",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    }
)
_VAGUE = frozenset({"Null", "Any"})
_SHORT = {"dayTimeDuration": "days and time duration", "dateTime": "date and time"}


@dataclass(frozen=True, slots=True)
class Clash:
    """Types that can not go together. `path` are the nodes from the root to where they meet."""

    message: str
    position: int
    path: tuple[s.Node, ...]


def clashes(node: s.Node, types: Types) -> tuple[Clash, ...]:
    """Where the types in a tree clash. `types` are those of the variables, None where unknown."""
    scribe = _Scribe()
    scribe.infer(node, types)
    return tuple(scribe.found)


def name_of(known: TypeOf | None) -> str | None:
    """The name of a type that says something; None for an unknown or a vague one."""
    if known is None or known.name in _VAGUE:
        return None
    return _SHORT.get(known.name, known.name)


@dataclass(slots=True)
class _Scribe:
    """Walks through a tree, and writes down what clashes."""

    found: list[Clash] = field(default_factory=list)
    path: list[s.Node] = field(default_factory=list)

    def infer(self, node: s.Node, types: Types) -> TypeOf | None:
        """The type of a node's value."""
        self.path.append(node)
        rule = _RULES.get(type(node))
        result = rule(self, node, types) if rule is not None else self._any(node, types)
        self.path.pop()
        return result

    def note(self, message: str, node: s.Node) -> None:
        self.found.append(Clash(message, node.position, tuple(self.path)))

    def _any(self, node: s.Node, types: Types) -> TypeOf | None:
        if isinstance(node, s.Extension):
            return node.infer(self.infer, types)
        for child in s.children(node):
            self.infer(child, types)
        return None

    def literal(self, node: s.Literal, _: Types) -> TypeOf | None:
        return TypeOf(kind(node.value))

    def at_literal(self, node: s.AtLiteral, _: Types) -> TypeOf | None:
        try:
            return TypeOf(kind(parse_temporal(node.text)))
        except FeelTypeError as error:
            self.note(str(error), node)
            return None

    def name(self, node: s.Name, types: Types) -> TypeOf | None:
        return types.get(node.name)

    def list_of(self, node: s.ListOf, types: Types) -> TypeOf | None:
        items = [self.infer(item, types) for item in node.items]
        first = items[0] if items else None
        if first is not None and all(item == first for item in items):
            return TypeOf("list", (first,), open=False)
        return TypeOf("list")

    def context_of(self, node: s.ContextOf, types: Types) -> TypeOf | None:
        inner = dict(types)
        members: list[TypeOf] = []
        for key, value in node.entries:
            inner[key] = self.infer(value, inner)
            members.append(inner[key] or TypeOf("Any"))
        return TypeOf("context", tuple(members), tuple(k for k, _ in node.entries), open=False)

    def arithmetic(self, node: s.Arithmetic, types: Types) -> TypeOf | None:
        left, right = self.infer(node.left, types), self.infer(node.right, types)
        mine, yours = name_of(left), name_of(right)
        if mine is None or yours is None or "list" in (mine, yours):
            return None
        result = result_of(node.operator, mine, yours)
        if result is None:
            self.note(f"{mine} {node.operator} {yours} has no result", node)
        return None if result is None else TypeOf(result)

    def negative(self, node: s.Negative, types: Types) -> TypeOf | None:
        operand = self.infer(node.operand, types)
        wanted = ("number", "days and time duration", "years and months duration", "list")
        if name_of(operand) not in (None, *wanted):
            self.note(f"- is not defined for {name_of(operand)}", node)
            return None
        return operand

    def comparison(self, node: s.Comparison, types: Types) -> TypeOf | None:
        left, right = self.infer(node.left, types), self.infer(node.right, types)
        self._compare(node, node.operator, left, right)
        return BOOLEAN

    def _compare(
        self, node: s.Node, operator: str, left: TypeOf | None, right: TypeOf | None
    ) -> None:
        mine, yours = name_of(left), name_of(right)
        if mine is None or yours is None:
            return
        unordered = operator not in ("=", "!=") and not {mine, yours} <= _ORDERED
        if mine != yours or unordered:
            self.note(f"{mine} {operator} {yours} has no result", node)

    def between(self, node: s.Between, types: Types) -> TypeOf | None:
        value, low, high = (self.infer(p, types) for p in (node.value, node.low, node.high))
        self._compare(node, ">=", value, low)
        self._compare(node, "<=", value, high)
        return BOOLEAN

    def logic(self, node: s.Logic, types: Types) -> TypeOf | None:
        for operand in node.operands:
            self._expect_boolean(operand, types, node.operator)
        return BOOLEAN

    def _expect_boolean(self, node: s.Node, types: Types, what: str) -> None:
        given = name_of(self.infer(node, types))
        if given not in (None, "boolean", "list"):
            self.note(f"{what} of {given}", node)

    def if_(self, node: s.If, types: Types) -> TypeOf | None:
        self._expect_boolean(node.condition, types, "if")
        then, otherwise = self.infer(node.then, types), self.infer(node.otherwise, types)
        return then if name_of(then) == name_of(otherwise) else None

    def truth(self, node: s.Node, types: Types) -> TypeOf | None:
        self._any(node, types)
        return BOOLEAN

    def in_(self, node: s.In, types: Types) -> TypeOf | None:
        tested = self.infer(node.value, types)
        self._tests(node.tests, tested, types)
        return BOOLEAN

    def unary_tests(self, node: s.UnaryTests, types: Types) -> TypeOf | None:
        self._tests(node.tests, types.get("?"), types)
        return BOOLEAN

    def _tests(self, tests: tuple[s.Node, ...], tested: TypeOf | None, types: Types) -> None:
        for test in tests:
            if isinstance(test, s.Compared):
                self._compare(test, test.operator, tested, self.infer(test.operand, types))
            elif isinstance(test, s.RangeOf):
                self._compare(test, ">=", tested, self.infer(test.low, types))
                self._compare(test, "<=", tested, self.infer(test.high, types))
            else:
                given = self.infer(test, types)
                # A boolean may be the answer of a condition, and a list or range holds values.
                if name_of(given) not in ("boolean", "list", "range", "function", "context"):
                    self._compare(test, "=", tested, given)

    def path_of(self, node: s.Path, types: Types) -> TypeOf | None:
        value = self.infer(node.value, types)
        return None if value is None else self._member(node, value)

    def _member(self, node: s.Path, value: TypeOf) -> TypeOf | None:
        if value.name == "list" and value.members:
            member = self._member(node, value.members[0])
            return TypeOf("list") if member is None else TypeOf("list", (member,), open=False)
        if value.name != "context" or value.open:
            return None
        if node.member not in value.keys:
            self.note(f"the context has no member {node.member!r}", node)
            return None
        return value.members[value.keys.index(node.member)]

    def filter(self, node: s.Filter, types: Types) -> TypeOf | None:
        value = self.infer(node.value, types)
        element = value.members[0] if value and value.name == "list" and value.members else None
        inner: dict[str, TypeOf | None] = {**types, "item": element}
        if element is None:
            # Any name may be a member of elements that nothing is known of.
            inner = {"item": None}
        elif element.name == "context":
            inner.update(zip(element.keys, element.members, strict=False))
        index = name_of(self.infer(node.condition, inner))
        if index == "number":
            return element
        return value if index == "boolean" else None

    def for_(self, node: s.For, types: Types) -> TypeOf | None:
        body = self.infer(node.body, {**self._bound(node.iterations, types), "partial": None})
        return TypeOf("list") if body is None else TypeOf("list", (body,), open=False)

    def quantified(self, node: s.Quantified, types: Types) -> TypeOf | None:
        self.infer(node.body, self._bound(node.iterations, types))
        return BOOLEAN

    def _bound(self, iterations: tuple[s.Iteration, ...], types: Types) -> Types:
        inner = dict(types)
        for iteration in iterations:
            domain = self.infer(iteration.domain, inner)
            if iteration.end is not None:
                self.infer(iteration.end, inner)
                inner[iteration.name] = domain
            elif domain is not None and domain.name == "list" and domain.members:
                inner[iteration.name] = domain.members[0]
            else:
                inner[iteration.name] = None
        return inner

    def function_of(self, node: s.FunctionOf, types: Types) -> TypeOf | None:
        given = dict(zip(node.parameters, node.types, strict=True))
        self.infer(node.body, {**types, **given})
        return TypeOf("function")

    def call(self, node: s.Call, types: Types) -> TypeOf | None:
        arguments = [self.infer(argument, types) for argument in node.arguments]
        if not isinstance(node.function, s.Name):
            self.infer(node.function, types)
            return None
        name = node.function.name
        builtin = BUILTINS.get(name)
        if builtin is None or name in types:
            return None
        if not node.names:
            self._fits(node, builtin, arguments)
        return RESULTS.get(name)

    def _fits(self, node: s.Call, builtin: Builtin, arguments: list[TypeOf | None]) -> None:
        names = [name_of(argument) for argument in arguments]
        if not builtin.could_take(names):
            shown = ", ".join(name or "?" for name in names) or "nothing"
            self.note(f"{builtin.name} does not take {shown}", node)


_RULES: dict[type[s.Node], Callable[..., TypeOf | None]] = {
    s.Literal: _Scribe.literal,
    s.AtLiteral: _Scribe.at_literal,
    s.Name: _Scribe.name,
    s.ListOf: _Scribe.list_of,
    s.ContextOf: _Scribe.context_of,
    s.Arithmetic: _Scribe.arithmetic,
    s.Negative: _Scribe.negative,
    s.Comparison: _Scribe.comparison,
    s.Between: _Scribe.between,
    s.Logic: _Scribe.logic,
    s.If: _Scribe.if_,
    s.InstanceOf: _Scribe.truth,
    s.In: _Scribe.in_,
    s.UnaryTests: _Scribe.unary_tests,
    s.Path: _Scribe.path_of,
    s.Filter: _Scribe.filter,
    s.For: _Scribe.for_,
    s.Quantified: _Scribe.quantified,
    s.FunctionOf: _Scribe.function_of,
    s.Call: _Scribe.call,
}
