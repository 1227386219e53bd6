"""Expressions as written in a file, made into FEEL or taken as the constants they are."""

from __future__ import annotations

import re

from lxml import etree

from opsflow import feel
from opsflow.engine.document import line_of, text_of
from opsflow.engine.expressions import Expression
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.translation import TranslationError, translate
from opsflow.engine.rules import reading

_TRANSLATED_LANGUAGES = re.compile(r"juel|python|java$|javascript|uel|xpath", re.IGNORECASE)


def condition(context: Reading, element: etree._Element | None) -> Expression | None:
    """A condition or number: FEEL, or another language's that can be put into FEEL."""
    if element is None:
        return None
    return from_text(context, text_of(element), element, element.get("language"))


def value(context: Reading, written: str | None, place: etree._Element) -> Expression | None:
    """A value where a plain text means itself: ``=`` begins FEEL, ``${`` JUEL."""
    text = (written or "").strip()
    if not text:
        return None
    if text.startswith("=") or "${" in text or "#{" in text:
        return from_text(context, text, place)
    return Expression(text=text, written=text, line=line_of(place), literal=True)


def from_text(
    context: Reading, written: str, place: etree._Element, language: str | None = None
) -> Expression | None:
    """An expression in FEEL or in a language that can be put into FEEL; None where empty."""
    text = written.strip()
    if not text:
        return None
    context.spend(text)
    line = line_of(place)
    if text.startswith("="):
        return Expression(text=text[1:].strip(), written=written, line=line)
    language = language or context.document.root.get("expressionLanguage") or ""
    if "feel" in language.lower():
        return Expression(text=text, written=written, line=line)
    if language and not _TRANSLATED_LANGUAGES.search(language):
        context.remark(reading.LANGUAGE, f"the expression language is {language}", place)
        return Expression(text="null", written=written, line=line)
    return Expression(text=_translated(context, text, place), written=written, line=line)


def _translated(context: Reading, text: str, place: etree._Element) -> str:
    try:
        translated = translate(text)
    except TranslationError as error:
        if _is_feel(text):
            translated = text
        else:
            where = f"{text[:200]!r} at character {error.position + 1}: {error}"
            context.remark(reading.UNTRANSLATABLE, where, place)
            return "null"
    if translated != text:
        context.remark(reading.TRANSLATED, f"{text!r} was read as FEEL: {translated}", place)
    return translated


def _is_feel(text: str) -> bool:
    """Whether it is FEEL that only lacks its leading ``=``."""
    try:
        feel.compile(text)
    except feel.FeelError:
        return False
    return True
