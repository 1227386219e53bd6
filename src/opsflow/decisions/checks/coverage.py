"""Which combinations of cells the rules of a table cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from opsflow.decisions.checks.budget import Budget


@dataclass(slots=True)
class Search:
    """Looks for combinations that no rule covers.

    A rule is a bit set of accepted cells for each column. `sizes` are the numbers of cells.
    """

    rules: Sequence[Sequence[int]]
    sizes: Sequence[int]
    budget: Budget
    _covered: set[tuple[int, int]] = field(default_factory=set)
    _takers: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Turn it round: for each cell, the rules that accept it, as a bit set."""
        for column, size in enumerate(self.sizes):
            takers = [0] * size
            for number, rule in enumerate(self.rules):
                self.budget.spend(1 + (rule[column].bit_count() >> 4))
                for cell in _cells(rule[column]):
                    takers[cell] |= 1 << number
            self._takers.append(takers)

    def gaps(self, within: Sequence[int], rules: int | None = None) -> Iterator[tuple[int, ...]]:
        """Combinations within a box of cells that none of the rules covers. Raises TooMuch.

        `rules` is a bit set of those that count; without it all do.
        """
        self._covered.clear()
        everything = (1 << len(self.rules)) - 1 if rules is None else rules
        yield from self._below(0, everything, within, ())

    def _below(
        self, column: int, alive: int, within: Sequence[int], chosen: tuple[int, ...]
    ) -> Iterator[tuple[int, ...]]:
        if column == len(self.sizes):
            if not alive:
                yield chosen
            return
        if (column, alive) in self._covered:
            return
        # Cells that meet the same rules lead to the same answers, so one of them is enough.
        tried: set[int] = set()
        found = False
        for cell in _cells(within[column]):
            self.budget.spend()
            left = alive & self._takers[column][cell]
            if left in tried:
                continue
            tried.add(left)
            for gap in self._below(column + 1, left, within, (*chosen, cell)):
                found = True
                yield gap
        if not found:
            self._covered.add((column, alive))


def _cells(box: int) -> Iterator[int]:
    while box:
        lowest = box & -box
        yield lowest.bit_length() - 1
        box ^= lowest


def common(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...] | None:
    """A combination that two rules have in common; None when there is none."""
    shared = [mine & yours for mine, yours in zip(first, second, strict=True)]
    if not all(shared):
        return None
    return tuple((box & -box).bit_length() - 1 for box in shared)
