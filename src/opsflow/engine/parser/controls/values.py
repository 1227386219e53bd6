"""Attribute values of opsflow's own elements, checked as they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from lxml import etree

from opsflow.engine.parser.context import Reading
from opsflow.engine.rules import reading

_Default = TypeVar("_Default", str, None)


def required(context: Reading, element: etree._Element, name: str) -> str:
    """An attribute that must be there."""
    value = (element.get(name) or "").strip()
    if not value:
        context.remark(reading.MISSING, f"the attribute {name} is missing", element)
    return value


def chosen(
    context: Reading,
    element: etree._Element,
    name: str,
    allowed: Sequence[str],
    default: _Default,
) -> str | _Default:
    """An attribute that takes one of a few values."""
    value = element.get(name)
    if value is None:
        return default
    if value.strip() in allowed:
        return value.strip()
    message = f"{name} is {value!r}, not one of {', '.join(allowed)}"
    context.remark(reading.BAD_VALUE, message, element)
    return default


def flag(context: Reading, element: etree._Element, name: str, *, default: bool) -> bool:
    """A boolean attribute."""
    value = chosen(context, element, name, ("true", "false"), None)
    return default if value is None else value == "true"


def whole(context: Reading, element: etree._Element, name: str) -> int | None:
    """A positive integer attribute, None where it is absent or wrong."""
    value = element.get(name)
    if value is None:
        return None
    if value.strip().isdecimal() and len(value) < 10 and int(value) > 0:
        return int(value)
    context.remark(reading.BAD_VALUE, f"{name} is not a positive number: {value!r}", element)
    return None
