"""Every SQL statement of the tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    func,
    insert,
    join,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from opsflow.db import Moment, Rows, table_of
from opsflow.instances import INSTANCE_ROWS, Instance
from opsflow.tasks.models import (
    ANYBODY,
    Task,
    TaskOffer,
    holder_of_person,
    holder_of_role,
)
from opsflow.tasks.notes import Attachment, Comment
from opsflow.tasks.states import OPEN, State

View: TypeAlias = Literal["offered", "mine", "all"]
"""What a person may take, what the person has, or both."""
Order: TypeAlias = Literal["opened", "due", "priority"]
"""Oldest first, what is due first, or what is most urgent first."""

_TASKS = Rows(
    Task,
    fixed=(
        "instance_id",
        "release_id",
        "process_key",
        "step_id",
        "node_id",
        "name",
        "candidate_roles",
        "candidates",
        "created_at",
    ),
)
_LOCK = (
    select(*_TASKS.columns, *INSTANCE_ROWS.columns)
    .select_from(join(table_of(Instance), table_of(Task)))
    .where(table_of(Task).c.id == bindparam("task"))
    .with_for_update()
)
_OFFER = insert(table_of(TaskOffer))
_WITHDRAW = delete(table_of(TaskOffer)).where(table_of(TaskOffer).c.task_id == bindparam("task"))

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def lock_task(session: Session, task_id: str) -> tuple[Task, Instance] | None:
    """The task as it is now and its instance, both held for this transaction.

    The instance is named first, so it is locked first: as everybody does.
    """
    row = session.execute(_LOCK, {"task": task_id}).one_or_none()
    if row is None:
        return None
    width = len(_TASKS.columns)
    return _written(_TASKS.made(row[:width])), INSTANCE_ROWS.made(row[width:])


def open_task_of_step(session: Session, instance_id: str, step_id: str) -> str | None:
    """The id of the task of a step that is not over."""
    return session.scalar(
        select(Task.id).where(
            Task.instance_id == instance_id, Task.step_id == step_id, Task.state.in_(OPEN)
        )
    )


def last_task_of_step(session: Session, instance_id: str, step_id: str) -> Task | None:
    """The newest task of a step, over or not."""
    return session.scalar(
        select(Task)
        .where(Task.instance_id == instance_id, Task.step_id == step_id)
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(1)
    )


def add_task(session: Session, task: Task) -> None:
    """Keep a new task, and its offer."""
    _TASKS.add(session, task)
    _offer(session, task)
    _written(task)


def save_task(session: Session, task: Task) -> None:
    """Keep what was done to a task, and to its offer."""
    _TASKS.save(session, task)
    if task.was_offered and len(task.holders) > 1:
        session.execute(_WITHDRAW, {"task": task.id})
    _offer(session, task)
    _written(task)


def _offer(session: Session, task: Task) -> None:
    if task.state is State.OFFERED and task.offered_to is None:
        offers = [{"task_id": task.id, "holder": holder} for holder in task.holders]
        session.execute(_OFFER, offers)


def _written(task: Task) -> Task:
    task.written_revision, task.was_offered = task.revision, task.state is State.OFFERED
    return task


def set_suspended(session: Session, instance_id: str, *, suspended: bool) -> None:
    """The open tasks of an instance rest, or go on."""
    session.execute(
        update(Task)
        .where(Task.instance_id == instance_id, Task.state.in_(OPEN))
        .values(suspended=suspended)
    )


def tasks_of_instance(session: Session, instance_id: str) -> list[Task]:
    """All tasks of an instance, oldest first."""
    statement = select(Task).where(Task.instance_id == instance_id).order_by(Task.id)
    return list(session.scalars(statement))


def pages_for(
    session: Session,
    person: str,
    roles: Collection[str],
    *,
    view: View,
    order: Order,
    process: str | None,
    after: str | None,
    batch: int,
) -> Iterator[list[Task]]:
    """Tasks that a person has or whose offer names the person or one of the roles, in order.

    Page by page, from behind the task ``after``, for as long as the caller takes more.
    """
    statement = select(Task).where(_seen_by(person, roles, view))
    if process is not None:
        statement = statement.where(Task.process_key == process)
    key = _sort_key(order)
    last = session.get(Task, after) if after is not None else None
    while True:
        page = statement if last is None else statement.where(_behind(key, last.id))
        found = list(session.scalars(page.order_by(key, Task.id).limit(batch)))
        yield found
        if len(found) < batch:
            return
        last = found[-1]


def _seen_by(person: str, roles: Collection[str], view: View) -> ColumnElement[bool]:
    holders = [ANYBODY, holder_of_person(person), *map(holder_of_role, roles)]
    among = select(TaskOffer.task_id).where(TaskOffer.holder.in_(holders))
    offered = and_(Task.suspended.is_(False), or_(Task.offered_to.in_(holders), Task.id.in_(among)))
    mine = and_(Task.assignee == person, Task.state.in_((State.CLAIMED, State.IN_REVIEW)))
    return {"offered": offered, "mine": mine, "all": or_(mine, offered)}[view]


def _sort_key(order: Order) -> ColumnElement[Any]:
    keys: dict[Order, ColumnElement[Any]] = {
        "opened": Task.id.expression,
        "due": func.coalesce(Task.due_at, literal(_NEVER, Moment)),
        "priority": -Task.priority,
    }
    return keys[order]


def _behind(key: ColumnElement[Any], task_id: str) -> ColumnElement[bool]:
    """Whether a row sorts behind a task, compared inside the database."""
    place = select(key).where(Task.id == task_id).correlate(None).scalar_subquery()
    return or_(key > place, and_(key == place, Task.id > task_id))


def comments_of(session: Session, task_id: str) -> list[Comment]:
    """What was said about a task, oldest first."""
    return list(
        session.scalars(select(Comment).where(Comment.task_id == task_id).order_by(Comment.id))
    )


def attachments_of(session: Session, task_id: str) -> list[Attachment]:
    """The files on a task, oldest first."""
    statement = select(Attachment).where(Attachment.task_id == task_id).order_by(Attachment.id)
    return list(session.scalars(statement))


def find_tasks(
    session: Session,
    *,
    is_open: bool | None,
    process: str | None,
    assignee: str | None,
    limit: int,
    after: str | None,
) -> list[Task]:
    """Tasks that meet every condition given, oldest first, from behind the id ``after``."""
    statement = select(Task).order_by(Task.id).limit(limit)
    if is_open is not None:
        statement = statement.where(Task.state.in_(OPEN) == is_open)
    if process is not None:
        statement = statement.where(Task.process_key == process)
    if assignee is not None:
        statement = statement.where(Task.assignee == assignee)
    if after is not None:
        statement = statement.where(Task.id > after)
    return list(session.scalars(statement))
