"""What others are told of an event: what it is about, and none of the values it carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from opsflow.events import Event

_TOLD = frozenset(
    {
        "at",
        "attempt",
        "assignee",
        "by",
        "candidates",
        "choice",
        "code",
        "decision",
        "gate",
        "key",
        "kind",
        "loop_counter",
        "on_behalf_of",
        "performer",
        "person",
        "previous",
        "priority",
        "required",
        "role",
        "roles",
        "round",
        "rule",
        "then",
        "to",
        "topic",
        "type",
        "unit",
        "verb",
        "version",
        "waiting",
    }
)
"""Facts that name something. What is not listed stays inside, also in events to come."""
_NAMING = ("_id", "_at", "_key", "_from", "_until")
_VALUES = frozenset({"values", "variables", "data", "inputs"})
"""Facts of which the names are told, and not what they hold."""


def public(event: Event) -> dict[str, object]:
    """The facts of an event as others get them, in JSON: ids, names, states and times."""
    told: dict[str, object] = {}
    for name, value in event.facts.items():
        if name in _VALUES and isinstance(value, Mapping):
            told["names"] = sorted(map(str, value))
        elif name in _TOLD or name.endswith(_NAMING):
            told[name] = value
    actor = event.actor
    who = {"person": actor.person, "role": actor.role, "on_behalf_of": actor.on_behalf_of}
    found: dict[str, object] = json.loads(json.dumps({**told, "actor": who}, default=_plain))
    return found


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
