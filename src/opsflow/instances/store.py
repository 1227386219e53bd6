"""Every SQL statement of the instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from opsflow.db import Rows, table_of
from opsflow.definitions import Release
from opsflow.engine import Subscription
from opsflow.instances.models import (
    EarlyMessage,
    Incident,
    Instance,
    Migration,
    SearchValue,
    StartEvent,
    WaitingEvent,
)
from opsflow.instances.search import readings_of

INSTANCE_ROWS = Rows(
    Instance,
    fixed=(
        "process_key",
        "release_id",
        "version",
        "business_key",
        "idempotency_key",
        "request_hash",
        "started_at",
        "started_by",
        "traceparent",
    ),
)
"""How an instance is read and written while it moves."""

_READ = select(*INSTANCE_ROWS.columns).where(table_of(Instance).c.id == bindparam("instance"))
_LOCK = _READ.with_for_update()


def lock_instance(connection: Connection, instance_id: str) -> Instance | None:
    """The instance with its state, held for this transaction."""
    row = connection.execute(_LOCK, {"instance": instance_id}).one_or_none()
    return None if row is None else INSTANCE_ROWS.made(row)


def read_instance(connection: Connection, instance_id: str) -> Instance | None:
    """The instance with its state, as it is at this moment: nobody is waited for."""
    row = connection.execute(_READ, {"instance": instance_id}).one_or_none()
    return None if row is None else INSTANCE_ROWS.made(row)


def add_instance(connection: Connection, instance: Instance) -> None:
    """Keep a new instance."""
    INSTANCE_ROWS.add(connection, instance)


def save_instances(connection: Connection, instances: Iterable[Instance]) -> None:
    """Keep what became of instances."""
    INSTANCE_ROWS.save_all(connection, instances)


_REBIND = (
    update(table_of(Instance))
    .where(table_of(Instance).c.id == bindparam("instance"))
    .values(release_id=bindparam("release"), version=bindparam("number"))
)


def rebind_instance(connection: Connection, instance: Instance) -> None:
    """The instance runs another release from now on."""
    said = {
        "instance": instance.id,
        "release": instance.release_id,
        "number": instance.version,
    }
    connection.execute(_REBIND, said)


def running_of_release(
    connection: Connection, release_id: str, after: str | None, limit: int
) -> list[Instance]:
    """Running instances of a release with their states, oldest first; nothing is held."""
    table = table_of(Instance)
    statement = (
        select(*INSTANCE_ROWS.columns)
        .where(table.c.release_id == release_id, table.c.status == "running")
        .order_by(table.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(table.c.id > after)
    return [INSTANCE_ROWS.made(row) for row in connection.execute(statement)]


def migrations_of(session: Session, instance_id: str) -> list[Migration]:
    """The migrations of an instance, oldest first."""
    return list(
        session.scalars(
            select(Migration).where(Migration.instance_id == instance_id).order_by(Migration.id)
        )
    )


def last_migration(session: Session, instance_id: str, release_id: str) -> Migration | None:
    """The migration that brought an instance to its present release, and was not reverted.

    It is the last one of those, also where the clock was put back between two of them.
    """
    return session.scalar(
        select(Migration)
        .where(
            Migration.instance_id == instance_id,
            Migration.to_release_id == release_id,
            Migration.reverted_at.is_(None),
        )
        .order_by(Migration.id.desc())
        .limit(1)
    )


def instance_of_request(
    session: Session, process_key: str, idempotency_key: str
) -> Instance | None:
    """The instance that an earlier request with this idempotency key made."""
    return session.scalar(
        select(Instance)
        .where(Instance.process_key == process_key, Instance.idempotency_key == idempotency_key)
        .execution_options(populate_existing=True)
    )


def find_instances(
    session: Session,
    *,
    conditions: Sequence[ColumnElement[bool]],
    attributes: Mapping[str, object],
    after: str | None,
    limit: int,
) -> list[Instance]:
    """Instances that meet every condition and attribute, oldest first."""
    statement = select(Instance).where(*conditions).order_by(Instance.id).limit(limit)
    if after is not None:
        statement = statement.where(Instance.id > after)
    for name, value in attributes.items():
        statement = statement.where(Instance.id.in_(with_attribute(name, value)))
    # The session may have loaded some before this transaction changed their rows.
    return list(session.scalars(statement, execution_options={"populate_existing": True}))


def with_attribute(name: str, value: object) -> Select[str]:
    """The ids of the instances whose search attribute has a value."""
    readings = [getattr(SearchValue, column) == read for column, read in readings_of(value)]
    return select(SearchValue.instance_id).where(SearchValue.name == name, or_(*readings))


def add_waiting(
    session: Session, instance_id: str, subscriptions: Iterable[tuple[int, Subscription]]
) -> None:
    """The instance waits for these events from now on."""
    session.add_all(
        WaitingEvent(
            instance_id=instance_id,
            step_id=item.step,
            position=position,
            node_id=item.node,
            kind=str(item.kind),
            name=item.name,
            correlation=item.correlation,
            due_at=item.due_at,
        )
        for position, item in subscriptions
    )


def drop_waiting(session: Session, instance_id: str, steps: Iterable[str]) -> None:
    """These steps of the instance wait for nothing any more."""
    session.execute(
        delete(WaitingEvent).where(
            WaitingEvent.instance_id == instance_id, WaitingEvent.step_id.in_(list(steps))
        )
    )


def waiting_for(
    session: Session, kind: str, name: str, *, instance_id: str | None = None
) -> list[WaitingEvent]:
    """Who waits for a message or signal of this name, the longest waiting first."""
    statement = (
        select(WaitingEvent)
        .join(Instance, Instance.id == WaitingEvent.instance_id)
        .where(
            WaitingEvent.kind == kind,
            WaitingEvent.name == name,
            Instance.status == "running",
            Instance.suspended_at.is_(None),
        )
        .order_by(WaitingEvent.instance_id, func.length(WaitingEvent.step_id), WaitingEvent.step_id)
    )
    if instance_id is not None:
        statement = statement.where(WaitingEvent.instance_id == instance_id)
    return list(session.scalars(statement))


def instances_due(session: Session, now: datetime, limit: int) -> list[str]:
    """Running instances with a timer that is due, the earliest first."""
    rows = session.scalars(
        select(WaitingEvent.instance_id)
        .join(Instance, Instance.id == WaitingEvent.instance_id)
        .where(
            WaitingEvent.due_at <= now,
            Instance.status == "running",
            Instance.suspended_at.is_(None),
        )
        .group_by(WaitingEvent.instance_id)
        .order_by(func.min(WaitingEvent.due_at))
        .limit(limit)
    )
    return list(rows)


def next_due(session: Session) -> datetime | None:
    """When the next timer of a running instance or of a process is due."""
    first = session.scalar(
        select(func.min(WaitingEvent.due_at))
        .join(Instance, Instance.id == WaitingEvent.instance_id)
        .where(Instance.suspended_at.is_(None))
    )
    start = session.scalar(select(func.min(StartEvent.due_at)))
    return min((at for at in (first, start) if at is not None), default=None)


def early_message(
    session: Session, name: str, correlation: str | None, now: datetime
) -> EarlyMessage | None:
    """The oldest message that came early and fits a step that waits now, held for it."""
    fits = [] if correlation is None else [EarlyMessage.correlation == correlation]
    return session.scalar(
        select(EarlyMessage)
        .where(EarlyMessage.name == name, EarlyMessage.expires_at > now, *fits)
        .order_by(EarlyMessage.id)
        .limit(1)
        .with_for_update()
    )


def has_expired_messages(session: Session, now: datetime) -> bool:
    """Whether there are messages that nobody waited for in time."""
    found = select(EarlyMessage.id).where(EarlyMessage.expires_at <= now).limit(1)
    return session.scalar(found) is not None


def drop_expired_messages(session: Session, now: datetime) -> None:
    """Nobody waited for these messages in time."""
    session.execute(delete(EarlyMessage).where(EarlyMessage.expires_at <= now))


def start_events_for(session: Session, kind: str, name: str) -> list[StartEvent]:
    """Start events of the latest releases that wait for a message or signal of this name."""
    return list(
        session.scalars(
            select(StartEvent)
            .where(StartEvent.kind == kind, StartEvent.name == name)
            .order_by(StartEvent.process_key, StartEvent.node_id)
        )
    )


def has_start_due(session: Session, now: datetime) -> bool:
    """Whether a timer start event is due: nothing is held."""
    found = select(StartEvent.node_id).where(StartEvent.due_at <= now).limit(1)
    return session.scalar(found) is not None


def start_timer_due(session: Session, now: datetime) -> StartEvent | None:
    """The timer start event that has been due longest, held for this transaction."""
    return session.scalar(
        select(StartEvent)
        .where(StartEvent.due_at <= now)
        .order_by(StartEvent.due_at, StartEvent.process_key, StartEvent.node_id)
        .limit(1)
        .with_for_update()
    )


def replace_start_events(session: Session, process_key: str, events: Iterable[StartEvent]) -> None:
    """From now on the process starts on these events only."""
    session.execute(delete(StartEvent).where(StartEvent.process_key == process_key))
    session.add_all(events)


def set_search_values(
    session: Session, instance_id: str, values: Mapping[str, tuple[str, object]]
) -> None:
    """Put the values of search attributes: the column and the value by name."""
    known = {
        row.name: row
        for row in session.scalars(
            select(SearchValue).where(
                SearchValue.instance_id == instance_id, SearchValue.name.in_(values)
            )
        )
    }
    for name, (column, value) in values.items():
        row = known.get(name)
        if row is None:
            row = SearchValue(instance_id=instance_id, name=name)
            session.add(row)
        row.text = row.number = row.moment = None
        setattr(row, column, value)


def keep_search_values(session: Session, instance_id: str, names: Iterable[str]) -> None:
    """Only these search attributes of an instance are known from now on."""
    session.execute(
        delete(SearchValue).where(
            SearchValue.instance_id == instance_id, SearchValue.name.not_in(list(names))
        )
    )


def open_incidents(
    session: Session, instance_id: str | None, process_key: str | None
) -> list[Incident]:
    """Incidents that wait for a human, oldest first; of one instance, one process or all."""
    statement = select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.id)
    if process_key is not None:
        statement = statement.join(Instance).where(Instance.process_key == process_key)
    if instance_id is not None:
        statement = statement.where(Incident.instance_id == instance_id)
    return list(session.scalars(statement))


def incidents_of_step(session: Session, instance_id: str, step_id: str) -> list[Incident]:
    """The open incidents of one step."""
    return list(
        session.scalars(
            select(Incident).where(
                Incident.instance_id == instance_id,
                Incident.step_id == step_id,
                Incident.resolved_at.is_(None),
            )
        )
    )


def count_running(session: Session) -> list[tuple[str, int]]:
    """How many instances of each process run: one range of the index for each."""
    keys = select(Release.process_key).distinct().subquery()
    running = (
        select(func.count())
        .where(Instance.process_key == keys.c.process_key, Instance.status == "running")
        .scalar_subquery()
    )
    rows = session.execute(select(keys.c.process_key, running).order_by(keys.c.process_key))
    return [(key, count) for key, count in rows]


def count_incidents(session: Session) -> list[tuple[str, str, int]]:
    """How many incidents wait for a human, by process and code."""
    rows = session.execute(
        select(Instance.process_key, Incident.code, func.count())
        .join(Instance, Instance.id == Incident.instance_id)
        .where(Incident.resolved_at.is_(None))
        .group_by(Instance.process_key, Incident.code)
        .order_by(Instance.process_key, Incident.code)
    )
    return [(key, code, count) for key, code, count in rows]


def count_overdue(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """How many timers should have fired, and since when the first of them."""
    of_instances = (
        select(WaitingEvent.due_at)
        .join(Instance, Instance.id == WaitingEvent.instance_id)
        .where(
            WaitingEvent.due_at <= now,
            Instance.status == "running",
            Instance.suspended_at.is_(None),
        )
    )
    of_starts = select(StartEvent.due_at).where(StartEvent.due_at <= now)
    late = of_instances.union_all(of_starts).subquery()
    count, since = session.execute(select(func.count(), func.min(late.c.due_at))).one()
    return count, since
