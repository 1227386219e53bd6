"""Search attributes: which column of the index a value goes to."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal

from opsflow.engine import SearchAttribute
from opsflow.texts import storable

TEXT_LENGTH = 200
"""Characters of a text that the index keeps."""


def columns_of(value: object) -> tuple[str, object]:
    """The column that holds a value, and the value as it is stored there."""
    match value:
        case bool():
            return "text", "true" if value else "false"
        case int() | float() | Decimal():
            return "number", _double(value)
        case datetime():
            return "moment", value if value.tzinfo else value.replace(tzinfo=UTC)
        case date():
            return "moment", datetime.combine(value, time(), UTC)
        case None:
            return "text", None
        case _:
            return "text", _text(value)


def readings_of(value: object) -> list[tuple[str, object]]:
    """Every column and value that a wanted value can be found by.

    A text may be what somebody wrote for a number or a date: ``12.5`` is looked for as both.
    """
    readings = [columns_of(value)]
    if isinstance(value, str):
        for type in ("number", "date"):
            column, read = index_value(SearchAttribute("", type), value)
            if column != "text":
                readings.append((column, read))
    return readings


def _double(value: int | float | Decimal) -> float:
    """The nearest double; beyond the largest one it is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _text(value: object) -> str:
    """The text that a value is found by, without characters that no database can hold."""
    try:
        text = str(value)
    except ValueError:
        # Python writes no whole number of more than some thousand digits.
        text = f"{value:x}"
    return storable(text)[:TEXT_LENGTH]


def index_value(attribute: SearchAttribute, value: object) -> tuple[str, object]:
    """How a variable's value is indexed under its declared type.

    A value that does not fit the type is found by its text.
    """
    if attribute.type == "text" and value is not None:
        return "text", _text(value)
    if attribute.type == "date" and isinstance(value, str):
        try:
            return columns_of(datetime.fromisoformat(value))
        except ValueError:
            return columns_of(value)
    if attribute.type == "number" and isinstance(value, str):
        try:
            return "number", _double(Decimal(value))
        except (ArithmeticError, ValueError):
            return columns_of(value)
    return columns_of(value)
