"""Reading tokens one after another: what every part of the parser stands on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from opsflow.feel.errors import FeelLimitError, FeelSyntaxError
from opsflow.feel.lexer import INFIX_WORDS, KEYWORDS, Kind, Token, tokenize
from opsflow.feel.limits import Limits
from opsflow.feel.names import Names
from opsflow.feel.syntax import Node, TypeOf

_NAME_SYMBOLS = frozenset(".-+*/'")
_EXPRESSION_SYMBOLS = frozenset("({[-")


class Cursor(ABC):
    """A place in the tokens of a source, and the names known there."""

    def __init__(
        self,
        text: str,
        names: Iterable[str],
        limits: Limits,
        types: Mapping[str, TypeOf] | None = None,
        members: Iterable[str] = (),
    ) -> None:
        self.text = text
        self.tokens = tokenize(text, limits)
        self.index = 0
        self.names = Names(names, members)
        self.types = types or {}
        self.type_names = Names(self.types)
        self.max_depth = limits.depth
        self.filters = 0
        self._depth = 0

    @abstractmethod
    def expression(self, binding: int = 0) -> Node:
        """The expression that starts here, of operators that bind tighter than `binding`."""

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.index]

    def ahead(self, distance: int = 1) -> Token:
        """A later token; past the end, the last one."""
        return self.tokens[min(self.index + distance, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """Read a token."""
        token = self.tokens[self.index]
        if token.kind is not Kind.END:
            self.index += 1
        return token

    def sees(self, symbol: str, distance: int = 0) -> bool:
        """Whether a symbol stands here, or some tokens on."""
        token = self.ahead(distance)
        return token.kind is Kind.SYMBOL and token.text == symbol

    def sees_word(self, word: str, distance: int = 0) -> bool:
        """Whether a word stands here, or some tokens on."""
        token = self.ahead(distance)
        return token.kind is Kind.NAME and token.text == word

    def accept(self, symbol: str) -> bool:
        """Read a symbol if it stands here."""
        found = self.sees(symbol)
        if found:
            self.index += 1
        return found

    def expect(self, symbol: str) -> None:
        """Read a symbol that must stand here."""
        if not self.accept(symbol):
            raise self.error(f"expected {symbol!r}")

    def expect_word(self, word: str) -> None:
        """Read a word that must stand here."""
        if not self.sees_word(word):
            raise self.error(f"expected {word!r}")
        self.index += 1

    def error(self, message: str) -> FeelSyntaxError:
        """An error about the token that stands here."""
        token = self.token
        found = "the end" if token.kind is Kind.END else repr(token.text)
        return FeelSyntaxError(f"{message}, found {found}", self.text, token.start)

    def descend(self) -> None:
        """Note one more level of nesting; every `descend` is followed by an `ascend`."""
        self._depth += 1
        if self._depth > self.max_depth:
            raise FeelLimitError("depth", f"an expression nested deeper than {self.max_depth}")

    def ascend(self) -> None:
        """End a level of nesting."""
        self._depth -= 1

    def starts_expression(self, distance: int) -> bool:
        """Whether the token some way on can begin an expression inside brackets."""
        token = self.ahead(distance)
        if token.kind is Kind.NAME:
            is_type_test = token.text == "instance" and self.sees_word("of", distance + 1)
            return token.text not in INFIX_WORDS and not is_type_test
        if token.kind is Kind.SYMBOL:
            return token.text in _EXPRESSION_SYMBOLS
        return token.kind is not Kind.END

    def name_until(self, *ends: str) -> str:
        """Read a name that is being introduced: everything up to one of the given tokens."""
        first = self.token
        if first.kind is not Kind.NAME or first.text in KEYWORDS:
            raise self.error("expected a name")
        while self.token.text not in ends or self.token.kind not in (Kind.SYMBOL, Kind.NAME):
            if not self._in_name(self.token):
                raise self.error("a name can not contain this")
            last = self.advance()
        return " ".join(self.text[first.start : last.end].split())

    def names_argument(self) -> bool:
        """Whether `name:` stands here."""
        index = self.index
        while self._in_name(self.tokens[index]):
            index += 1
        return index > self.index and self.tokens[index].text == ":"

    @staticmethod
    def _in_name(token: Token) -> bool:
        if token.kind is Kind.SYMBOL:
            return all(character in _NAME_SYMBOLS for character in token.text)
        return token.kind in (Kind.NAME, Kind.NUMBER)
