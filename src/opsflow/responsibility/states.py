"""In which states of a task each verb has a meaning: what ``why`` says before it asks who."""

from __future__ import annotations

from collections.abc import Mapping

from opsflow.errors import WrongState
from opsflow.responsibility.verbs import Ruling, Subject, Verb

_OPEN = frozenset({"blocked", "offered", "claimed", "in_review"})

_STATES: Mapping[Verb, frozenset[str]] = {
    Verb.OFFER: frozenset({"offered"}),
    Verb.CLAIM: frozenset({"offered"}),
    Verb.TAKE: frozenset({"offered", "claimed"}),
    Verb.ASSIGN: frozenset({"offered", "claimed"}),
    Verb.RELEASE: frozenset({"claimed"}),
    Verb.WORK: frozenset({"claimed"}),
    Verb.COMPLETE: frozenset({"offered", "claimed"}),
    Verb.DELEGATE: frozenset({"claimed"}),
    Verb.RETURN: frozenset({"claimed", "in_review"}),
    Verb.VOTE: frozenset({"blocked", "in_review"}),
    Verb.ACCEPT_DEVIATION: _OPEN,
    Verb.SCHEDULE: _OPEN,
    Verb.CANCEL: _OPEN,
    Verb.CONSULT: _OPEN,
    Verb.ANSWER: _OPEN,
}
"""A verb that is not here is possible in every state."""


def state_ruling(subject: Subject, verb: Verb) -> Ruling | None:
    """A refusal by the state of the task or its instance, rule ``state.<state>``, or None."""
    possible = _STATES.get(verb)
    if possible is None:
        return None
    if subject.suspended:
        return Ruling(False, "state.suspended", "its instance is suspended")
    if subject.state in possible:
        return None
    by = f" by {subject.assignee}" if subject.state == "claimed" else ""
    reason = f"the task is {subject.state}{by}; it would have to be {_either(possible)}"
    return Ruling(False, f"state.{subject.state}", reason)


def require_state(subject: Subject, verb: Verb) -> None:
    """Raise WrongState where the verb has no meaning in the state of the task."""
    if state_ruling(subject, verb) is not None:
        state = "suspended" if subject.suspended else subject.state
        raise WrongState("task", subject.task_id, state, verb.value)


def _either(states: frozenset[str]) -> str:
    return " or ".join(sorted(states))
