"""What an expression can begin with: literals, names, brackets, and the forms with keywords."""

from __future__ import annotations

from collections.abc import Callable
from decimal import DecimalException

from opsflow.feel import syntax as s
from opsflow.feel.cursor import Cursor
from opsflow.feel.errors import FeelSyntaxError
from opsflow.feel.lexer import KEYWORDS, Kind, Token
from opsflow.feel.parser_types import parse_type
from opsflow.feel.values import NUMBERS

COMPARING = 30
NEGATING = 70
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_CONSTANTS = {"true": True, "false": False, "null": None}


def parse_term(cursor: Cursor) -> s.Node:
    """The term that starts here."""
    token = cursor.token
    if token.kind is Kind.NAME:
        return _word(cursor, token)
    if token.kind is Kind.SYMBOL:
        handler = _SYMBOLS.get(token.text)
        if handler is not None:
            return handler(cursor, cursor.advance())
    if token.kind in (Kind.END, Kind.SYMBOL):
        raise cursor.error("expected an expression")
    cursor.advance()
    if token.kind is Kind.NUMBER:
        return _number(cursor, token)
    if token.kind is Kind.AT:
        return s.AtLiteral(token.text, position=token.start)
    return s.Literal(token.text, position=token.start)


def _number(cursor: Cursor, token: Token) -> s.Node:
    try:
        value = NUMBERS.create_decimal(token.text)
    except DecimalException as error:
        raise FeelSyntaxError("a number out of range", cursor.text, token.start) from error
    return s.Literal(value, position=token.start)


def _word(cursor: Cursor, token: Token) -> s.Node:
    if token.text in KEYWORDS:
        return _keyword(cursor, token)
    if token.text == "function" and cursor.sees("(", 1):
        cursor.advance()
        return _function(cursor, token)
    known = cursor.names.match(cursor.tokens, cursor.index, member=cursor.filters > 0)
    name, length = known or (token.text, 1)
    cursor.index += length
    return s.Name(name, position=token.start)


def _keyword(cursor: Cursor, token: Token) -> s.Node:
    if token.text in _CONSTANTS:
        cursor.advance()
        return s.Literal(_CONSTANTS[token.text], position=token.start)
    handler = _WORDS.get(token.text)
    if handler is None:
        raise cursor.error("expected an expression")
    cursor.advance()
    return handler(cursor, token)


def _negative(cursor: Cursor, token: Token) -> s.Node:
    return s.Negative(cursor.expression(NEGATING), position=token.start)


def parse_test(cursor: Cursor, binding: int = 0) -> s.Node:
    """The test that starts here: a comparison with what is tested, or any expression.

    Only tests, and parentheses around one, may begin with a comparison: elsewhere `a == b` would be
    taken for `a` compared with the range `= b`.
    """
    token = cursor.token
    if token.kind is not Kind.SYMBOL or token.text not in COMPARISONS:
        return cursor.expression(binding)
    cursor.advance()
    return s.Compared(token.text, cursor.expression(COMPARING), position=token.start)


def _parenthesis(cursor: Cursor, token: Token) -> s.Node:
    inner = parse_test(cursor)
    if cursor.sees(".."):
        return _range(cursor, token, inner, included=False)
    cursor.expect(")")
    return inner


def _bracket(cursor: Cursor, token: Token) -> s.Node:
    if cursor.accept("]"):
        return s.ListOf((), position=token.start)
    items = [cursor.expression()]
    if cursor.sees(".."):
        return _range(cursor, token, items[0], included=True)
    while cursor.accept(","):
        items.append(cursor.expression())
    cursor.expect("]")
    return s.ListOf(tuple(items), position=token.start)


def _open_bracket(cursor: Cursor, token: Token) -> s.Node:
    return _range(cursor, token, cursor.expression(), included=False)


def _range(cursor: Cursor, token: Token, low: s.Node, *, included: bool) -> s.Node:
    cursor.expect("..")
    high = cursor.expression()
    end = cursor.token
    if end.kind is not Kind.SYMBOL or end.text not in ("]", ")", "["):
        raise cursor.error("expected the end of a range")
    cursor.advance()
    return s.RangeOf(low, high, included, end.text == "]", position=token.start)


def _context(cursor: Cursor, token: Token) -> s.Node:
    entries: list[tuple[str, s.Node]] = []
    with cursor.names.scope():
        while not cursor.accept("}"):
            if entries:
                cursor.expect(",")
            key = _key(cursor)
            cursor.expect(":")
            entries.append((key, cursor.expression()))
            cursor.names.add(key)
    return s.ContextOf(tuple(entries), position=token.start)


def _key(cursor: Cursor) -> str:
    if cursor.token.kind is Kind.STRING:
        return cursor.advance().text
    return cursor.name_until(":")


def _function(cursor: Cursor, token: Token) -> s.Node:
    cursor.expect("(")
    names: list[str] = []
    types: list[s.TypeOf | None] = []
    while not cursor.accept(")"):
        if names:
            cursor.expect(",")
        names.append(cursor.name_until(":", ",", ")"))
        types.append(parse_type(cursor) if cursor.accept(":") else None)
    external = cursor.sees_word("external")
    if external:
        cursor.advance()
    with cursor.names.scope():
        for name in names:
            cursor.names.add(name)
        body = cursor.expression()
    return s.FunctionOf(tuple(names), tuple(types), body, external, position=token.start)


def _if(cursor: Cursor, token: Token) -> s.Node:
    condition = cursor.expression()
    cursor.expect_word("then")
    then = cursor.expression()
    cursor.expect_word("else")
    return s.If(condition, then, cursor.expression(), position=token.start)


def _for(cursor: Cursor, token: Token) -> s.Node:
    with cursor.names.scope():
        iterations = _iterations(cursor)
        cursor.expect_word("return")
        body = cursor.expression()
    return s.For(iterations, body, position=token.start)


def _quantified(cursor: Cursor, token: Token) -> s.Node:
    with cursor.names.scope():
        iterations = _iterations(cursor)
        cursor.expect_word("satisfies")
        body = cursor.expression()
    return s.Quantified(token.text, iterations, body, position=token.start)


def _iterations(cursor: Cursor) -> tuple[s.Iteration, ...]:
    found: list[s.Iteration] = []
    while not found or cursor.accept(","):
        position = cursor.token.start
        name = cursor.name_until("in")
        cursor.expect_word("in")
        domain = cursor.expression()
        end = cursor.expression() if cursor.accept("..") else None
        found.append(s.Iteration(name, domain, end, position=position))
        cursor.names.add(name)
    return tuple(found)


_SYMBOLS: dict[str, Callable[[Cursor, Token], s.Node]] = {
    "-": _negative,
    "(": _parenthesis,
    "[": _bracket,
    "]": _open_bracket,
    "{": _context,
}
_WORDS: dict[str, Callable[[Cursor, Token], s.Node]] = {
    "if": _if,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
}
