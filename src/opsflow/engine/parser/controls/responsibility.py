"""``opsflow:responsibility`` and ``opsflow:separation``."""

from __future__ import annotations

import re

from lxml import etree

from opsflow.engine.document import line_of
from opsflow.engine.extensions import Responsibility, SeparationOfDuties
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.extended import opsflow_elements
from opsflow.engine.rules import reading
from opsflow.engine.timers import TimerInvalid, parse_interval


def words(value: str | None) -> tuple[str, ...]:
    """Names separated by commas; a name may contain spaces, and counts once."""
    return tuple(dict.fromkeys(places(value)))


def places(value: str | None) -> tuple[str, ...]:
    """Names separated by commas; a name that is written twice takes two places."""
    names = (name.strip() for name in re.split(r"[,;]", value or ""))
    return tuple(name for name in names if name)


def responsibility(context: Reading, element: etree._Element) -> Responsibility | None:
    """The RACI roles of a task or the defaults of a process."""
    for found in opsflow_elements(element, "responsibility"):
        return Responsibility(
            responsible=words(found.get("responsible")),
            accountable=words(found.get("accountable")),
            consulted=words(found.get("consulted")),
            informed=words(found.get("informed")),
            consult_required=_consult_required(context, found),
            consult_within=_within(context, found),
        )
    return None


def separations(element: etree._Element) -> tuple[SeparationOfDuties, ...]:
    """The separation-of-duties rules of a process."""
    return tuple(
        SeparationOfDuties(
            tasks=tuple(dict.fromkeys(re.split(r"[,\s]+", (found.get("tasks") or "").strip()))),
            line=line_of(found),
        )
        for found in opsflow_elements(element, "separation")
    )


def _consult_required(context: Reading, found: etree._Element) -> bool:
    value = found.get("consult") or "optional"
    if value not in ("required", "optional"):
        context.remark(reading.BAD_VALUE, f"consult is {value!r}, not required or optional", found)
    return value == "required"


def _within(context: Reading, found: etree._Element) -> str | None:
    value = found.get("consultWithin")
    if value is None:
        return None
    try:
        parse_interval(value[:100])
    except (TimerInvalid, OverflowError) as error:
        context.remark(reading.BAD_VALUE, f"consultWithin: {error}", found)
        return None
    return value
