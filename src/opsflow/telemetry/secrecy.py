"""What no log line may show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "(hidden)"
"""Stands in the place of a secret."""
_SECRET = ("authorization", "cookie", "password", "secret", "token")
_LOOKS_SECRET = re.compile(
    r"opsflow_[A-Za-z0-9_-]{43}"  # a token of opsflow
    r"|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a JWT
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"  # who signs in to a database, and how
    r"|(?<=Bearer )\S+"
)


def shown(name: str, value: Any) -> Any:
    """The value as a log line may show it: without what is named or looks like a secret."""
    if any(word in name.lower() for word in _SECRET):
        return HIDDEN
    match value:
        case str():
            return _LOOKS_SECRET.sub(HIDDEN, value)
        case Mapping():
            return {each: shown(str(each), inner) for each, inner in value.items()}
        case list() | tuple():
            return [shown("", each) for each in value]
        case _:
            return value
