"""Input and output mappings of activities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from opsflow.engine.document import CAMUNDA_LIKE, OPSFLOW, ZEEBE, local, split, text_of
from opsflow.engine.expressions import Expression
from opsflow.engine.extensions import Mapping
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.extended import extensions
from opsflow.engine.parser.translation.feel_text import quoted
from opsflow.engine.rules import reading

_NAME = re.compile(r"[^\W\d]\w*")


def inputs(context: Reading, element: etree._Element) -> tuple[Mapping, ...]:
    """What an activity's own scope begins with."""
    return tuple(_mappings(context, element, "input", "inputParameter", "in"))


def outputs(context: Reading, element: etree._Element) -> tuple[Mapping, ...]:
    """What an activity gives to the scope around it."""
    return tuple(_mappings(context, element, "output", "outputParameter", "out"))


def _mappings(
    context: Reading, element: etree._Element, plain: str, parameter: str, call: str
) -> Iterator[Mapping]:
    for found in extensions(element, plain, (OPSFLOW,)):
        yield from _plain(context, found, found.get("source"), found.get("target"))
    for container in extensions(element, "ioMapping", (ZEEBE,)):
        for found in container:
            if local(found) == plain:
                yield from _plain(context, found, found.get("source"), found.get("target"))
    for container in extensions(element, "inputOutput", CAMUNDA_LIKE):
        for found in container:
            if local(found) == parameter:
                yield from _parameter(context, found)
    for found in extensions(element, call, CAMUNDA_LIKE):
        yield from _passed(context, found)


def _plain(
    context: Reading, place: etree._Element, source: str | None, target: str | None
) -> Iterator[Mapping]:
    """``source`` is FEEL with or without ``=``; a JUEL template is translated."""
    text = (source or "").strip()
    if not text or not _is_name(context, place, target):
        if not text:
            context.remark(reading.MISSING, "the attribute source is missing", place)
        return
    language = None if "${" in text or "#{" in text else "feel"
    expression = expressions.from_text(context, text, place, language)
    if expression is not None:
        yield Mapping(source=expression, target=str(target).strip())


def _parameter(context: Reading, place: etree._Element) -> Iterator[Mapping]:
    if not _is_name(context, place, place.get("name")):
        return
    expression = _parameter_value(context, place)
    if expression is not None:
        yield Mapping(source=expression, target=str(place.get("name")).strip())


def _parameter_value(context: Reading, place: etree._Element) -> Expression | None:
    if len(place) == 0:
        return _as_feel(context, text_of(place), place)
    kind = local(place[0])
    if kind in ("list", "map"):
        return _collected(context, place[0], kind)
    message = f"a parameter made by a {kind} is not supported"
    context.remark(reading.FOREIGN_CODE, message, place, "Write the value as an expression.")
    return None


def _collected(context: Reading, place: etree._Element, kind: str) -> Expression:
    """A Camunda list of values or map of entries as a FEEL list or context."""
    texts = []
    for child in place:
        item = _as_feel(context, text_of(child), child)
        key = f"{quoted(child.get('key') or '')}: " if kind == "map" else ""
        texts.append(f"{key}{item.text}")
    inside = ", ".join(texts)
    text = f"{{{inside}}}" if kind == "map" else f"[{inside}]"
    return Expression(text=text, written=text)


def _as_feel(context: Reading, text: str, place: etree._Element) -> Expression:
    """A parameter's text is itself unless it is an expression."""
    found = expressions.value(context, text, place)
    if found is None or found.literal:
        return Expression(text=quoted(text), written=text)
    return found


def _passed(context: Reading, place: etree._Element) -> Iterator[Mapping]:
    """``camunda:in`` and ``camunda:out``: nothing mapped means that all is passed."""
    if place.get("variables") == "all" or place.get("businessKey") is not None:
        return
    source = place.get("source")
    if source is not None:
        yield from _plain(context, place, source, place.get("target"))
        return
    written = place.get("sourceExpression") or ""
    if not _is_name(context, place, place.get("target")):
        return
    expression = expressions.from_text(context, written, place)
    if expression is not None:
        yield Mapping(source=expression, target=str(place.get("target")).strip())


def _is_name(context: Reading, place: etree._Element, target: str | None) -> bool:
    """A mapping writes one variable; a path into a structure is refused."""
    if target is not None and _NAME.fullmatch(target.strip()):
        return True
    what = split(str(place.tag))[1]
    context.remark(reading.BAD_VALUE, f"{what} writes {target!r}, which is no variable name", place)
    return False
