"""Every SQL statement of the procedures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from opsflow.sop.models import Deviation, Evidence, ProcedureRecord
from opsflow.tasks import State, Task


def records_of(session: Session, task_id: str) -> dict[str, ProcedureRecord]:
    """What is recorded for a task, by procedure step."""
    rows = session.scalars(select(ProcedureRecord).where(ProcedureRecord.task_id == task_id))
    return {row.step_id: row for row in rows}


def evidence_of(session: Session, task_id: str) -> dict[str, list[Evidence]]:
    """The evidence of a task, by record."""
    rows = session.scalars(
        select(Evidence)
        .join(ProcedureRecord, ProcedureRecord.id == Evidence.record_id)
        .where(ProcedureRecord.task_id == task_id)
        .order_by(Evidence.id)
    )
    found: dict[str, list[Evidence]] = defaultdict(list)
    for row in rows:
        found[row.record_id].append(row)
    return found


def drop_record(session: Session, record: ProcedureRecord, evidence: Sequence[Evidence]) -> None:
    """Take a record and its evidence away, to make room for the next one."""
    session.execute(delete(Evidence).where(Evidence.record_id == record.id))
    session.execute(delete(ProcedureRecord).where(ProcedureRecord.id == record.id))
    for row in (record, *evidence):
        session.expunge(row)


def deviations_of(session: Session, task_id: str) -> list[Deviation]:
    """All deviations of a task, oldest first."""
    return list(
        session.scalars(
            select(Deviation).where(Deviation.task_id == task_id).order_by(Deviation.id)
        )
    )


def open_deviations(session: Session, states: Collection[State]) -> list[tuple[Deviation, Task]]:
    """Deviations that wait for a decision, with their tasks in one of the states; oldest first."""
    statement = (
        select(Deviation, Task)
        .join(Task, Task.id == Deviation.task_id)
        .where(Deviation.state == "open", Task.state.in_(states), Task.suspended.is_(False))
        .order_by(Deviation.id)
    )
    return [(found, task) for found, task in session.execute(statement)]


def deviation(session: Session, deviation_id: str) -> Deviation | None:
    """One deviation, as it stands in the database."""
    return session.get(Deviation, deviation_id, populate_existing=True)


def evidence_with_id(session: Session, evidence_id: str) -> Evidence | None:
    """One piece of evidence."""
    return session.get(Evidence, evidence_id)
