"""What goes wrong when a decision is evaluated.

OpsflowError
└── DecisionFailed        the decision has no result
    ├── RulesConflict     more rules of a table matched than its hit policy allows
    └── DecisionTooLarge  the evaluation went beyond its limits
"""

from __future__ import annotations

from collections.abc import Sequence

from opsflow.errors import OpsflowError


class DecisionFailed(OpsflowError):
    """A decision has no result. ``decision`` names it."""

    def __init__(self, decision: str, reason: str) -> None:
        self.decision = decision
        self.reason = reason
        super().__init__(f"The decision {decision!r} failed: {reason}")


class RulesConflict(DecisionFailed):
    """Rules of a table contradict each other; ``rules`` are their numbers, from 1, and ids."""

    def __init__(self, decision: str, policy: str, rules: Sequence[tuple[int, str]]) -> None:
        self.policy = policy
        self.rules = tuple(rules)
        listed = " and ".join(f"{number} ({id})" if id else str(number) for number, id in rules)
        super().__init__(decision, f"the rules {listed} match, which {policy} does not allow")


class DecisionTooLarge(DecisionFailed):
    """The evaluation went beyond a limit. ``limit`` names it."""

    def __init__(self, decision: str, limit: str, reason: str) -> None:
        self.limit = limit
        super().__init__(decision, reason)
