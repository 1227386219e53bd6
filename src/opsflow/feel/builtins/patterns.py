"""Regular expressions of XPath (DMN 1.5 §10.3.4.3) on RE2, whose time is linear in the input.

Not supported, and so not a pattern: references back to a group, and taking a class of properties
away from another.
"""

from __future__ import annotations

import re
from functools import lru_cache

import re2

from opsflow.feel.errors import FeelTypeError

_FLAGS = frozenset("smix")
_MAX_MEMORY = 8 << 20
_SPACE = re.compile(r"(\[(?:[^\[\]\\]|\\.|\[[^\]]*\])*\])|\s+")
_PART = re.compile(
    r"(?P<escape>\\(?:[pP]\{[^}]*\}|.)?)|(?P<subtraction>\[[^\[\]\\]*-\[[^\[\]\\]*\]\])"
    r"|(?P<open>\[\^?)|(?P<group>\(\?:?)|(?P<rest>.)",
    re.DOTALL,
)
_PLAIN_ESCAPES = frozenset("nrt\\|.?*+(){}-[]^$sS")
_BLOCKS = {"IsBasicLatin": r"\x{0}-\x{7F}", "IsLatin-1Supplement": r"\x{80}-\x{FF}"}
_CLASSES = {
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "w": r"\p{L}\p{M}\p{N}\p{S}",
    "W": r"\p{P}\p{Z}\p{C}",
    "i": r"\p{L}_:",
    "c": r"\p{L}\p{M}\p{Nd}_:.\-",
}


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: str) -> re2._Regexp:
    """The pattern, ready to search with. Raises FeelTypeError when it is not one."""
    unknown = set(flags) - _FLAGS
    if unknown:
        raise FeelTypeError(f"{min(unknown)!r} is not a flag of a pattern")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.case_sensitive = "i" not in flags
    plain = _SPACE.sub(lambda match: match[1] or "", pattern) if "x" in flags else pattern
    inline = "".join(flag for flag in "sm" if flag in flags)
    text = _translated(plain, dot="." if "s" in flags else r"[^\n\r]")
    try:
        return re2.compile(f"(?{inline}:{text})" if inline else text, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise FeelTypeError(f"{pattern!r} is not a pattern") from error


def _translated(pattern: str, dot: str) -> str:
    out: list[str] = []
    inside = False
    for part in _PART.finditer(pattern):
        text = part.group()
        if part.lastgroup == "escape":
            out.append(_escape(text, inside=inside))
        elif inside:
            inside = text != "]"
            out.append("\\[" if text == "[" else text)
        elif part.lastgroup == "subtraction":
            out.append(_subtracted(text))
        elif part.lastgroup == "group" and text == "(?":
            raise FeelTypeError("a group can not be qualified")
        else:
            inside = part.lastgroup == "open"
            out.append(dot if text == "." else text)
    return "".join(out)


def _escape(text: str, *, inside: bool) -> str:
    letter = text[1:2]
    if letter in ("p", "P"):
        block = _BLOCKS.get(text[3:-1])
        if block is None:
            return text
        members = f"^{block}" if letter == "P" else block
        if inside and letter == "P":
            raise FeelTypeError(f"{text} can not be part of a class")
        return block if inside else f"[{members}]"
    if letter in _CLASSES:
        return _CLASSES[letter] if inside else f"[{_CLASSES[letter]}]"
    if letter in ("I", "C") and not inside:
        return f"[^{_CLASSES[letter.lower()]}]"
    if letter and letter in _PLAIN_ESCAPES:
        return text
    raise FeelTypeError(f"{text} is not an escape of a pattern")


def _subtracted(text: str) -> str:
    """`[a-z-[aeiou]]`, worked out as ranges of characters."""
    base, _, taken = text[1:-2].partition("-[")
    negated = base.startswith("^")
    left = _spans(base.removeprefix("^"))
    inverse = taken.startswith("^")
    right = _spans(taken.removeprefix("^"))
    left = _complement(left) if negated else left
    right = right if inverse else _complement(right)
    kept = _intersection(left, right)
    if not kept:
        return r"[^\x{0}-\x{10FFFF}]"
    return "[" + "".join(f"\\x{{{low:X}}}-\\x{{{high:X}}}" for low, high in kept) + "]"


_Spans = list[tuple[int, int]]


def _spans(members: str) -> _Spans:
    found = [
        (ord(match[1] or match[3]), ord(match[2] or match[3]))
        for match in re.finditer(r"(.)-(.)|(.)", members, re.DOTALL)
    ]
    merged: _Spans = []
    for low, high in sorted(found):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _complement(spans: _Spans) -> _Spans:
    gaps: _Spans = []
    start = 0
    for low, high in spans:
        if start < low:
            gaps.append((start, low - 1))
        start = high + 1
    if start <= 0x10FFFF:
        gaps.append((start, 0x10FFFF))
    return gaps


def _intersection(left: _Spans, right: _Spans) -> _Spans:
    return [
        (max(low, other_low), min(high, other_high))
        for low, high in left
        for other_low, other_high in right
        if max(low, other_low) <= min(high, other_high)
    ]
