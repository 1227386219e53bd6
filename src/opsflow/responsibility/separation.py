"""Separation of duties: who did what already, and what that keeps them from doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from opsflow.responsibility.matrix import Matrix
from opsflow.responsibility.verbs import Subject, Verb

PERFORMING = frozenset({Verb.CLAIM, Verb.TAKE, Verb.WORK, Verb.COMPLETE})
"""Doing any of these makes somebody a performer of the task; a claim that was given back
without work is not kept as a deed."""
JUDGING = frozenset({Verb.VOTE, Verb.ACCEPT_DEVIATION})
"""Doing any of these makes somebody a judge of the task."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did with a task, and for whom when it was as a substitute."""

    instance_id: str
    task_id: str
    process_key: str
    node_id: str
    verb: Verb
    person: str
    on_behalf_of: str | None = None

    @property
    def parties(self) -> frozenset[str]:
        """Those to whom it counts: a substitute's deed counts to both."""
        return parties(self.person, self.on_behalf_of)


def parties(person: str, on_behalf_of: str | None) -> frozenset[str]:
    """The person, and the one acted for: neither may be a way around the other."""
    return frozenset({person} if on_behalf_of is None else {person, on_behalf_of})


def performers(subject: Subject, deeds: Iterable[Deed]) -> frozenset[str]:
    """Everybody who has a part in the work of this very task."""
    found: set[str] = set()
    if subject.assignee is not None:
        found |= parties(subject.assignee, subject.assignee_on_behalf_of)
    for deed in deeds:
        if deed.task_id == subject.task_id and deed.verb in PERFORMING:
            found |= deed.parties
    return frozenset(found)


def judges(subject: Subject, deeds: Iterable[Deed], verb: Verb) -> frozenset[str]:
    """Everybody who has voted on this very task, or has decided about a deviation of it."""
    judged = (d for d in deeds if d.task_id == subject.task_id and d.verb is verb)
    return frozenset().union(*(deed.parties for deed in judged))


def conflict(
    matrix: Matrix,
    subject: Subject,
    acting: frozenset[str],
    deeds: Iterable[Deed],
    *,
    judging: bool = False,
) -> Deed | None:
    """The deed that keeps these parties from the task, if there is one.

    Who did one task of a pair neither does nor judges the other, and who judged it does not
    do the other, whichever comes first; ``judging`` both is no conflict.
    Both sides count with their principals, so a substitute can neither do the second task
    for somebody who did the first, nor do the first and leave the second to the principal.
    """
    excluded = matrix.separated_from(subject.node_id)
    for deed in deeds:
        if (
            deed.instance_id == subject.instance_id
            and deed.process_key == subject.process_key
            and deed.node_id in excluded
            and (deed.verb in PERFORMING or (deed.verb in JUDGING and not judging))
            and deed.parties & acting
        ):
            return deed
    return None
