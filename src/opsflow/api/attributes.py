"""Search attributes in a query: ``attribute=name=value``, as often as there are attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from fastapi import Query

from opsflow.errors import Invalid

Attributes: TypeAlias = Annotated[
    list[str] | None,
    Query(max_length=20, description="`name=value` of a search attribute; may be repeated"),
]


def read_attributes(given: Sequence[str] | None) -> dict[str, object]:
    """The wanted value by name, as text. Raises Invalid."""
    values: dict[str, object] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name or name in values:
            raise Invalid(f"{text!r} is not written name=value, or its name is given twice.")
        values[name] = value
    return values
