"""The words of the rules: what a person wants to do, with what, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """Everything that somebody can do with a task."""

    OFFER = "offer"
    """Be offered it: see it among the work that can be claimed."""
    CLAIM = "claim"
    TAKE = "take"
    """Be the one it is assigned or delegated to."""
    RELEASE = "release"
    WORK = "work"
    """Save a draft, record a procedure step, attach evidence."""
    COMPLETE = "complete"
    DELEGATE = "delegate"
    ASSIGN = "assign"
    RETURN = "return"
    SCHEDULE = "schedule"
    """Set its due date or priority."""
    CANCEL = "cancel"
    ACCEPT_DEVIATION = "accept_deviation"
    """Decide on a deviation, either way."""
    VOTE = "vote"
    CONSULT = "consult"
    """Ask a consulted role."""
    ANSWER = "answer"
    """Answer as a consulted role."""
    COMMENT = "comment"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the rules need to know of a task. ``release_id`` is that of its own process.

    ``candidates`` and ``candidate_roles`` are what the assignment of the model came to when
    the task was opened: persons and roles it is meant for.
    """

    task_id: str
    instance_id: str
    release_id: str
    process_key: str
    node_id: str
    state: str
    suspended: bool = False
    assignee: str | None = None
    assignee_role: str | None = None
    assignee_on_behalf_of: str | None = None
    candidates: tuple[str, ...] = ()
    candidate_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """May a person do it? ``rule`` is the stable id of the rule that decided.

    ``role`` and ``on_behalf_of`` say what the person acts as when it is allowed. ``could``
    lists the persons who could do it, by id; it is empty where anybody could.
    """

    allowed: bool
    rule: str
    reason: str
    role: str | None = None
    on_behalf_of: str | None = None
    could: tuple[str, ...] = ()
