"""The formats a form asserts: JSON Schema leaves to the application which ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from urllib.parse import urlsplit
from uuid import UUID

from jsonschema import FormatChecker


def _is_date(text: str) -> bool:
    return date.fromisoformat(text).isoformat() == text


def _is_moment(text: str) -> bool:
    return text[10:11] in ("T", "t") and datetime.fromisoformat(text).tzinfo is not None


def _is_time(text: str) -> bool:
    return time.fromisoformat(text).tzinfo is not None


def _is_address(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and "." in host.strip(".")) and not any(map(str.isspace, text))


def _is_uuid(text: str) -> bool:
    return str(UUID(text)) == text.lower()


def _is_uri(text: str) -> bool:
    parts = urlsplit(text)
    return bool(parts.scheme and (parts.netloc or parts.path)) and " " not in text


_TESTS = {
    "date": _is_date,
    "date-time": _is_moment,
    "time": _is_time,
    "email": _is_address,
    "uuid": _is_uuid,
    "uri": _is_uri,
}

ASSERTED = frozenset(_TESTS)
"""Formats whose texts are checked (RFC 3339 dates and times, RFC 4122, RFC 3986)."""


def format_checker() -> FormatChecker:
    """A checker of the asserted formats and of no other."""
    checker = FormatChecker(formats=())
    for name, test in _TESTS.items():
        checker.checks(name, raises=ValueError)(_texts_only(test))
    return checker


def _texts_only(test: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or test(value)
