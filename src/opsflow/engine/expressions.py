"""Expressions of a model: FEEL source with its place, compiled on first use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsflow import feel


@dataclass(frozen=True, slots=True)
class Expression:
    """FEEL text (without a leading ``=``) and what the model's author wrote.

    ``literal`` marks a plain text, such as ``PT5S`` or a user id, whose value is itself.
    """

    text: str
    written: str = ""
    line: int = 0
    literal: bool = False

    def evaluate(self, variables: Mapping[str, object], now: datetime) -> object:
        """The value over the variables; null (``None``) where FEEL says null."""
        if self.literal:
            return self.text
        return feel.compile(self.text, names=()).evaluate(variables, now=now)
