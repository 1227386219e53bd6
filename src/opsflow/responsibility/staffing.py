"""Staffing proof: can the people there are do every task, separation of duties included?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from opsflow.people import Holder
from opsflow.responsibility.matrix import Matrix, Source
from opsflow.responsibility.separation import parties

Parties: TypeAlias = frozenset[str]
Options: TypeAlias = Mapping[str, frozenset[Parties]]
"""For each task, the parties that could do it: a person, or a substitute and the principal."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """A reason why some task cannot be done by the people there are.

    ``rule`` is ``staffing.responsible``, ``staffing.accountable`` or
    ``staffing.separation``; ``tasks`` of the last is the smallest set that cannot be
    staffed together: without any one of them, the others can.
    """

    rule: str
    tasks: tuple[str, ...]
    reason: str


def find_shortages(matrix: Matrix, holders: Callable[[str], Iterable[Holder]]) -> list[Shortage]:
    """Everything that keeps an instance from being done to its end; empty when nothing does.

    Assumes that an instance may come to every task. Tasks that the model assigns by itself,
    or leaves to anybody, are not looked at: who does them is not known beforehand.
    """
    rows = [r for r in matrix.rows.values() if r.source in (Source.MATRIX, Source.LANE)]
    options = {row.node_id: _options(row.responsible, holders) for row in rows}
    shortages = [
        Shortage(
            "staffing.responsible",
            (row.node_id,),
            f"nobody is there who could do {row.label!r}: {', '.join(row.responsible)}",
        )
        for row in rows
        if not options[row.node_id]
    ]
    shortages += [
        Shortage(
            "staffing.accountable",
            (row.node_id,),
            f"nobody is there to answer for {row.label!r}: {', '.join(row.accountable)}",
        )
        for row in rows
        if row.accountable and not _options(row.accountable, holders)
    ]
    return shortages + _separation_shortages(matrix, {k: v for k, v in options.items() if v})


def _options(
    roles: Iterable[str], holders: Callable[[str], Iterable[Holder]]
) -> frozenset[Parties]:
    """Without those that contain another: a person in their own role excludes fewer."""
    found = {parties(h.person, h.on_behalf_of) for role in roles for h in holders(role)}
    return frozenset(option for option in found if not any(other < option for other in found))


def _separation_shortages(matrix: Matrix, options: Options) -> list[Shortage]:
    shortages = []
    for group in _groups(matrix, options):
        if _can_be_staffed(matrix, {task: options[task] for task in group}):
            continue
        core = _smallest(matrix, group, options)
        labels = ", ".join(matrix.row(task).label for task in core)
        people = sorted({person for task in core for option in options[task] for person in option})
        reason = f"only {', '.join(people)} could do {labels}, which one person may not do together"
        shortages.append(Shortage("staffing.separation", core, reason))
    return shortages


def _groups(matrix: Matrix, options: Options) -> list[list[str]]:
    """The tasks that separation connects, directly or through others."""
    groups: list[list[str]] = []
    seen: set[str] = set()
    for task in options:
        group, reach = [], [task]
        while reach:
            found = reach.pop()
            if found in seen or found not in options:
                continue
            seen.add(found)
            group.append(found)
            reach += sorted(matrix.separated_from(found))
        if len(group) > 1:
            groups.append(group)
    return groups


def _smallest(matrix: Matrix, group: list[str], options: Options) -> tuple[str, ...]:
    """Leave out one task after the other, as long as the rest cannot be staffed."""
    core = list(group)
    for task in group:
        rest = [other for other in core if other != task]
        if not _can_be_staffed(matrix, {other: options[other] for other in rest}):
            core = rest
    return tuple(core)


def _can_be_staffed(matrix: Matrix, options: Options) -> bool:
    """Whether each task can have a party that shares nobody with those it is separated from.

    The task with the fewest parties is tried first. One with more persons than its
    neighbours could ever take away is left out: it can be staffed last, so that the search
    stays small however many people there are.
    """
    left = {task: found for task, found in options.items() if not _spare(matrix, task, options)}
    if len(left) < len(options):
        return _can_be_staffed(matrix, left)
    if not left:
        return True
    task = min(left, key=lambda item: len(left[item]))
    separated = matrix.separated_from(task)
    for option in sorted(left[task], key=sorted):
        rest = {
            other: frozenset(o for o in found if other not in separated or not o & option)
            for other, found in left.items()
            if other != task
        }
        if all(rest.values()) and _can_be_staffed(matrix, rest):
            return True
    return False


def _spare(matrix: Matrix, task: str, options: Options) -> bool:
    neighbours = matrix.separated_from(task) & options.keys()
    alone = sum(len(option) == 1 for option in options[task])
    most = sum(max((len(o) for o in options[other]), default=0) for other in neighbours)
    return alone > most
