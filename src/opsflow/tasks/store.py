"""Every SQL statement of the tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Row, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from opsflow.db import Moment
from opsflow.tasks.models import Task, TaskCandidate, TaskOffer
from opsflow.tasks.notes import Attachment, Comment
from opsflow.tasks.states import OPEN, State

View: TypeAlias = Literal["offered", "mine", "all"]
"""What a person may take, what the person has, or both."""
Order: TypeAlias = Literal["opened", "due", "priority"]
"""Oldest first, what is due first, or what is most urgent first."""

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def instance_of_task(session: Session, task_id: str) -> str | None:
    """Which instance a task belongs to; None where there is no such task."""
    return session.scalar(select(Task.instance_id).where(Task.id == task_id))


def lock_task(session: Session, task_id: str) -> Task | None:
    """The task as it is now, held for this transaction."""
    return session.get(Task, task_id, with_for_update=True, populate_existing=True)


def open_task_of_step(session: Session, instance_id: str, step_id: str) -> Task | None:
    """The task of a step that is not over."""
    return session.scalar(
        select(Task).where(
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


def add_task(session: Session, task: Task, roles: Sequence[str], candidates: Sequence[str]) -> None:
    """Keep a new task, and whom it is offered to."""
    session.add(task)
    session.flush()
    for position, role in enumerate(roles):
        session.add(TaskOffer(task_id=task.id, role=role, position=position))
    for position, person in enumerate(candidates):
        session.add(TaskCandidate(task_id=task.id, person=person, position=position))
    session.flush()


def open_tasks_of_instance(session: Session, instance_id: str) -> list[Task]:
    """The tasks of an instance that are not over, oldest first."""
    statement = select(Task).where(Task.instance_id == instance_id, Task.state.in_(OPEN))
    return list(session.scalars(statement.order_by(Task.id)))


def tasks_of_instance(session: Session, instance_id: str) -> list[Task]:
    """All tasks of an instance, oldest first."""
    statement = select(Task).where(Task.instance_id == instance_id).order_by(Task.id)
    return list(session.scalars(statement))


def roles_offered(session: Session, task_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The roles that tasks are offered to, in order, by task; a task without any is left out."""
    statement = select(TaskOffer.task_id, TaskOffer.role).where(TaskOffer.task_id.in_(task_ids))
    return _grouped(session.execute(statement.order_by(TaskOffer.position)))


def candidates(session: Session, task_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The persons that tasks are offered to by name, by task."""
    statement = select(TaskCandidate.task_id, TaskCandidate.person).where(
        TaskCandidate.task_id.in_(task_ids)
    )
    return _grouped(session.execute(statement.order_by(TaskCandidate.position)))


def _grouped(rows: Iterable[Row[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for task_id, name in rows:
        groups[task_id] = (*groups.get(task_id, ()), name)
    return groups


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
    named = exists().where(TaskCandidate.task_id == Task.id, TaskCandidate.person == person)
    by_role = exists().where(TaskOffer.task_id == Task.id, TaskOffer.role.in_(roles))
    offered = and_(
        Task.state == State.OFFERED,
        Task.suspended.is_(False),
        or_(Task.open_to_all, named, by_role),
    )
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
