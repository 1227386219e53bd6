"""How large a file may be before it is refused unread."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Caps on a BPMN file; ``bytes`` is checked before parsing, the others while it goes on.

    ``expressions`` counts the characters of all expressions together: each one is compiled.
    """

    bytes: int = 10_000_000
    depth: int = 128
    elements: int = 100_000
    expressions: int = 500_000


DEFAULT = ReadLimits()
