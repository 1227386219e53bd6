"""How much a check may do, counted rather than timed, so that it tells the same every time."""

from __future__ import annotations

from dataclasses import dataclass

STEPS_PER_TABLE = 1_500_000
STEPS_PER_MODEL = 4_000_000


class TooMuch(Exception):
    """The check was given up: there is more to look at than it may."""


@dataclass(slots=True)
class Budget:
    """Steps that are left. `within` is a larger budget that is charged too."""

    steps: int
    within: Budget | None = None

    def spend(self, steps: int = 1) -> None:
        """Charge work. Raises TooMuch when there are no steps left for it."""
        self.steps -= steps
        if self.steps < 0:
            raise TooMuch
        if self.within is not None:
            self.within.spend(steps)
