"""What a task is opened with: whom it is offered to, when it is due, how urgent it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias, TypeVar

from opsflow import feel
from opsflow.db import require_key
from opsflow.engine import (
    Expression,
    Interval,
    Node,
    TimerInvalid,
    counted_interval,
    parse_interval,
)
from opsflow.errors import Invalid
from opsflow.responsibility import Row, Source
from opsflow.tasks.models import PRIORITIES, PRIORITY, Task, require_priority
from opsflow.tasks.states import State
from opsflow.texts import is_storable

T = TypeVar("T")
Counting: TypeAlias = Callable[[datetime, Interval], datetime]
"""When a duration from a moment on ends, in a calendar. Raises TimerInvalid."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An expression of the model that gave no usable value. ``what``: due, priority …"""

    what: str
    expression: str
    value: str


@dataclass(slots=True)
class Opening:
    """What the model says about one task, over the variables it sees."""

    roles: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    due_at: datetime | None = None
    follow_up_at: datetime | None = None
    priority: int = PRIORITY
    unreadable: list[Unreadable] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task is opened; ``release_id`` is that of the process the node belongs to."""

    instance_id: str
    step_id: str
    node_id: str
    release_id: str


def new_task(
    id: str, place: Place, process_key: str, node: Node, opening: Opening, now: datetime
) -> Task:
    """The task of a step: blocked where the node has an entry gate, else offered."""
    is_blocked = any(gate.at == "entry" for gate in node.controls.gates)
    task = Task(
        id=id,
        instance_id=place.instance_id,
        release_id=place.release_id,
        process_key=process_key,
        step_id=place.step_id,
        node_id=place.node_id,
        name=node.label,
        state=State.BLOCKED if is_blocked else State.OFFERED,
        suspended=False,
        candidate_roles=opening.roles,
        candidates=opening.candidates,
        offered_at=None if is_blocked else now,
        due_at=opening.due_at,
        follow_up_at=opening.follow_up_at,
        priority=opening.priority,
        round=1,
        revision=1,
        created_at=now,
    )
    task.offer()
    return task


def opening_of(
    node: Node,
    row: Row,
    variables: Mapping[str, object],
    now: datetime,
    count: Counting | None = None,
    level_due: Callable[[], datetime | None] = lambda: None,
) -> Opening:
    """Read the matrix row and the assignment of a node.

    ``count`` counts durations in the calendar of the task, ``level_due`` gives the due date
    of its service level. A value that cannot be used is left out and listed: the work goes on
    without a due date rather than not at all.
    """
    opening = Opening()
    reader = _Reader(variables, now, opening.unreadable)
    said = node.controls.assignment
    groups = reader.names("candidate group", said.candidate_groups)
    users = reader.names("candidate", said.candidate_users)
    assignee = reader.names("assignee", (said.assignee,) if said.assignee else ())
    opening.roles = groups if row.source is Source.ASSIGNMENT else row.responsible
    opening.candidates = _distinct(assignee, users)
    opening.due_at = reader.value("due", said.due, lambda found: moment_of(found, now, count))
    if said.due is None:
        opening.due_at = reader.due_of_level(level_due)
    opening.follow_up_at = reader.value(
        "follow-up", said.follow_up, lambda found: moment_of(found, now, count)
    )
    priority = reader.value("priority", said.priority, _priority)
    opening.priority = PRIORITY if priority is None else priority
    return opening


def moment_of(value: object, now: datetime, count: Counting | None = None) -> datetime:
    """The moment that a date, a moment or a duration from now means.

    With ``count`` a duration is counted in a calendar. A date without a time is due when its
    day ends, in UTC. Raises ValueError for any other value, ``feel.FeelError`` for a text that
    is none of these.
    """
    match value:
        case str() if count is not None and value.lstrip("-").startswith("P"):
            return count(now, parse_interval(value))
        case str():
            return moment_of(_parse(value), now, count)
        case datetime():
            # An OverflowError tells of a moment that has no date in UTC.
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        case date():
            return datetime.combine(value, time(), UTC) + timedelta(days=1)
        case timedelta() | feel.YearsMonthsDuration() if count is not None:
            return count(now, counted_interval(value))
        case timedelta() | feel.YearsMonthsDuration():
            return feel.add_duration(now, value)
        case _:
            raise ValueError(f"{value!r} is no moment and no duration")


def _parse(text: str) -> object:
    if text.lstrip("-").startswith("P"):
        return feel.parse_duration(text)
    return feel.parse_datetime(text) if "T" in text else date.fromisoformat(text)


def _priority(value: object) -> int:
    number = Decimal(str(value))
    # Compared before it becomes an int: that of 1e999999999 would fill the memory.
    if not min(PRIORITIES) <= number <= max(PRIORITIES) or number % 1:
        raise ValueError(f"{value} is no priority")
    return require_priority(int(number))


class _Reader:
    """Evaluates expressions over the variables, and notes those without a usable value."""

    def __init__(
        self, variables: Mapping[str, object], now: datetime, unreadable: list[Unreadable]
    ) -> None:
        self._variables = variables
        self._now = now
        self._unreadable = unreadable

    def value(
        self, what: str, expression: Expression | None, read: Callable[[object], T]
    ) -> T | None:
        if expression is None:
            return None
        found: object = None
        try:
            found = expression.evaluate(self._variables, self._now)
            return read(found)
        except (feel.FeelError, Invalid, ValueError, ArithmeticError) as error:
            reason = str(error) if found is None else repr(found)
            self._unreadable.append(Unreadable(what, expression.text, reason[:200]))
            return None

    def due_of_level(self, level_due: Callable[[], datetime | None]) -> datetime | None:
        try:
            return level_due()
        except TimerInvalid as error:
            self._unreadable.append(Unreadable("due", "opsflow:serviceLevel", str(error)[:200]))
            return None

    def names(self, what: str, expressions: Iterable[Expression]) -> tuple[str, ...]:
        found = [self.value(what, expression, _names) or () for expression in expressions]
        return _distinct(*found)


def _names(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, (list, tuple)) else str(value).split(",") if value else ()
    names = tuple(_name(str(item).strip()) for item in items if item is not None)
    if not all(names) or not names:
        raise ValueError(f"{value!r} names nobody")
    return names


def _name(text: str) -> str:
    if not is_storable(text):
        raise ValueError(f"{text[:40]!r} is no id")
    return require_key("The id of somebody", text)


def _distinct(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))
