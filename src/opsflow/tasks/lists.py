"""Every SQL statement of the lists of a person: index ranges in order, however much is open.

A list is the union of what each holder of an offer has: the person, everybody, and each role.
Every one of these is read from its index, in order, and no further than the page needs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    TextClause,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from opsflow.db import Moment, table_of
from opsflow.instances import Instance, with_attribute
from opsflow.tasks.models import ANYBODY, IS_HELD, Task, TaskOffer, holder_of_person, holder_of_role
from opsflow.tasks.store import TASK_ROWS

View: TypeAlias = Literal["offered", "mine", "all"]
"""What a person may take, what the person has, or both."""
Order: TypeAlias = Literal["opened", "due", "priority"]
"""Oldest first, what is due first, or what is most urgent first."""

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_T, _O = table_of(Task).c, table_of(TaskOffer).c
_INSTANCE = table_of(Instance).c

_KEYS: Mapping[str, ColumnElement[Any]] = {
    "opened": _T.id,
    "due": func.coalesce(_T.due_at, literal(_NEVER, Moment)),
    "priority": -_T.priority,
}
_CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "process": _T.process_key == bindparam("process"),
    "node": _T.node_id == bindparam("node"),
    "business_key": _T.instance_id.in_(
        select(_INSTANCE.id).where(_INSTANCE.business_key == bindparam("business_key"))
    ),
    "due_before": _T.due_at < bindparam("due_before"),
    "follow_up_before": _T.follow_up_at < bindparam("follow_up_before"),
    "priority_from": _T.priority >= bindparam("priority_from"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """What tasks of a list have to meet; None for what does not matter."""

    process: str | None = None
    node: str | None = None
    business_key: str | None = None
    due_before: datetime | None = None
    follow_up_before: datetime | None = None
    priority_from: int | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    """Search attributes of the instance, with the value wanted."""

    @property
    def values(self) -> dict[str, object]:
        """The conditions that apply, by name."""
        named = (each.name for each in fields(self) if each.name != "attributes")
        return {name: getattr(self, name) for name in named if getattr(self, name) is not None}


def pages_for(
    session: Session,
    person: str,
    roles: Collection[str],
    *,
    view: View,
    order: Order,
    sieve: Sieve,
    after: str | None,
    batch: int,
) -> Iterator[list[Task]]:
    """Tasks that a person has or whose offer names the person or one of the roles, in order.

    Page by page, from behind the task ``after``, for as long as the caller takes more.
    """
    holders = [ANYBODY, holder_of_person(person), *map(holder_of_role, sorted(roles))]
    given: dict[str, object] = {"person": person, "batch": batch, **sieve.values}
    given.update((f"holder{number}", holder) for number, holder in enumerate(holders))
    place = None if after is None else _place(session, order, after)
    names = frozenset(sieve.values)
    while True:
        statement = _page(view, order, len(holders), names, behind=place is not None)
        for name, value in sieve.attributes.items():
            statement = statement.where(_T.instance_id.in_(with_attribute(name, value)))
        behind = {} if place is None else {"key": place[0], "id": place[1]}
        rows = session.execute(statement, {**given, **behind}).all()
        found = [TASK_ROWS.made(row[:-1]) for row in rows]
        yield found
        if len(found) < batch:
            return
        place = (rows[-1][-1], found[-1].id)


def _place(session: Session, order: Order, task_id: str) -> tuple[object, str] | None:
    """Where a task stands in the order; None where there is no such task."""
    row = session.execute(select(_KEYS[order]).where(_T.id == task_id)).one_or_none()
    return None if row is None else (row[0], task_id)


@lru_cache(maxsize=256)
def _page(
    view: View, order: Order, holders: int, names: frozenset[str], *, behind: bool
) -> Select[*tuple[Any, ...]]:
    """A page: what comes first in the order, of what comes first in each of the ranges."""
    key = _KEYS[order]
    conditions = [_CONDITIONS[name] for name in sorted(names)]
    if behind:
        conditions.append(_behind(order))
    first = [
        select(_T.id.label("found")).where(*range_, *conditions).order_by(key, _T.id)
        for range_ in _ranges(view, holders)
    ]
    parts = [select(part.limit(bindparam("batch")).subquery()) for part in first]
    return (
        select(*TASK_ROWS.columns, key.label("place"))
        .where(_T.id.in_(union_all(*parts)))
        .order_by(key, _T.id)
        .limit(bindparam("batch"))
    )


def _behind(order: Order) -> ColumnElement[bool]:
    key, there = _KEYS[order], bindparam("key", type_=_KEYS[order].type)
    if order == "opened":
        return _T.id > bindparam("id", type_=_T.id.type)
    return or_(key > there, (key == there) & (_T.id > bindparam("id", type_=_T.id.type)))


def _ranges(view: View, holders: int) -> Iterator[Sequence[ColumnElement[bool] | TextClause]]:
    """The conditions of each range of an index that a view is read from."""
    if view != "offered":
        yield _T.assignee == bindparam("person"), IS_HELD
    if view != "mine":
        for number in range(holders):
            holder: BindParameter[str] = bindparam(f"holder{number}")
            yield _T.offered_to == holder, _T.suspended.is_(False)
            yield _O.holder == holder, _O.task_id == _T.id, _T.suspended.is_(False)
