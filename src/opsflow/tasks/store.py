"""Every SQL statement of the tasks."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    insert,
    join,
    select,
    update,
)
from sqlalchemy.orm import Session

from opsflow.db import Rows, table_of
from opsflow.instances import INSTANCE_ROWS, Instance
from opsflow.tasks.models import IS_OPEN, Task, TaskOffer
from opsflow.tasks.notes import Attachment, Comment
from opsflow.tasks.states import OPEN, State

TASK_ROWS = Rows(
    Task,
    fixed=(
        "instance_id",
        "release_id",
        "process_key",
        "step_id",
        "node_id",
        "name",
        "created_at",
    ),
)
"""How a task is read and written while something is done to it."""

_LOCK = (
    select(*TASK_ROWS.columns, *INSTANCE_ROWS.columns)
    .select_from(join(table_of(Instance), table_of(Task)))
    .where(table_of(Task).c.id == bindparam("task"))
    .with_for_update()
)
_OF_INSTANCE = (
    select(*TASK_ROWS.columns)
    .where(table_of(Task).c.instance_id == bindparam("instance"))
    .order_by(table_of(Task).c.id)
)
_OPEN_OF_INSTANCE = _OF_INSTANCE.where(
    table_of(Task).c.state.not_in([State.COMPLETED, State.CANCELLED])
)
_OFFER = insert(table_of(TaskOffer))
_WITHDRAW = delete(table_of(TaskOffer)).where(table_of(TaskOffer).c.task_id == bindparam("task"))

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def lock_task(connection: Connection, task_id: str) -> tuple[Task, Instance] | None:
    """The task as it is now and its instance, both held for this transaction.

    The instance is named first, so it is locked first: as everybody does.
    """
    row = connection.execute(_LOCK, {"task": task_id}).one_or_none()
    if row is None:
        return None
    width = len(TASK_ROWS.columns)
    return _written(TASK_ROWS.made(row[:width])), INSTANCE_ROWS.made(row[width:])


def open_task_of_step(session: Session, instance_id: str, step_id: str) -> str | None:
    """The id of the task of a step that is not over."""
    return session.scalar(
        select(Task.id).where(Task.instance_id == instance_id, Task.step_id == step_id, IS_OPEN)
    )


def last_task_of_step(session: Session, instance_id: str, step_id: str) -> Task | None:
    """The newest task of a step, over or not."""
    return session.scalar(
        select(Task)
        .where(Task.instance_id == instance_id, Task.step_id == step_id)
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def add_task(connection: Connection, task: Task) -> None:
    """Keep a new task, and its offer."""
    TASK_ROWS.add(connection, task)
    _offer(connection, task)
    _written(task)


def save_task(connection: Connection, task: Task) -> None:
    """Keep what was done to a task, and to its offer."""
    TASK_ROWS.save(connection, task)
    if task.was_shared:
        connection.execute(_WITHDRAW, {"task": task.id})
    _offer(connection, task)
    _written(task)


_REBIND = (
    update(table_of(Task))
    .where(table_of(Task).c.id == bindparam("task"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("release_id", "node_id", "name", "candidate_roles", "candidates")
        }
    )
)


def rebind_task(connection: Connection, task: Task) -> None:
    """The task is that of another node or release from now on, and offered anew."""
    said = {
        "task": task.id,
        "new_release_id": task.release_id,
        "new_node_id": task.node_id,
        "new_name": task.name,
        "new_candidate_roles": task.candidate_roles,
        "new_candidates": task.candidates,
    }
    connection.execute(_REBIND, said)
    connection.execute(_WITHDRAW, {"task": task.id})
    save_task(connection, task)


def open_tasks(connection: Connection, instance_id: str) -> list[Task]:
    """The tasks of an instance that are not over, oldest first; nothing is held."""
    rows = connection.execute(_OPEN_OF_INSTANCE, {"instance": instance_id})
    return [TASK_ROWS.made(row) for row in rows]


def _offer(connection: Connection, task: Task) -> None:
    if task.state is State.OFFERED and task.offered_to is None:
        offers = [{"task_id": task.id, "addressee": addressee} for addressee in task.addressees]
        connection.execute(_OFFER, offers)


def _written(task: Task) -> Task:
    task.written_revision = task.revision
    task.was_shared = task.state is State.OFFERED and task.offered_to is None
    return task


def set_suspended(session: Session, instance_id: str, *, suspended: bool) -> None:
    """The open tasks of an instance rest, or go on."""
    session.execute(
        update(Task).where(Task.instance_id == instance_id, IS_OPEN).values(suspended=suspended)
    )


def tasks_of_instance(connection: Connection, instance_id: str) -> list[Task]:
    """All tasks of an instance, oldest first."""
    rows = connection.execute(_OF_INSTANCE, {"instance": instance_id})
    return [TASK_ROWS.made(row) for row in rows]


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
    due_by: datetime | None,
    limit: int,
    after: str | None,
) -> list[Task]:
    """Tasks that meet every condition given, oldest first, from behind the id ``after``."""
    statement = select(Task).order_by(Task.id).limit(limit)
    if is_open is not None:
        statement = statement.where(IS_OPEN if is_open else Task.state.not_in(OPEN))
    if process is not None:
        statement = statement.where(Task.process_key == process)
    if assignee is not None:
        statement = statement.where(Task.assignee == assignee)
    if due_by is not None:
        statement = statement.where(Task.due_at <= due_by)
    if after is not None:
        statement = statement.where(Task.id > after)
    # The session may have loaded some before this transaction changed their rows.
    return list(session.scalars(statement, execution_options={"populate_existing": True}))
