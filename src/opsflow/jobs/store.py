"""Every SQL statement of the jobs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    cast,
    column,
    exists,
    func,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.orm import Session

from opsflow.jobs.models import Job, State


def take_due(session: Session, now: datetime, topics: Collection[str], limit: int) -> list[Job]:
    """Jobs of these topics that may be taken, the longest due first, held for this transaction.

    Those that another transaction takes at this moment are passed over.
    """
    return list(
        session.scalars(
            select(Job)
            .where(Job.due_at <= now, Job.held_at.is_(None), Job.topic.in_(topics))
            .order_by(Job.due_at, Job.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def hold_waiting(session: Session, job_id: str) -> Job | None:
    """One job that may be taken, held for this transaction."""
    return session.scalar(
        select(Job)
        .where(Job.id == job_id, Job.due_at.is_not(None), Job.held_at.is_(None))
        .with_for_update(skip_locked=True)
    )


def hold(session: Session, job_id: str) -> Job | None:
    """One job, held for this transaction."""
    return session.get(Job, job_id, with_for_update=True, populate_existing=True)


def peek(session: Session, job_id: str) -> Job | None:
    """One job that somebody has, as it was a moment ago: nothing is held."""
    return session.scalar(select(Job).where(Job.id == job_id, Job.lease_until.is_not(None)))


def hold_attempt(session: Session, job_id: str, attempt: int) -> Job | None:
    """The job if this attempt at it is the present one, held for this transaction."""
    return session.scalar(
        select(Job)
        .where(Job.id == job_id, Job.attempt == attempt, Job.lease_until.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def extend(session: Session, attempts: Sequence[tuple[str, int]], until: datetime) -> list[str]:
    """These attempts have their jobs longer; the ids of those that still had them.

    A job that somebody holds at this moment is passed over, so that nobody waits here.
    """
    wanted = dict(attempts)
    jobs = session.scalars(
        select(Job)
        .where(Job.id.in_(list(wanted)), Job.lease_until.is_not(None))
        .order_by(Job.id)
        .with_for_update(skip_locked=True)
    )
    mine = [job for job in jobs if job.attempt == wanted[job.id]]
    for job in mine:
        # One whose handler has said "later" has been given a longer time meanwhile.
        job.lease_until = until if job.lease_until is None else max(job.lease_until, until)
    return [job.id for job in mine]


def expired(session: Session, now: datetime, limit: int) -> list[Job]:
    """Jobs whose lease has run out, the longest ago first."""
    return list(
        session.scalars(
            select(Job).where(Job.lease_until <= now).order_by(Job.lease_until).limit(limit)
        )
    )


def job_of_step(session: Session, instance_id: str, step_id: str) -> Job | None:
    """The job that does a step."""
    return session.scalar(select(Job).where(Job.instance_id == instance_id, Job.step_id == step_id))


def hold_back(session: Session, instance_id: str, since: datetime | None) -> None:
    """Nobody takes the jobs of a suspended instance; None lets them be taken again."""
    session.execute(
        update(Job)
        .where(Job.instance_id == instance_id)
        .values(held_at=since)
        .execution_options(synchronize_session=False)
    )


def with_outcome(session: Session, instance_id: str) -> list[Job]:
    """The jobs of an instance whose result waits to be written."""
    return list(
        session.scalars(
            select(Job)
            .where(Job.instance_id == instance_id, Job.outcome.is_not(None))
            .order_by(Job.id)
        )
    )


def due_of(session: Session, instance_id: str) -> list[Job]:
    """The jobs of an instance that nobody has, the earliest first."""
    return list(
        session.scalars(
            select(Job)
            .where(Job.instance_id == instance_id, Job.due_at.is_not(None))
            .order_by(Job.due_at, Job.id)
        )
    )


def find(
    session: Session, conditions: Sequence[ColumnElement[bool]], after: str | None, limit: int
) -> list[Job]:
    """Jobs that meet every condition, oldest first."""
    statement = select(Job).where(*conditions).order_by(Job.id).limit(limit)
    if after is not None:
        statement = statement.where(Job.id > after)
    return list(session.scalars(statement))


def due_and_unknown(session: Session, now: datetime, before: datetime, limit: int) -> list[Job]:
    """Due jobs that Procrastinate was not told of, or has lost; held for this transaction.

    Whether it has lost one is looked up for those that have been due since ``before``.
    """
    told = table("procrastinate_jobs", column("id"), column("status"))
    live = exists().where(
        told.c.id == cast(Job.engine_ref, BigInteger),
        cast(told.c.status, Text).in_(["todo", "doing"]),
    )
    lost = and_(Job.due_at <= before, ~live)
    return list(
        session.scalars(
            select(Job)
            .where(Job.due_at <= now, Job.held_at.is_(None), or_(Job.engine_ref.is_(None), lost))
            .order_by(Job.due_at, Job.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def next_due(session: Session) -> datetime | None:
    """When the next job that nobody has is due."""
    return session.scalar(
        select(func.min(Job.due_at)).where(Job.due_at.is_not(None), Job.held_at.is_(None))
    )


def depths(session: Session) -> list[tuple[str, State, int, datetime | None]]:
    """How many jobs each topic has in each state, and since when the oldest of them is due."""
    rows = session.execute(
        select(Job.topic, Job.state, func.count(), func.min(Job.due_at))
        .group_by(Job.topic, Job.state)
        .order_by(Job.topic, Job.state)
    )
    return [(topic, state, count, due) for topic, state, count, due in rows]


def hold_subject(session: Session, subject: str, *, dead_only: bool) -> list[Job]:
    """The calls of a subject that nobody is at, held for this transaction."""
    states = (State.INCIDENT,) if dead_only else (State.INCIDENT, State.TIMER, State.QUEUED)
    return list(
        session.scalars(
            select(Job)
            .where(Job.subject == subject, Job.state.in_(states))
            .order_by(Job.id)
            .with_for_update(skip_locked=True)
        )
    )


def hold_back_subject(session: Session, subject: str, since: datetime | None) -> None:
    """Nobody takes the calls of a subject; None lets them be taken, and told of again."""
    changes: dict[str, object] = {"held_at": since}
    if since is None:
        changes["engine_ref"] = None
    session.execute(
        update(Job)
        .where(Job.subject == subject)
        .values(changes)
        .execution_options(synchronize_session=False)
    )


def count_dead(session: Session, subject: str) -> int:
    """How many calls of a subject wait for a human."""
    statement = select(func.count()).where(Job.subject == subject, Job.state == State.INCIDENT)
    return session.scalar(statement) or 0
