"""What a dry run over many instances says: counted, with examples, in little memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from opsflow.engine import MigrationPlan
from opsflow.findings import Finding

EXAMPLES = 5
"""How many instances are named for each finding, where nobody asks for more."""


@dataclass(frozen=True, slots=True)
class FindingCount:
    """A finding, in how many instances it was made, and some of them by id."""

    finding: Finding
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationForecast:
    """What a dry run says of all running instances of a version."""

    plan: MigrationPlan
    review: tuple[Finding, ...]
    """What there is to say about the plan itself."""
    total: int
    """How many were looked at."""
    complete: bool
    """Whether these were all."""
    possible: int
    """How many could be migrated now."""
    findings: tuple[FindingCount, ...]
    """Errors first, the most frequent first."""

    @property
    def refused(self) -> int:
        """How many could not be migrated now."""
        return self.total - self.possible


@dataclass(slots=True)
class Forecast:
    """Counts findings as they come."""

    examples: int
    total: int = 0
    possible: int = 0
    _counts: dict[Finding, int] = field(default_factory=dict)
    _named: dict[Finding, list[str]] = field(default_factory=dict)

    def add(self, instance_id: str, findings: Iterable[Finding]) -> None:
        """One more instance, and what was found in it."""
        self.total += 1
        found = dict.fromkeys(findings)
        self.possible += not any(each.is_error for each in found)
        for each in found:
            self._counts[each] = self._counts.get(each, 0) + 1
            named = self._named.setdefault(each, [])
            if len(named) < self.examples:
                named.append(instance_id)

    def made(
        self, plan: MigrationPlan, review: Iterable[Finding], *, complete: bool
    ) -> MigrationForecast:
        """What has been counted."""
        counted = [
            FindingCount(each, count, tuple(self._named[each]))
            for each, count in self._counts.items()
        ]
        counted.sort(key=lambda each: (not each.finding.is_error, -each.count))
        return MigrationForecast(
            plan=plan,
            review=tuple(review),
            total=self.total,
            complete=complete,
            possible=self.possible,
            findings=tuple(counted),
        )
