"""Every SQL statement of the deadlines."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from opsflow.deadlines.models import TaskRung


def rungs_of(session: Session, task_id: str) -> list[TaskRung]:
    """Everything to be done about a task, in the order of its ladder."""
    return list(
        session.scalars(
            select(TaskRung)
            .where(TaskRung.task_id == task_id)
            .order_by(TaskRung.position)
            .execution_options(populate_existing=True)
        )
    )


def rung_of(session: Session, task_id: str, position: int) -> TaskRung | None:
    """One rung, as it is now: its task is held."""
    return session.get(TaskRung, (task_id, position), populate_existing=True)


def add_rungs(session: Session, rungs: Iterable[TaskRung]) -> None:
    """Keep new rungs."""
    session.add_all(rungs)


def drop_rungs(session: Session, task_id: str) -> None:
    """Nothing is to be done about the task any more."""
    session.flush()
    session.execute(
        delete(TaskRung)
        .where(TaskRung.task_id == task_id)
        .execution_options(synchronize_session="fetch")
    )


def drop_rung(session: Session, rung: TaskRung) -> None:
    """A rung is none of its task's any more; another one may stand in its place."""
    session.delete(rung)
    session.flush()
