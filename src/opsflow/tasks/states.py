"""The life of a task: its states, and every edge between them. Drawn in docs/states.md."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a task is in its life."""

    BLOCKED = "blocked"
    """An entry gate is open."""
    OFFERED = "offered"
    """Whoever may do it can claim it."""
    CLAIMED = "claimed"
    """Its assignee works on it."""
    IN_REVIEW = "in_review"
    """Submitted; an exit gate is open."""
    COMPLETED = "completed"
    CANCELLED = "cancelled"


OPEN = frozenset({State.BLOCKED, State.OFFERED, State.CLAIMED, State.IN_REVIEW})
"""The states of a task that is not over."""

_WITH_SOMEBODY = frozenset({State.OFFERED, State.CLAIMED})
_AT_WORK = frozenset({State.CLAIMED, State.IN_REVIEW})

EDGES: Mapping[str, Mapping[State, State]] = {
    "unblock": {State.BLOCKED: State.OFFERED},
    "claim": {State.OFFERED: State.CLAIMED},
    "release": {State.CLAIMED: State.OFFERED},
    "assign": dict.fromkeys(_WITH_SOMEBODY, State.CLAIMED),
    "delegate": {State.CLAIMED: State.CLAIMED},
    "reassign": dict.fromkeys(_WITH_SOMEBODY, State.OFFERED),
    "return": dict.fromkeys(_AT_WORK, State.OFFERED),
    "submit": {State.CLAIMED: State.IN_REVIEW},
    "rework": {State.IN_REVIEW: State.CLAIMED},
    "complete": {State.CLAIMED: State.COMPLETED},
    "finish": {State.IN_REVIEW: State.COMPLETED},
    "cancel": dict.fromkeys(OPEN, State.CANCELLED),
}
"""What each verb makes of each state; a state that is not there refuses the verb."""

ALLOWED: Mapping[str, frozenset[State]] = {
    **{verb: frozenset(edges) for verb, edges in EDGES.items()},
    "save a draft": frozenset({State.CLAIMED}),
    "attach": frozenset({State.CLAIMED}),
    "set a follow-up": frozenset({State.CLAIMED}),
    "schedule": OPEN,
    "comment": frozenset(State),
}
"""The states that allow each verb; the last five change no state."""

WHILE_SUSPENDED = frozenset({"cancel"})
"""What a task takes while its instance is suspended."""
