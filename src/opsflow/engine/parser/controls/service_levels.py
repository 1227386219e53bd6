"""``opsflow:serviceLevel`` with its rungs."""

from __future__ import annotations

from datetime import timedelta

from lxml import etree

from opsflow.engine.document import OPSFLOW, line_of
from opsflow.engine.extensions import Act, Anchor, Rung, ServiceLevel
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.extended import opsflow_elements
from opsflow.engine.parser.controls.values import chosen, required, whole
from opsflow.engine.rules import reading
from opsflow.engine.timers import Interval, TimerInvalid, parse_interval

RUNGS_LIMIT = 20
"""Rungs of one ladder."""


def service_level(context: Reading, element: etree._Element) -> ServiceLevel | None:
    """The service level of a task, or the default of a process."""
    for found in opsflow_elements(element, "serviceLevel"):
        rungs = [_rung(context, each) for each in found.iterfind(f"{{{OPSFLOW}}}rung")]
        if len(rungs) > RUNGS_LIMIT:
            message = f"a service level has up to {RUNGS_LIMIT} rungs, not {len(rungs)}"
            context.remark(reading.BAD_VALUE, message, found)
        return ServiceLevel(
            due=_duration(context, found, "due"),
            calendar=(found.get("calendar") or "").strip() or None,
            rungs=tuple(rung for rung in rungs[:RUNGS_LIMIT] if rung is not None),
            line=line_of(found),
        )
    return None


def _rung(context: Reading, element: etree._Element) -> Rung | None:
    said = [anchor for anchor in Anchor if element.get(anchor) is not None]
    if len(said) != 1:
        message = "a rung has one of at, before and after"
        context.remark(reading.MISSING if not said else reading.BAD_VALUE, message, element)
        return None
    time = _duration(context, element, said[0])
    required(context, element, "do")
    act = chosen(context, element, "do", tuple(Act), None)
    if time is None or act is None:
        return None
    return Rung(
        act=Act(act),
        anchor=said[0],
        time=time,
        to=_to(context, element, act),
        every=_duration(context, element, "every"),
        times=_times(context, element),
        line=line_of(element),
    )


def _to(context: Reading, element: etree._Element, act: str) -> str | None:
    to = (element.get("to") or "").strip() or None
    if to is not None and act != Act.REASSIGN:
        context.remark(reading.BAD_VALUE, f"to has no meaning where a rung does {act}", element)
        return None
    return to


def _times(context: Reading, element: etree._Element) -> int | None:
    times = whole(context, element, "times")
    if times is not None and element.get("every") is None:
        message = "times says how often every comes, which is missing"
        context.remark(reading.MISSING, message, element)
    return times


def _duration(context: Reading, element: etree._Element, name: str) -> str | None:
    """An attribute that is an ISO 8601 duration longer than nothing."""
    written = element.get(name)
    if written is None:
        return None
    text = written.strip()
    try:
        length = parse_interval(text[:100])
    except (TimerInvalid, OverflowError) as error:
        context.remark(reading.BAD_VALUE, f"{name}: {error}", element)
        return None
    if not _is_positive(length):
        context.remark(reading.BAD_VALUE, f"{name}: {text!r} is not longer than nothing", element)
        return None
    return text


def _is_positive(length: Interval) -> bool:
    return length.months > 0 or length.days > 0 or length.exact > timedelta()
