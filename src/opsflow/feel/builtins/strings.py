"""String functions (DMN 1.5 §10.3.4.3). Lengths and positions count characters, from 1."""

from __future__ import annotations

import re
from decimal import Decimal

import re2

from opsflow.feel.builtins.numbers import whole
from opsflow.feel.builtins.patterns import compiled
from opsflow.feel.builtins.registry import Library
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.limits import Run
from opsflow.feel.values import Value, kind

LIBRARY: Library = Library()
_MOST_DIGITS = 4
_REPLACEMENT = re.compile(r"\\[\\$]|\$[0-9]+|[\\$]|[^\\$]+", re.DOTALL)


@LIBRARY.pure("substring", "string: string, start position: number, length?: number?")
def substring(string: str, start: Decimal, length: Decimal | None = None) -> Value:
    """A part of a string; a negative start counts from the end."""
    first = whole(start, "start position")
    if not 1 <= abs(first) <= len(string):
        raise FeelTypeError(f"start position must be within 1 to {len(string)}, or negative")
    begin = first - 1 if first > 0 else len(string) + first
    if length is None:
        return string[begin:]
    count = whole(length, "length")
    if count < 1:
        raise FeelTypeError("length must be at least 1")
    return string[begin : begin + count]


@LIBRARY.pure("string length", "string: string")
def string_length(string: str) -> Value:
    """How many characters a string has."""
    return Decimal(len(string))


@LIBRARY.charged("upper case", "string: string")
def upper_case(run: Run, string: str) -> Value:
    """The string in capitals."""
    run.check_length(len(string))
    return string.upper()


@LIBRARY.charged("lower case", "string: string")
def lower_case(run: Run, string: str) -> Value:
    """The string in small letters."""
    run.check_length(len(string))
    return string.lower()


@LIBRARY.pure("substring before", "string: string, match: string")
def substring_before(string: str, match: str) -> Value:
    """What stands before the first match; an empty string without one."""
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@LIBRARY.pure("substring after", "string: string, match: string")
def substring_after(string: str, match: str) -> Value:
    """What stands after the first match; an empty string without one."""
    return string.partition(match)[2] if match else string


@LIBRARY.pure("contains", "string: string, match: string")
def contains(string: str, match: str) -> Value:
    """Whether a string holds another."""
    return match in string


@LIBRARY.pure("starts with", "string: string, match: string")
def starts_with(string: str, match: str) -> Value:
    """Whether a string begins with another."""
    return string.startswith(match)


@LIBRARY.pure("ends with", "string: string, match: string")
def ends_with(string: str, match: str) -> Value:
    """Whether a string ends with another."""
    return string.endswith(match)


def _spans(run: Run, pattern: str, flags: str | None, text: str) -> list[re2._Match]:
    """The matches of a pattern in a text. Raises FeelTypeError when it matches nothing at all."""
    regexp = compiled(pattern, flags or "")
    if regexp.search("") is not None:
        raise FeelTypeError("the pattern matches the empty string")
    run.check_length(len(text))
    found: list[re2._Match] = []
    try:
        for match in regexp.finditer(text):
            found.append(match)
            run.check_size(len(found)) if len(found) % 256 == 0 else None
    except UnicodeEncodeError as error:
        raise FeelTypeError("the text holds half a character") from error
    run.check_size(len(found))
    return found


@LIBRARY.charged("matches", "input: string, pattern: string, flags?: string?")
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> Value:
    """Whether a pattern is found in a text."""
    run.check_length(len(text))
    try:
        return compiled(pattern, flags or "").search(text) is not None
    except UnicodeEncodeError as error:
        raise FeelTypeError("the text holds half a character") from error


@LIBRARY.charged("replace", "input: string, pattern: string, replacement: string, flags?: string?")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> Value:
    """The text with every match replaced; `$1` stands for the first group, `$0` for the match."""
    parts = _REPLACEMENT.findall(replacement)
    if "$" in parts or "\\" in parts:
        raise FeelTypeError("the replacement has a $ without a digit, or a lone backslash")
    pieces: list[str] = []
    length = position = 0
    for match in _spans(run, pattern, flags, text):
        new = "".join(_filled(part, match) for part in parts)
        length += match.start() - position + len(new)
        run.check_length(length)
        pieces += [text[position : match.start()], new]
        position = match.end()
    return "".join([*pieces, text[position:]])


def _filled(part: str, match: re2._Match) -> str:
    if part.startswith("\\"):
        return part[1:]
    if not part.startswith("$"):
        return part
    # As many digits count as there is such a group; what follows them stands for itself.
    digits = part[1:]
    length = len(digits)
    while length > 1 and (length > _MOST_DIGITS or int(digits[:length]) > match.re.groups):
        length -= 1
    group = int(digits[:length])
    found = (match.group(group) or "") if group <= match.re.groups else ""
    return found + digits[length:]


@LIBRARY.charged("split", "string: string, delimiter: string")
def split(run: Run, string: str, delimiter: str) -> Value:
    """The parts between the matches of a pattern."""
    parts: list[Value] = []
    position = 0
    for match in _spans(run, delimiter, None, string):
        parts.append(string[position : match.start()])
        position = match.end()
    return [*parts, string[position:]]


@LIBRARY.charged("string join", "list: list, delimiter?: string?")
def string_join(run: Run, items: list[Value], delimiter: str | None = None) -> Value:
    """The strings of a list one after another; null ones are left out."""
    run.scan(len(items))
    texts: list[str] = []
    for item in items:
        if isinstance(item, str):
            texts.append(item)
        elif item is not None:
            raise FeelTypeError(f"list must hold strings, not {kind(item)}")
    glue = delimiter or ""
    run.check_length(sum(map(len, texts)) + len(glue) * len(texts))
    return glue.join(texts)
