"""Tokens that JUEL and Python expressions share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto


class TranslationError(Exception):
    """The expression has no FEEL equivalent that is sure. ``position`` counts from 0."""

    def __init__(self, message: str, position: int) -> None:
        self.position = position
        super().__init__(message)


class Kind(Enum):
    """What a token is."""

    NUMBER = auto()
    TEXT = auto()
    NAME = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``text`` is a string literal's value, or an operator in its Python form."""

    kind: Kind
    text: str
    position: int
    written: str = ""


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<NUMBER>\d+(?:\.\d+)?(?![\w.]))
      | (?P<TEXT>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<NAME>[^\W\d]\w*)
      | (?P<SIGN>==|!=|<=|>=|&&|\|\||\*\*|[-+*/%<>!?:.,()\[\]])
      | (?P<END>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_WORDS = {
    "&&": "and",
    "||": "or",
    "!": "not",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "div": "/",
    "mod": "%",
}
_OPERATORS = frozenset({"and", "or", "not", "in", "is", "empty", "if", "else", *_WORDS.values()})


def tokens(text: str) -> list[Token]:
    """All tokens, an END token last. Raises TranslationError at the first foreign character."""
    found: list[Token] = []
    position = 0
    while not found or found[-1].kind is not Kind.END:
        match = _TOKEN.match(text, position)
        if match is None:
            start = len(text) - len(text[position:].lstrip())
            raise TranslationError(f"{text[start]!r} is not understood", start)
        found.append(_token(match))
        position = match.end()
    return found


def _token(match: re.Match[str]) -> Token:
    name = match.lastgroup or "END"
    written, start = match[name], match.start(name)
    kind = Kind[name]
    if kind is Kind.TEXT:
        unescaped = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), written[1:-1], flags=re.S)
        return Token(kind, unescaped, start)
    text = _WORDS.get(written, written)
    return Token(Kind.SIGN if text in _OPERATORS else kind, text, start, written)
