"""``${…}`` and ``#{…}``: whole expressions, and texts with expressions inside."""

from __future__ import annotations

from opsflow import feel
from opsflow.engine.parser.translation.feel_text import quoted
from opsflow.engine.parser.translation.grammar import expression_in_feel
from opsflow.engine.parser.translation.tokens import TranslationError

_LONGEST = 2_000


def translate(text: str) -> str:
    """FEEL for a JUEL template, or for a bare Python or JUEL expression.

    Raises TranslationError with the position in ``text``.
    """
    if len(text) > _LONGEST:
        raise TranslationError(f"it has more than {_LONGEST} characters", _LONGEST)
    translated = _translated(text)
    try:
        feel.compile(translated)
    except feel.FeelError as error:
        # A name such as `then` is a variable there and a word of the language here.
        raise TranslationError(f"{translated!r} is not FEEL: {error}", 0) from error
    return translated


def _translated(text: str) -> str:
    if "${" not in text and "#{" not in text:
        return expression_in_feel(text)
    pieces = _pieces(text)
    if len(pieces) == 1:
        return pieces[0]
    return " + ".join(piece if piece.startswith('"') else f"string({piece})" for piece in pieces)


def _pieces(text: str) -> list[str]:
    """FEEL of each piece; plain text becomes a string literal."""
    pieces: list[str] = []
    position = 0
    while position < len(text):
        start = _opening(text, position)
        if start > position:
            pieces.append(quoted(text[position:start]))
        if start == len(text):
            break
        end = _closing(text, start + 2)
        pieces.append(_inner(text, start + 2, end))
        position = end + 1
    return pieces


def _opening(text: str, position: int) -> int:
    found = [text.find(sign, position) for sign in ("${", "#{")]
    return min((start for start in found if start >= 0), default=len(text))


def _closing(text: str, position: int) -> int:
    """The position of the ``}`` that closes, past those inside string literals."""
    quote = ""
    while position < len(text):
        character = text[position]
        if quote and character == "\\":
            position += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "}":
            return position
        position += 1
    raise TranslationError("the closing } is missing", len(text))


def _inner(text: str, start: int, end: int) -> str:
    try:
        return expression_in_feel(text[start:end])
    except TranslationError as error:
        raise TranslationError(str(error), start + error.position) from error
