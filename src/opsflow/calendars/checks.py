"""Which calendars a process names: each must be there when it is deployed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from opsflow.engine import Node, Process, Rule
from opsflow.findings import Finding, Severity

UNKNOWN = Rule(
    "opsflow.calendar.unknown",
    Severity.ERROR,
    "The calendars that a process names are there.",
    "Define the calendar (opsflow calendar set FILE), or write unit, default or always.",
    "opsflow calendars",
)
RULES: tuple[Rule, ...] = (UNKNOWN,)


def check_calendars(process: Process, known: Callable[[], Collection[str]]) -> list[Finding]:
    """A finding for every calendar that is not there; ``known`` is asked only if one is named."""
    named = list(_named(process))
    if not named:
        return []
    there = known()
    return [
        Finding(
            severity=UNKNOWN.severity,
            rule=UNKNOWN.id,
            message=f"there is no calendar {key!r}",
            hint=UNKNOWN.hint,
            element=node.id if node else process.id,
            name=node.name if node else process.name,
            line=line or (node.line if node else process.line),
        )
        for node, key, line in named
        if key not in there
    ]


def _named(process: Process) -> Iterator[tuple[Node | None, str, int]]:
    """Every calendar named, with where."""
    controls = process.controls
    if controls.calendar:
        yield None, controls.calendar, 0
    if controls.service_level and controls.service_level.calendar:
        yield None, controls.service_level.calendar, controls.service_level.line
    for node in process.nodes.values():
        if node.controls.calendar:
            yield node, node.controls.calendar, 0
        level = node.controls.service_level
        if level and level.calendar:
            yield node, level.calendar, level.line
        for event in node.events:
            if event.calendar:
                yield node, event.calendar, event.line
