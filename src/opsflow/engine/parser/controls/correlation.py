"""Correlation keys of messages."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from opsflow.engine.expressions import Expression
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.extended import own, zeebe_attribute


def correlation_of(context: Reading, places: Iterable[etree._Element | None]) -> Expression | None:
    """The first correlation key written at one of the places, nearest first."""
    for place in places:
        if place is None:
            continue
        written = own(place, "correlation")
        written = written or zeebe_attribute(place, "subscription", "correlationKey")
        if written:
            return expressions.value(context, written, place)
    return None
