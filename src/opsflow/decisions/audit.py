"""The account of one evaluation: what it may cost, what it warned of, which rules matched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from opsflow.feel import FeelWarning, Limits
from opsflow.feel.embedding import Env, Run

DECISION_LIMITS = Limits(steps=1_000_000, seconds=5.0)
"""Bounds of one evaluation of a decision with all that it requires."""

_MAX_HITS = 1_000


@dataclass(frozen=True, slots=True)
class DecisionWarning(FeelWarning):
    """Why a part of a decision became null: in which element, and in which of its texts."""

    element: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class MatchedRules:
    """The rules of one table that matched, as numbers from 1 with their ids, in table order.

    `decision` is the decision or business knowledge model that holds the table. `inputs` are the
    values that were tested.
    """

    decision: str
    table: str
    rules: tuple[tuple[int, str], ...]
    inputs: tuple[object, ...]


class Audit(Run):
    """A run that remembers what an auditor asks for."""

    __slots__ = ("hits",)

    def __init__(self, limits: Limits = DECISION_LIMITS, now: datetime | None = None) -> None:
        super().__init__(limits, now)
        self.hits: list[MatchedRules] = []

    def place(self, since: int, element: str, text: str) -> None:
        """Say of the warnings since then where they arose, unless that is known already."""
        for index in range(since, len(self.warnings)):
            warning = self.warnings[index]
            if not isinstance(warning, DecisionWarning):
                self.warnings[index] = DecisionWarning(
                    warning.message, warning.position, element, text
                )

    def matched(self, hits: MatchedRules) -> None:
        """Note which rules matched; past the first thousand tables, notes are dropped."""
        if len(self.hits) < _MAX_HITS:
            self.hits.append(hits)

    def placed_warnings(self) -> tuple[DecisionWarning, ...]:
        """All warnings."""
        self.place(0, "", "")
        return tuple(replace(cast("DecisionWarning", warning)) for warning in self.warnings)


def audit_of(env: Env) -> Audit:
    """The account of a scope. Every program of this package runs on an `Audit`."""
    return cast("Audit", env.run)
