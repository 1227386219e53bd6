"""Patterns matched by RE2: linear time in the text, whatever the pattern."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

PATTERN_LIMIT = 2_000
"""Characters a pattern may have."""


class PatternError(ValueError):
    """RE2 cannot match the pattern: look-around, back references, or far too large."""


def searches(pattern: str, text: str) -> bool:
    """Whether the pattern occurs in the text. Raises PatternError."""
    return _compiled(pattern).search(text) is not None


def check_pattern(pattern: str) -> None:
    """Raises PatternError, with RE2's reason, for a pattern that no form may have."""
    _compiled(pattern)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    if len(pattern) > PATTERN_LIMIT:
        raise PatternError(f"the pattern is longer than {PATTERN_LIMIT} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except (re2.error, UnicodeEncodeError) as error:
        raise PatternError(_reason(error)) from error


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
