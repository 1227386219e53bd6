"""Every SQL statement of the jobs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    join,
    or_,
    select,
    table,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from opsflow.db import Rows, table_of
from opsflow.instances import INSTANCE_ROWS, Instance
from opsflow.jobs.models import Job, State

JOB_ROWS = Rows(
    Job,
    fixed=(
        "kind",
        "topic",
        "instance_id",
        "step_id",
        "node_id",
        "business_key",
        "subject",
        "created_at",
    ),
)
"""How a job is read and written: none of them is an object of a session."""

TAKEN_BY_OTHERS = 64
"""Due jobs that others may be taking at one moment without hiding those behind them."""
TOPICS_APART = 100
"""Topics that are looked up one by one; a database limits the parts of a statement."""

_JOB = table_of(Job).c
_JOBS = select(*JOB_ROWS.columns)
_WAITS = and_(_JOB.due_at.is_not(None), _JOB.held_at.is_(None))
_DUE = and_(_JOB.due_at <= bindparam("now"), _WAITS)
_LIMIT: BindParameter[int] = bindparam("limit")
_ONE = _JOBS.where(_JOB.id == bindparam("job"))
_HOLD = _ONE.with_for_update()
_HOLD_DUE = (
    _JOBS.where(
        _JOB.id.in_(bindparam("jobs", expanding=True)),
        _JOB.topic.in_(bindparam("topics", expanding=True)),
        _DUE,
    )
    .order_by(_JOB.due_at, _JOB.id)
    .with_for_update(skip_locked=True)
)
_PEEK = _ONE.where(_JOB.lease_until.is_not(None))
_HOLD_ATTEMPT = _PEEK.where(_JOB.attempt == bindparam("attempt")).with_for_update()
_WITH_INSTANCE = (
    select(*JOB_ROWS.columns, *INSTANCE_ROWS.columns)
    .select_from(join(table_of(Instance), table_of(Job)))
    .where(_JOB.lease_until.is_not(None))
)
_HOLD_BOTH = _WITH_INSTANCE.where(
    _JOB.id == bindparam("job"), _JOB.attempt == bindparam("attempt")
).with_for_update()
_HOLD_FREE_BOTH = (
    _WITH_INSTANCE.where(_JOB.id.in_(bindparam("jobs", expanding=True)))
    .order_by(_JOB.instance_id)
    .with_for_update(skip_locked=True)
)
_HOLD_FREE = (
    _JOBS.where(
        _JOB.id.in_(bindparam("jobs", expanding=True)),
        _JOB.lease_until.is_not(None),
    )
    .order_by(_JOB.id)
    .with_for_update(skip_locked=True)
)
_EXPIRED = _JOBS.where(_JOB.lease_until <= bindparam("now")).order_by(_JOB.lease_until)
_OF_INSTANCE = _JOBS.where(_JOB.instance_id == bindparam("instance"))
_OF_STEP = _OF_INSTANCE.where(_JOB.step_id == bindparam("step"))
_HOLD_BACK = (
    update(table_of(Job))
    .where(_JOB.instance_id == bindparam("instance"))
    .values(held_at=bindparam("since"))
)
_NEXT = select(func.min(_JOB.due_at)).where(_WAITS)


def add(connection: Connection, job: Job) -> None:
    """Keep a new job."""
    JOB_ROWS.add(connection, job)


def save(connection: Connection, job: Job) -> None:
    """Keep what became of a job."""
    JOB_ROWS.save(connection, job)


def save_all(connection: Connection, jobs: Collection[Job]) -> None:
    """Keep what became of several jobs."""
    JOB_ROWS.save_all(connection, jobs)


def remove_all(connection: Connection, jobs: Collection[Job]) -> None:
    """These jobs are done, or are not to be done any more."""
    JOB_ROWS.delete_all(connection, jobs)


def any_due(connection: Connection, now: datetime, topics: Collection[str]) -> bool:
    """Whether there is a due job of these topics: nothing is held."""
    statement = _due_ids(tuple(sorted(topics)))
    return connection.execute(statement, {"now": now, "limit": 1}).first() is not None


def take_due(
    connection: Connection, now: datetime, topics: Collection[str], limit: int
) -> list[Job]:
    """Jobs of these topics that may be taken, the longest due first, held for this transaction.

    Those that another transaction takes at this moment are passed over.
    """
    statement = _taking(tuple(sorted(topics)))
    given = {"now": now, "wanted": limit, "limit": limit + TAKEN_BY_OTHERS}
    return _made(connection.execute(statement, given).all())


@lru_cache(maxsize=64)
def _due_ids(topics: tuple[str, ...]) -> Select[str]:
    """The ids of due jobs, the longest due first.

    Each topic is looked up by itself, so that nobody reads past the jobs of others: there may
    be many that nobody does.
    """
    due = select(_JOB.id, _JOB.due_at).where(_DUE).order_by(_JOB.due_at, _JOB.id).limit(_LIMIT)
    if len(topics) > TOPICS_APART:
        return due.with_only_columns(_JOB.id).where(_JOB.topic.in_(topics))
    apart = [due.where(_JOB.topic == topic).subquery() for topic in topics]
    found = union_all(*(select(each.c.id, each.c.due_at) for each in apart)).subquery()
    return select(found.c.id).order_by(found.c.due_at, found.c.id).limit(_LIMIT)


@lru_cache(maxsize=64)
def _taking(topics: tuple[str, ...]) -> Select[Job]:
    which = _JOB.topic == topics[0] if len(topics) == 1 else _JOB.id.in_(_due_ids(topics))
    return (
        _JOBS.where(which, _DUE)
        .order_by(_JOB.due_at, _JOB.id)
        .limit(bindparam("wanted"))
        .with_for_update(skip_locked=True)
    )


def hold_due(
    connection: Connection, now: datetime, jobs: Collection[str], topics: Collection[str]
) -> list[Job]:
    """Those of these jobs that may be taken, the longest due first, held for this transaction."""
    given = {"now": now, "jobs": list(jobs), "topics": list(topics)}
    return _made(connection.execute(_HOLD_DUE, given).all())


def hold(connection: Connection, job_id: str) -> Job | None:
    """One job, held for this transaction."""
    return _one(connection.execute(_HOLD, {"job": job_id}).one_or_none())


def peek(connection: Connection, job_id: str) -> Job | None:
    """One job that somebody has, as it was a moment ago: nothing is held."""
    return _one(connection.execute(_PEEK, {"job": job_id}).one_or_none())


def hold_attempt(connection: Connection, job_id: str, attempt: int) -> Job | None:
    """The job if this attempt at it is the present one, held for this transaction."""
    given = {"job": job_id, "attempt": attempt}
    return _one(connection.execute(_HOLD_ATTEMPT, given).one_or_none())


def hold_attempt_and_instance(
    connection: Connection, job_id: str, attempt: int
) -> tuple[Job, Instance] | None:
    """The same with its instance, which is named first, so it is locked first, as by everybody."""
    given = {"job": job_id, "attempt": attempt}
    row = connection.execute(_HOLD_BOTH, given).one_or_none()
    return None if row is None else _parted(row)


def hold_free(connection: Connection, jobs: Collection[str]) -> list[Job]:
    """Jobs that somebody has, held for this transaction; those that others hold are passed over."""
    return _made(connection.execute(_HOLD_FREE, {"jobs": list(jobs)}).all())


def hold_free_and_instances(
    connection: Connection, jobs: Collection[str]
) -> list[tuple[Job, Instance]]:
    """The same with their instances, which are held too, in the order of their ids."""
    rows = connection.execute(_HOLD_FREE_BOTH, {"jobs": list(jobs)})
    return [_parted(row) for row in rows]


def extend(
    connection: Connection, attempts: Sequence[tuple[str, int]], until: datetime
) -> list[str]:
    """These attempts have their jobs longer; the ids of those that still had them.

    A job that somebody holds at this moment is passed over, so that nobody waits here.
    """
    wanted = dict(attempts)
    mine = [job for job in hold_free(connection, wanted) if job.attempt == wanted[job.id]]
    for job in mine:
        # One whose handler has said "later" has been given a longer time meanwhile.
        job.lease_until = until if job.lease_until is None else max(job.lease_until, until)
    save_all(connection, mine)
    return [job.id for job in mine]


def expired(connection: Connection, now: datetime, limit: int) -> list[Job]:
    """Jobs whose lease has run out, the longest ago first."""
    return _made(connection.execute(_EXPIRED.limit(limit), {"now": now}).all())


def jobs_of_ids(connection: Connection, job_ids: Collection[str]) -> list[Job]:
    """Those of these jobs that are not done yet."""
    wanted = _JOBS.where(_JOB.id.in_(job_ids)).order_by(_JOB.id)
    return _made(connection.execute(wanted).all())


def job_of_step(connection: Connection, instance_id: str, step_id: str) -> Job | None:
    """The job that does a step."""
    given = {"instance": instance_id, "step": step_id}
    return _one(connection.execute(_OF_STEP, given).one_or_none())


def hold_back(connection: Connection, instance_id: str, since: datetime | None) -> None:
    """Nobody takes the jobs of a suspended instance; None lets them be taken again."""
    connection.execute(_HOLD_BACK, {"instance": instance_id, "since": since})


def with_outcome(connection: Connection, instance_id: str) -> list[Job]:
    """The jobs of an instance whose result waits to be written."""
    statement = _OF_INSTANCE.where(_JOB.outcome.is_not(None)).order_by(_JOB.id)
    return _made(connection.execute(statement, {"instance": instance_id}).all())


def due_of(connection: Connection, instance_id: str) -> list[Job]:
    """The jobs of an instance that nobody has, the earliest first."""
    statement = _OF_INSTANCE.where(_JOB.due_at.is_not(None)).order_by(_JOB.due_at, _JOB.id)
    return _made(connection.execute(statement, {"instance": instance_id}).all())


def find(
    session: Session, conditions: Sequence[ColumnElement[bool]], after: str | None, limit: int
) -> list[Job]:
    """Jobs that meet every condition, oldest first."""
    statement = select(Job).where(*conditions).order_by(Job.id).limit(limit)
    if after is not None:
        statement = statement.where(Job.id > after)
    # The session may have loaded some before this transaction changed their rows.
    return list(session.scalars(statement, execution_options={"populate_existing": True}))


def forget_told(connection: Connection, engine_refs: Sequence[int]) -> None:
    """Take back what Procrastinate was told of, by its numbers, unless a worker is at it."""
    told = table("procrastinate_jobs", column("id"), column("status"))
    connection.execute(
        delete(told).where(told.c.id.in_(engine_refs), cast(told.c.status, Text) == "todo")
    )


def untell(connection: Connection, jobs: Collection[str]) -> None:
    """Those of these jobs that nobody has are known to no engine."""
    waiting = (_JOB.id.in_(jobs), _JOB.due_at.is_not(None))
    connection.execute(update(table_of(Job)).where(*waiting).values(engine_ref=None))


def due_and_unknown(
    connection: Connection, now: datetime, before: datetime, limit: int
) -> list[Job]:
    """Due jobs that Procrastinate was not told of, or has lost; held for this transaction.

    Whether it has lost one is looked up for those that have been due since ``before``.
    """
    told = table("procrastinate_jobs", column("id"), column("status"))
    live = exists().where(
        told.c.id == cast(_JOB.engine_ref, BigInteger),
        cast(told.c.status, Text).in_(["todo", "doing"]),
    )
    lost = and_(_JOB.due_at <= before, ~live)
    statement = (
        _JOBS.where(_DUE, or_(_JOB.engine_ref.is_(None), lost))
        .order_by(_JOB.due_at, _JOB.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return _made(connection.execute(statement, {"now": now}).all())


def next_due(connection: Connection) -> datetime | None:
    """When the next job that nobody has is due."""
    found: datetime | None = connection.scalar(_NEXT)
    return found


def depths(session: Session) -> list[tuple[str, State, int, datetime | None]]:
    """How many jobs each topic has in each state, and since when the oldest of them is due.

    Nobody waits for those that are held back.
    """
    oldest = func.min(Job.due_at).filter(Job.held_at.is_(None))
    rows = session.execute(
        select(Job.topic, Job.state, func.count(), oldest)
        .group_by(Job.topic, Job.state)
        .order_by(Job.topic, Job.state)
    )
    return [(topic, state, count, due) for topic, state, count, due in rows]


def rename_job(session: Session, instance_id: str, step_id: str, node_id: str, topic: str) -> None:
    """The job of a step is that of another node, and of another topic perhaps.

    Where the topic is another one, the engine is told of it anew by its next sweep.
    """
    told = case((Job.topic == topic, Job.engine_ref), else_=None)
    session.execute(
        update(Job)
        .where(
            Job.instance_id == instance_id,
            Job.step_id == step_id,
            or_(Job.node_id != node_id, Job.topic != topic),
        )
        .values(node_id=node_id, topic=topic, engine_ref=told)
        .execution_options(synchronize_session=False)
    )


def hold_subject(connection: Connection, subject: str, *, dead_only: bool) -> list[Job]:
    """The calls of a subject that nobody is at, held for this transaction."""
    states = (State.INCIDENT,) if dead_only else (State.INCIDENT, State.TIMER, State.QUEUED)
    held = _JOBS.where(_JOB.subject == subject, _JOB.state.in_(states)).order_by(_JOB.id)
    return _made(connection.execute(held.with_for_update(skip_locked=True)).all())


def hold_back_subject(connection: Connection, subject: str, since: datetime | None) -> None:
    """Nobody takes the calls of a subject; None lets them be taken, and told of again."""
    changes: dict[str, object] = {"held_at": since}
    if since is None:
        changes["engine_ref"] = None
    connection.execute(update(table_of(Job)).where(_JOB.subject == subject).values(changes))


def count_dead(connection: Connection, subject: str) -> int:
    """How many calls of a subject wait for a human."""
    statement = select(func.count()).where(_JOB.subject == subject, _JOB.state == State.INCIDENT)
    return connection.scalar(statement) or 0


def count_loose_incidents(session: Session) -> int:
    """How many jobs that no step waits for are incidents."""
    loose = select(func.count()).where(Job.state == State.INCIDENT, Job.step_id.is_(None))
    return session.scalar(loose) or 0


def _one(row: Row[Job] | None) -> Job | None:
    return None if row is None else JOB_ROWS.made(row)


def _made(rows: Sequence[Row[Job]]) -> list[Job]:
    return [JOB_ROWS.made(row) for row in rows]


def _parted(row: Row[Job]) -> tuple[Job, Instance]:
    width = len(JOB_ROWS.columns)
    return JOB_ROWS.made(row[:width]), INSTANCE_ROWS.made(row[width:])
