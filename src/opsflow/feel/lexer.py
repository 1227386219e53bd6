"""FEEL text into tokens (DMN 1.5 §10.3.1.2).

A name is one token per word here: which words make one name depends on the names in scope, so the
parser joins them. `'` and the operators that may occur in names are tokens of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from opsflow.feel.errors import FeelLimitError, FeelSyntaxError
from opsflow.feel.limits import Limits

_NAME_START = (
    r"?_A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_NAME_PART = _NAME_START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
_SPACE = r"\s\u180E\u200B\uFEFF"

_TOKEN = re.compile(
    rf"""
    (?P<space>[{_SPACE}]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)
  | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<at>@[{_SPACE}]*"(?:[^"\\]|\\.)*")
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<name>[{_NAME_START}][{_NAME_PART}]*)
  | (?P<symbol>\*\*|\.\.|!=|<=|>=|->|[-+*/<>=()\[\]{{}},:.'])
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN_NAME = re.compile(rf"[{_NAME_START}][{_NAME_PART}]*(?: [{_NAME_START}][{_NAME_PART}]*)*")
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))",
    re.DOTALL,
)
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}

INFIX_WORDS = frozenset({"and", "or", "in", "between", "then", "else", "return", "satisfies"})
"""Words that may follow a value, and so end its name unless a known name contains them."""

KEYWORDS = INFIX_WORDS | {"if", "for", "some", "every", "true", "false", "null"}
"""Words that can not be a name. `function`, `instance` and `external` are told by their place."""


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    AT = "at"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `text` of a string is its value, without quotes and escapes."""

    kind: Kind
    text: str
    start: int
    end: int


def tokenize(text: str, limits: Limits) -> list[Token]:
    """The tokens of a source, ending with one of kind END."""
    if len(text) > limits.source_length:
        raise FeelLimitError(
            "source_length", f"a source longer than {limits.source_length} characters"
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise FeelSyntaxError(_complaint(text, position), text, position)
        if match.lastgroup != "space":
            tokens.append(_token(match, text))
        position = match.end()
    tokens.append(Token(Kind.END, "", len(text), len(text)))
    return tokens


def words(name: str) -> tuple[str, ...]:
    """The token texts a name consists of; empty when it can not be written as a name."""
    found: list[str] = []
    position = 0
    while position < len(name):
        match = _TOKEN.match(name, position)
        if match is None or match.lastgroup in ("string", "at"):
            return ()
        if match.lastgroup != "space":
            found.append(match.group())
        position = match.end()
    return tuple(found)


def is_plain_name(text: str) -> bool:
    """Whether a text is a name of words only, as a context may have it for a key."""
    return bool(_PLAIN_NAME.fullmatch(text)) and text.split(" ", 1)[0] not in KEYWORDS


def _token(match: re.Match[str], text: str) -> Token:
    kind = Kind(match.lastgroup)
    value = match.group()
    if kind in (Kind.STRING, Kind.AT):
        quote = value.index('"')
        value = _unescape(value[quote + 1 : -1], text, match.start() + quote + 1)
    return Token(kind, value, match.start(), match.end())


def _unescape(raw: str, text: str, offset: int) -> str:
    if "\\" not in raw:
        return raw

    def replace(match: re.Match[str]) -> str:
        high, low, four, six, plain = match.groups()
        if high:
            return (
                (f"{chr(int(high, 16))}{chr(int(low, 16))}")
                .encode("utf-16", "surrogatepass")
                .decode("utf-16")
            )
        if plain is not None:
            return _PLAIN_ESCAPES.get(plain, "\\" + plain)
        code = int(four or six, 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise FeelSyntaxError("not a character", text, offset + match.start())
        return chr(code)

    return _ESCAPE.sub(replace, raw)


def _complaint(text: str, position: int) -> str:
    if text[position] in '"@':
        return "a string that does not end"
    if text.startswith("/*", position):
        return "a comment that does not end"
    return f"unexpected character {text[position]!r}"
