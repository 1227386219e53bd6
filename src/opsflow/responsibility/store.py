"""Every SQL statement of responsibility."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, case, insert, select, update
from sqlalchemy.orm import Session

from opsflow.db import table_of
from opsflow.events import Actor
from opsflow.responsibility.models import Consultation, Performance
from opsflow.responsibility.separation import Deed
from opsflow.responsibility.verbs import Subject, Verb

CLAIMS = (Verb.CLAIM.value, Verb.TAKE.value)

_ADD = insert(table_of(Performance)).inline()


def performances_of(
    session: Session, instance_id: str, task_id: str | None = None
) -> list[Performance]:
    """What was done in an instance, or with one task of it, claims given back included."""
    statement = select(Performance).where(Performance.instance_id == instance_id)
    if task_id is not None:
        statement = statement.where(Performance.task_id == task_id)
    return list(session.scalars(statement.order_by(Performance.id)))


def add_performance(
    connection: Connection, subject: Subject, actor: Actor, verb: Verb, now: datetime
) -> None:
    """Somebody did something with a task."""
    connection.execute(
        _ADD,
        {
            "instance_id": subject.instance_id,
            "release_id": subject.release_id,
            "process_key": subject.process_key,
            "node_id": subject.node_id,
            "counts_as": subject.node_id,
            "task_id": subject.task_id,
            "verb": verb.value,
            "person": actor.person,
            "role": actor.role,
            "on_behalf_of": actor.on_behalf_of,
            "at": now,
        },
    )


def deeds(
    session: Session,
    instance_ids: Collection[str],
    task_ids: Collection[str],
    node_ids: Collection[str],
) -> list[Deed]:
    """What was done with these tasks, or at these nodes of the instances, and still counts.

    What was done at a node is given once, without its task: a loop may have passed it a
    thousand times.
    """
    of_task = Performance.task_id.in_(task_ids)
    rows = session.execute(
        select(
            Performance.instance_id,
            case((of_task, Performance.task_id)),
            Performance.process_key,
            Performance.counts_as,
            Performance.verb,
            Performance.person,
            Performance.on_behalf_of,
        )
        .where(
            Performance.instance_id.in_(instance_ids),
            of_task | Performance.counts_as.in_(node_ids),
            Performance.withdrawn_at.is_(None),
        )
        .distinct()
    )
    return [
        Deed(instance, task_id or "", process, node, Verb(verb), person, behalf)
        for instance, task_id, process, node, verb, person, behalf in rows
    ]


def withdraw_claims(session: Session, instance_id: str, task_id: str, now: datetime) -> None:
    """The claims on a task were given back."""
    session.execute(
        update(Performance)
        .where(
            Performance.instance_id == instance_id,
            Performance.task_id == task_id,
            Performance.verb.in_(CLAIMS),
            Performance.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )


def consultations_of(session: Session, task_id: str) -> list[Consultation]:
    """Who was asked about a task, oldest first."""
    return list(
        session.scalars(
            select(Consultation)
            .where(Consultation.task_id == task_id)
            .order_by(Consultation.asked_at, Consultation.role, Consultation.id)
        )
    )


def open_consultations_for(session: Session, roles: Collection[str]) -> list[Consultation]:
    """Open questions to these roles: the most urgent first, those without a deadline last."""
    return list(
        session.scalars(
            select(Consultation)
            .where(Consultation.role.in_(roles), Consultation.closed_at.is_(None))
            .order_by(Consultation.due_at.is_(None), Consultation.due_at, Consultation.asked_at)
        )
    )


def close_consultations(session: Session, task_id: str, now: datetime) -> None:
    """Nobody needs to answer about a task any more."""
    session.execute(
        update(Consultation)
        .where(Consultation.task_id == task_id, Consultation.closed_at.is_(None))
        .values(closed_at=now)
    )


def rename_deeds(
    session: Session, instance_id: str, process_key: str, renamed: Mapping[str, str]
) -> None:
    """What was done at these nodes of the instance counts as done at those with the new ids."""
    session.execute(
        update(Performance)
        .where(
            Performance.instance_id == instance_id,
            Performance.process_key == process_key,
            Performance.counts_as.in_(list(renamed)),
        )
        .values(counts_as=case(dict(renamed), value=Performance.counts_as))
        .execution_options(synchronize_session=False)
    )


def rename_consultations(
    session: Session, task_id: str, node_id: str, asked: Collection[str], now: datetime
) -> None:
    """The task is that of another node; roles that its matrix asks no more need not answer."""
    of_task = Consultation.task_id == task_id
    session.execute(update(Consultation).where(of_task).values(node_id=node_id))
    session.execute(
        update(Consultation)
        .where(
            of_task,
            Consultation.closed_at.is_(None),
            Consultation.asked_by.is_(None),
            Consultation.role.not_in(list(asked)),
        )
        .values(closed_at=now)
    )
