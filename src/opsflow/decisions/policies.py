"""Hit policies: what a table gives when one, several or no rules match (DMN 1.5 §8.2.10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from opsflow.decisions.errors import RulesConflict
from opsflow.feel.embedding import BUILTINS, Run, equal


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched: its outputs, and how high each ranks, 0 being the highest."""

    number: int
    id: str
    values: tuple[object, ...]
    ranks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How outputs make a value: alone as they are, several as a context."""

    decision: str
    names: tuple[str, ...]

    def of(self, values: Sequence[object]) -> object:
        """The value of one rule's outputs."""
        return values[0] if len(values) == 1 else dict(zip(self.names, values, strict=True))


def _null() -> object:
    return None


_Decide: TypeAlias = Callable[[Run, Outcome, Sequence[Hit]], object]


@dataclass(frozen=True, slots=True)
class Policy:
    """A hit policy. `nothing` makes its value when no rule matches and there is no default."""

    name: str
    decide: _Decide
    nothing: Callable[[], object] = _null
    stops_at_first: bool = False
    ranks: bool = False


def _unique(_run: Run, outcome: Outcome, hits: Sequence[Hit]) -> object:
    if len(hits) > 1:
        raise RulesConflict(outcome.decision, "UNIQUE", [(hit.number, hit.id) for hit in hits])
    return outcome.of(hits[0].values)


def _any(run: Run, outcome: Outcome, hits: Sequence[Hit]) -> object:
    first = outcome.of(hits[0].values)
    for hit in hits[1:]:
        if equal(run, first, outcome.of(hit.values)) is not True:
            clash = [(hits[0].number, hits[0].id), (hit.number, hit.id)]
            raise RulesConflict(outcome.decision, "ANY", clash)
    return first


def _first(_run: Run, outcome: Outcome, hits: Sequence[Hit]) -> object:
    return outcome.of(hits[0].values)


def _priority(_run: Run, outcome: Outcome, hits: Sequence[Hit]) -> object:
    return outcome.of(min(hits, key=lambda hit: hit.ranks).values)


def _rule_order(_run: Run, outcome: Outcome, hits: Sequence[Hit]) -> object:
    return [outcome.of(hit.values) for hit in hits]


def _output_order(_run: Run, outcome: Outcome, hits: Sequence[Hit]) -> object:
    return [outcome.of(hit.values) for hit in sorted(hits, key=lambda hit: hit.ranks)]


def _aggregated(function: str) -> _Decide:
    def aggregate(run: Run, outcome: Outcome, hits: Sequence[Hit]) -> object:
        columns = zip(*(hit.values for hit in hits), strict=True)
        return outcome.of([BUILTINS[function].call(run, [list(column)]) for column in columns])

    return aggregate


POLICIES = {
    ("UNIQUE", ""): Policy("UNIQUE", _unique),
    ("ANY", ""): Policy("ANY", _any),
    ("FIRST", ""): Policy("FIRST", _first, stops_at_first=True),
    ("PRIORITY", ""): Policy("PRIORITY", _priority, ranks=True),
    ("RULE ORDER", ""): Policy("RULE ORDER", _rule_order),
    ("OUTPUT ORDER", ""): Policy("OUTPUT ORDER", _output_order, ranks=True),
    ("COLLECT", ""): Policy("COLLECT", _rule_order, nothing=list),
    ("COLLECT", "SUM"): Policy("COLLECT SUM", _aggregated("sum")),
    ("COLLECT", "MIN"): Policy("COLLECT MIN", _aggregated("min")),
    ("COLLECT", "MAX"): Policy("COLLECT MAX", _aggregated("max")),
    ("COLLECT", "COUNT"): Policy("COLLECT COUNT", _aggregated("count"), nothing=Decimal),
}
"""Every hit policy, by its name and aggregation."""
