"""Types in the source: after `instance of` and in function parameters (DMN 1.5 §10.3.1.2)."""

from __future__ import annotations

from opsflow.feel.cursor import Cursor
from opsflow.feel.lexer import INFIX_WORDS, Kind
from opsflow.feel.syntax import TypeOf

_LONG_NAMES = (
    ("days", "and", "time", "duration"),
    ("years", "and", "months", "duration"),
    ("date", "and", "time"),
)


def parse_type(cursor: Cursor) -> TypeOf:
    """The type that starts here."""
    cursor.descend()
    position = cursor.token.start
    name = _type_name(cursor)
    if name == "function" and cursor.sees("<"):
        found = _function_type(cursor, position)
    elif name == "context" and cursor.sees("<"):
        found = _context_type(cursor, position)
    elif name in ("list", "range") and cursor.accept("<"):
        member = parse_type(cursor)
        cursor.expect(">")
        found = TypeOf(name, (member,), open=False, position=position)
    else:
        found = cursor.types.get(name) or TypeOf(name, position=position)
    cursor.ascend()
    return found


def _type_name(cursor: Cursor) -> str:
    for words in _LONG_NAMES:
        if all(cursor.sees_word(word, distance) for distance, word in enumerate(words)):
            cursor.index += len(words)
            return " ".join(words)
    if cursor.token.kind is not Kind.NAME:
        raise cursor.error("expected a type")
    known = cursor.type_names.match(cursor.tokens, cursor.index)
    if known is not None:
        name, length = known
        cursor.index += length
        return name
    name = cursor.advance().text
    while cursor.accept("."):
        name += "." + cursor.advance().text
    while cursor.token.kind is Kind.NAME and not _ends_type(cursor):
        name += " " + cursor.advance().text
    return name


def _ends_type(cursor: Cursor) -> bool:
    return cursor.token.text in INFIX_WORDS or cursor.token.text in ("external", "instance")


def _function_type(cursor: Cursor, position: int) -> TypeOf:
    cursor.expect("<")
    members: list[TypeOf] = []
    while not cursor.accept(">"):
        if members:
            cursor.expect(",")
        members.append(parse_type(cursor))
    cursor.expect("->")
    members.append(parse_type(cursor))
    return TypeOf("function", tuple(members), open=False, position=position)


def _context_type(cursor: Cursor, position: int) -> TypeOf:
    cursor.expect("<")
    keys: list[str] = []
    members: list[TypeOf] = []
    while not cursor.accept(">"):
        if members:
            cursor.expect(",")
        keys.append(cursor.name_until(":"))
        cursor.expect(":")
        members.append(parse_type(cursor))
    return TypeOf("context", tuple(members), tuple(keys), open=False, position=position)
