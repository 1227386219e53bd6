"""Expressions of other languages put into FEEL: the common subset of JUEL, simple Python."""

from opsflow.engine.parser.translation.templates import translate
from opsflow.engine.parser.translation.tokens import TranslationError

__all__ = ["TranslationError", "translate"]
