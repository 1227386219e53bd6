"""Every SQL statement of the approvals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from opsflow.approvals.models import GateSeat, TaskGate, Vote


def gate(session: Session, gate_id: str) -> TaskGate | None:
    """One gate, as it stands in the database."""
    return session.get(TaskGate, gate_id, populate_existing=True)


def gates_of(session: Session, task_id: str, *, at: str | None = None) -> list[TaskGate]:
    """The gates of a task, entry before exit, in the order they are asked."""
    statement = (
        select(TaskGate)
        .where(TaskGate.task_id == task_id)
        .order_by(TaskGate.at, TaskGate.position)
        .execution_options(populate_existing=True)
    )
    if at is not None:
        statement = statement.where(TaskGate.at == at)
    return list(session.scalars(statement))


def tasks_with_open_gates(session: Session, instance_id: str) -> list[tuple[str, str]]:
    """Tasks of an instance that wait for votes, and at which end (``entry`` or ``exit``)."""
    rows = session.execute(
        select(TaskGate.task_id, TaskGate.at)
        .where(TaskGate.instance_id == instance_id, TaskGate.state == "open")
        .order_by(TaskGate.id)
    )
    return [(task_id, at) for task_id, at in rows]


def open_gates_for(session: Session, person: str, roles: Iterable[str]) -> list[TaskGate]:
    """Open gates with a seat for one of the roles, where the person has not voted; oldest first."""
    voted = exists().where(
        Vote.gate_id == TaskGate.id, Vote.person == person, Vote.void_at.is_(None)
    )
    seated = exists().where(GateSeat.gate_id == TaskGate.id, GateSeat.role.in_(list(roles)))
    statement = (
        select(TaskGate)
        .where(TaskGate.state == "open", seated, ~voted)
        .order_by(TaskGate.opened_at, TaskGate.id)
    )
    return list(session.scalars(statement))


def seats_of(session: Session, gates: Sequence[TaskGate]) -> dict[str, list[GateSeat]]:
    """The seats of gates in order, by gate."""
    rows = session.scalars(
        select(GateSeat)
        .where(GateSeat.gate_id.in_([gate.id for gate in gates]))
        .order_by(GateSeat.gate_id, GateSeat.position)
        .execution_options(populate_existing=True)
    )
    found: dict[str, list[GateSeat]] = defaultdict(list)
    for row in rows:
        found[row.gate_id].append(row)
    return found


def votes_of(session: Session, gates: Sequence[TaskGate]) -> dict[str, list[Vote]]:
    """All votes of gates, void ones too, oldest first, by gate."""
    rows = session.scalars(
        select(Vote)
        .where(Vote.gate_id.in_([gate.id for gate in gates]))
        .order_by(Vote.id)
        .execution_options(populate_existing=True)
    )
    found: dict[str, list[Vote]] = defaultdict(list)
    for row in rows:
        found[row.gate_id].append(row)
    return found


def replace_seats(session: Session, gate: TaskGate, seats: Sequence[GateSeat]) -> None:
    """From now on the gate has these seats only."""
    old = session.scalars(select(GateSeat).where(GateSeat.gate_id == gate.id)).all()
    session.execute(delete(GateSeat).where(GateSeat.gate_id == gate.id))
    for seat in old:
        session.expunge(seat)
    session.add_all(seats)
    session.flush()
