"""Form data as JSON Schema sees it: plain values only, bounded in size and depth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import TypeAlias
from uuid import UUID

from opsflow.errors import FormInvalid
from opsflow.feel import YearsMonthsDuration, format_value
from opsflow.texts import is_storable

Plain: TypeAlias = "str | int | Decimal | bool | list[Plain] | dict[str, Plain] | None"
"""Numbers are exact: a float stands for the decimal that it prints as."""

SIZE_LIMIT = 1_000_000
"""Characters and values that the data of one form may hold together."""
DEPTH_LIMIT = 32
"""How deep lists and objects may be nested."""

BIT_LIMIT = 4_096
"""Binary digits of a whole number; Python writes no number that is far longer."""

Path: TypeAlias = "tuple[str | int, ...]"


def pointer(path: Path) -> str:
    """The JSON pointer (RFC 6901) of a place in the data; empty for the whole."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def exact(number: float | Decimal) -> Decimal:
    """The decimal that a number prints as: 0.1 is a tenth, not the binary fraction near it."""
    return number if isinstance(number, Decimal) else Decimal(repr(number))


def plain(data: Mapping[str, object], *, form: str) -> dict[str, Plain]:
    """The data with dates, times, durations and identifiers as their ISO texts.

    Raises FormInvalid for values that JSON cannot hold, and for too much of them.
    """
    if not isinstance(data, Mapping):
        raise FormInvalid(form, [("", "the data of a form is an object of named fields")])
    return _Reader(form).fields(data, ())


class _Reader:
    def __init__(self, form: str) -> None:
        self._form = form
        self._size = 0

    def fields(
        self, value: Mapping[object, object] | Mapping[str, object], path: Path
    ) -> dict[str, Plain]:
        self._enter(path)
        result: dict[str, Plain] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise self._invalid(path, f"the field name {key!r} is not a text")
            result[self._text(key, path)] = self.value(item, (*path, key))
        return result

    def value(self, value: object, path: Path) -> Plain:
        self._count(1, path)
        match value:
            case None | bool():
                return value
            case int():
                if value.bit_length() > BIT_LIMIT:
                    raise self._invalid(path, "the number is too long")
                return value
            case str():
                return self._text(value, path)
            case float() | Decimal():
                if not isfinite(value):
                    raise self._invalid(path, "the number is not finite")
                return exact(value)
            case datetime() | date() | time():
                return value.isoformat()
            case timedelta() | YearsMonthsDuration():
                return format_value(value)
            case UUID():
                return str(value)
            case list() | tuple():
                self._enter(path)
                return [self.value(item, (*path, at)) for at, item in enumerate(value)]
            case Mapping():
                return self.fields(value, path)
            case _:
                raise self._invalid(path, f"{type(value).__name__} is no value of a form")

    def _text(self, text: str, path: Path) -> str:
        self._count(len(text), path)
        if not is_storable(text):
            raise self._invalid(path, "the text has characters that no text can have")
        return text

    def _enter(self, path: Path) -> None:
        if len(path) > DEPTH_LIMIT:
            raise self._invalid((), f"the data is nested deeper than {DEPTH_LIMIT}")

    def _count(self, size: int, path: Path) -> None:
        self._size += size
        if self._size > SIZE_LIMIT:
            raise self._invalid(path[:1], f"the data is larger than {SIZE_LIMIT} characters")

    def _invalid(self, path: Path, text: str) -> FormInvalid:
        return FormInvalid(self._form, [(pointer(path), text)])
