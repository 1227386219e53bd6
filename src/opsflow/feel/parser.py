"""Tokens into a syntax tree, by precedence climbing (DMN 1.5 §10.3.1.2).

From loose to tight: or, and, comparison (with `between` and `in`), `+ -`, `* /`, `**`, negation,
`instance of`, and what follows a value: path, filter, call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from opsflow.feel import syntax as s
from opsflow.feel.cursor import Cursor
from opsflow.feel.errors import FeelLimitError
from opsflow.feel.lexer import INFIX_WORDS, Kind, Token
from opsflow.feel.limits import DEFAULT_LIMITS, Limits
from opsflow.feel.parser_terms import COMPARING, COMPARISONS, parse_term, parse_test
from opsflow.feel.parser_types import parse_type

_BINDING = {
    "or": 10,
    "and": 20,
    **dict.fromkeys((*COMPARISONS, "between", "in"), COMPARING),
    **dict.fromkeys(("+", "-"), 40),
    **dict.fromkeys(("*", "/"), 50),
    "**": 60,
    "instance": 80,
    **dict.fromkeys((".", "[", "("), 90),
}


def parse(
    text: str,
    names: Iterable[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    types: Mapping[str, s.TypeOf] | None = None,
    members: Iterable[str] = (),
) -> s.Node:
    """The tree of an expression. Raises FeelSyntaxError, and FeelLimitError by size and depth.

    `types` are those that the source may name beside the built-in ones, `members` names that may
    follow a dot.
    """
    parser = _Parser(text, names, limits, types, members)
    return _finish(parser, parser.expression(), limits)


def parse_unary(
    text: str,
    names: Iterable[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    types: Mapping[str, s.TypeOf] | None = None,
    members: Iterable[str] = (),
) -> s.Node:
    """The tree of unary tests (DMN 1.5 §10.3.2.8): `-`, tests by comma, or `not(…)` of such."""
    parser = _Parser(text, names, limits, types, members)
    if parser.sees("-") and parser.ahead().kind is Kind.END:
        parser.advance()
        return s.UnaryTests((), negated=False)
    negated = parser.is_negated()
    if negated:
        parser.index += 2
    tests = parser.listed()
    if negated:
        parser.expect(")")
    return _finish(parser, s.UnaryTests(tests, negated), limits)


def _finish(parser: _Parser, node: s.Node, limits: Limits) -> s.Node:
    if parser.token.kind is not Kind.END:
        raise parser.error("expected the end of the expression")
    if s.height(node) > 2 * limits.depth:
        raise FeelLimitError("depth", f"an expression nested deeper than {limits.depth}")
    return node


class _Parser(Cursor):
    def expression(self, binding: int = 0) -> s.Node:
        self.descend()
        left = parse_term(self)
        while True:
            operator = self._operator()
            strength = _BINDING.get(operator, 0)
            if strength <= binding:
                break
            left = _INFIX[operator](self, left, self.advance())
        self.ascend()
        return left

    def listed(self) -> tuple[s.Node, ...]:
        """Tests by comma."""
        items = [parse_test(self)]
        while self.accept(","):
            items.append(parse_test(self))
        return tuple(items)

    def is_negated(self) -> bool:
        """Whether the whole source is `not(…)`."""
        if not (self.sees_word("not") and self.sees("(", 1)):
            return False
        open_brackets = 0
        for index, token in enumerate(self.tokens):
            if token.kind is Kind.SYMBOL and token.text in "()":
                open_brackets += 1 if token.text == "(" else -1
                if not open_brackets:
                    return self.tokens[index + 1].kind is Kind.END
        return False

    def _operator(self) -> str:
        token = self.token
        if token.kind not in (Kind.SYMBOL, Kind.NAME):
            return ""
        # `[` ends a half-open range where nothing that could be a filter follows it.
        if token.text == "[" and not self.starts_expression(1):
            return ""
        if token.text == "instance" and not self.sees_word("of", 1):
            return ""
        return token.text

    def arithmetic(self, left: s.Node, token: Token) -> s.Node:
        """`+ - * / **`, from left to right."""
        right = self.expression(_BINDING[token.text])
        return s.Arithmetic(token.text, left, right, position=token.start)

    def comparison(self, left: s.Node, token: Token) -> s.Node:
        """`= != < <= > >=`."""
        right = self.expression(COMPARING)
        return s.Comparison(token.text, left, right, position=token.start)

    def logic(self, left: s.Node, token: Token) -> s.Node:
        """`and`, `or`: a chain of one of them is one node."""
        operands = [left]
        while True:
            operands.append(self.expression(_BINDING[token.text]))
            if not self.sees_word(token.text):
                break
            self.advance()
        return s.Logic(token.text, tuple(operands), position=token.start)

    def between(self, left: s.Node, token: Token) -> s.Node:
        """`between low and high`."""
        low = self.expression(COMPARING)
        self.expect_word("and")
        return s.Between(left, low, self.expression(COMPARING), position=token.start)

    def contained(self, left: s.Node, token: Token) -> s.Node:
        """`in test`, or `in (test, test)`."""
        if not self.sees("("):
            return s.In(left, (parse_test(self, COMPARING),), position=token.start)
        opening = self.index
        self.advance()
        tests = self.listed()
        if self.sees(".."):
            self.index = opening
            tests = (self.expression(COMPARING),)
        else:
            self.expect(")")
        return s.In(left, tests, position=token.start)

    def instance_of(self, left: s.Node, token: Token) -> s.Node:
        """`instance of type`."""
        self.expect_word("of")
        return s.InstanceOf(left, parse_type(self), position=token.start)

    def path(self, left: s.Node, token: Token) -> s.Node:
        """`.member`; words after the dot belong to the member, as nothing else can stand there."""
        if self.token.kind is not Kind.NAME:
            raise self.error("expected the name of a member")
        known = self.names.match(self.tokens, self.index, member=True)
        if known is not None:
            member, length = known
            self.index += length
            return s.Path(left, member, position=token.start)
        member = self.advance().text
        while self.token.kind is Kind.NAME and not self._ends_member():
            member += " " + self.advance().text
        return s.Path(left, member, position=token.start)

    def _ends_member(self) -> bool:
        return self.token.text in INFIX_WORDS or (
            self.sees_word("instance") and self.sees_word("of", 1)
        )

    def filter(self, left: s.Node, token: Token) -> s.Node:
        """`[condition]`, where members of the elements are names too."""
        self.filters += 1
        condition = self.expression()
        self.filters -= 1
        self.expect("]")
        return s.Filter(left, condition, position=token.start)

    def call(self, left: s.Node, token: Token) -> s.Node:
        """`(arguments)`, by place or by name."""
        names: list[str] = []
        arguments: list[s.Node] = []
        by_name = self.names_argument()
        while not self.accept(")"):
            if arguments:
                self.expect(",")
            if by_name:
                names.append(self.name_until(":"))
                self.expect(":")
            arguments.append(self.expression())
        if len(set(names)) < len(names):
            raise self.error("an argument is given twice")
        return s.Call(left, tuple(arguments), tuple(names), position=token.start)


_INFIX: dict[str, Callable[[_Parser, s.Node, Token], s.Node]] = {
    **dict.fromkeys(("+", "-", "*", "/", "**"), _Parser.arithmetic),
    **dict.fromkeys(COMPARISONS, _Parser.comparison),
    **dict.fromkeys(("and", "or"), _Parser.logic),
    "between": _Parser.between,
    "in": _Parser.contained,
    "instance": _Parser.instance_of,
    ".": _Parser.path,
    "[": _Parser.filter,
    "(": _Parser.call,
}
