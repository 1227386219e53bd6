"""Variables over HTTP: FEEL's values as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer

from opsflow import feel


def shown(value: object) -> Any:
    """A value in JSON: numbers as numbers, what JSON has no form for as its FEEL text.

    A number that no double holds exactly is its decimal text, so that no digit is lost.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return _number(value)
        case datetime() | date() | time():
            return feel.format_value(value)
        case Mapping():
            return {str(name): shown(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [shown(each) for each in value]
        case _:
            return feel.format_value(value)


def _number(value: Decimal) -> int | float | str:
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    nearest = float(value)
    return nearest if Decimal(repr(nearest)) == value else str(value)


Variables: TypeAlias = Annotated[dict[str, Any], PlainSerializer(shown, return_type=dict[str, Any])]
"""Named values, as JSON."""
