"""Defaults and rules that a process element carries."""

from __future__ import annotations

from datetime import date

from lxml import etree

from opsflow.engine.document import line_of
from opsflow.engine.extensions import ProcessControls, SearchAttribute
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.extended import opsflow_elements, own
from opsflow.engine.parser.controls.responsibility import responsibility, separations
from opsflow.engine.parser.controls.service_levels import service_level
from opsflow.engine.parser.controls.values import chosen, required
from opsflow.engine.rules import reading

_TYPES = ("text", "number", "date", "boolean")


def process_controls(context: Reading, element: etree._Element) -> ProcessControls:
    """The controls of a process."""
    return ProcessControls(
        responsibility=responsibility(context, element),
        separation=separations(element),
        search=_search(context, element),
        calendar=own(element, "calendar"),
        service_level=service_level(context, element),
        owner=own(element, "owner"),
        review_date=_review_date(context, element),
    )


def _search(context: Reading, element: etree._Element) -> tuple[SearchAttribute, ...]:
    found: dict[str, SearchAttribute] = {}
    for child in opsflow_elements(element, "search"):
        name = required(context, child, "name")
        if name in found:
            message = f"the search attribute {name!r} is there twice"
            context.remark(reading.REPEATED, message, child)
        kind = chosen(context, child, "type", _TYPES, "text")
        found[name] = SearchAttribute(name=name, type=kind, line=line_of(child))
    return tuple(found.values())


def _review_date(context: Reading, element: etree._Element) -> str | None:
    written = own(element, "reviewDate")
    if written is None:
        return None
    try:
        date.fromisoformat(written)
    except ValueError:
        context.remark(reading.BAD_VALUE, f"reviewDate is not a date: {written!r}", element)
        return None
    return written
