"""``name=value`` on the command line, as variables and form data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal

from opsflow.errors import Invalid


def read_value(text: str) -> object:
    """JSON where the text is JSON (``12``, ``9.90``, ``true``, ``"007"``), else the text itself.

    A number with a point is a Decimal.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        return text


def _no_number(text: str) -> object:
    """NaN and Infinity are no JSON: whoever writes them means the word."""
    raise ValueError(f"{text} is no number")


def read_assignments(texts: Iterable[str]) -> dict[str, object]:
    """The values by name of ``name=value`` texts. Raises Invalid."""
    values: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise Invalid(f"{text!r} is not written name=value.")
        if name in values:
            raise Invalid(f"{name!r} is given twice.")
        values[name] = read_value(value.strip())
    return values
