"""Being told to stop: in peace, or at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event


@dataclass(frozen=True, slots=True)
class Stop:
    """``asked`` lets a worker finish what it has begun; ``at_once`` has it hand that back too."""

    asked: Event = field(default_factory=Event)
    at_once: Event = field(default_factory=Event)

    def ask(self) -> None:
        """Stop in peace; whoever asks a second time means at once."""
        if self.asked.is_set():
            self.at_once.set()
        self.asked.set()
