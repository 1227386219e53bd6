"""Every SQL statement of the batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.orm import Session

from opsflow.batches.models import Batch, BatchItem, BatchState, ItemState
from opsflow.batches.selection import Selection
from opsflow.batches.verbs import On, Verb
from opsflow.db import Id, table_of
from opsflow.instances import Incident, Instance, with_attribute

_ITEMS = table_of(BatchItem)
# Written out, because an index on some rows only is used where the condition is seen to fit.
_IS_WAITING = _ITEMS.c.state == literal_column("'waiting'")
_IS_FAILED = _ITEMS.c.state == literal_column("'failed'")


class Next(NamedTuple):
    """An item whose turn it is."""

    position: int
    target: str | None
    instance_id: str | None
    input: str | None


def conditions_of(verb: Verb, selection: Selection) -> list[ColumnElement[bool]]:
    """What an instance (and its incident) has to meet."""
    found = [Instance.status == "running"]
    found += [
        Instance.suspended_at.is_not(None) if wanted else Instance.suspended_at.is_(None)
        for wanted in (verb.suspended, selection.suspended)
        if wanted is not None
    ]
    equal = (
        (Instance.process_key, selection.process),
        (Instance.version, selection.version),
        (Instance.business_key, selection.business_key),
    )
    found += [column == value for column, value in equal if value is not None]
    found += [
        Instance.id.in_(with_attribute(name, value)) for name, value in selection.attributes.items()
    ]
    stuck = [
        column == value
        for column, value in ((Incident.node_id, selection.node), (Incident.code, selection.code))
        if value is not None
    ]
    if verb.on is On.INCIDENTS:
        return [*found, *stuck, Incident.resolved_at.is_(None)]
    if stuck:
        is_open = and_(Incident.instance_id == Instance.id, Incident.resolved_at.is_(None))
        found.append(exists().where(is_open, *stuck).correlate(Instance))
    return found


def named(on: On, ids: Sequence[str]) -> list[ColumnElement[bool]]:
    """The instances or incidents of these ids."""
    return [_target(on).in_(ids)]


def add_matching(
    connection: Connection,
    batch_id: str,
    on: On,
    conditions: Sequence[ColumnElement[bool]],
    *,
    behind: int = 0,
) -> None:
    """Make an item of each that meets the conditions, without loading one."""
    columns = (_target(on).label("target"), Instance.id.label("instance_id"))
    found = _among(on, *columns).where(*conditions).subquery()
    position = func.row_number().over(order_by=found.c.target) + behind
    rows = select(
        literal(batch_id, Id()),
        position,
        literal(str(ItemState.WAITING)),
        found.c.target,
        found.c.instance_id,
    )
    names = ["batch_id", "position", "state", "target", "instance_id"]
    connection.execute(insert(_ITEMS).inline().from_select(names, rows))


def add_rows(connection: Connection, batch_id: str, inputs: Sequence[str], *, behind: int) -> None:
    """Make an item of each row that an instance is started with."""
    values: list[dict[str, object]] = [
        {"batch_id": batch_id, "position": position, "state": ItemState.WAITING, "input": row}
        for position, row in enumerate(inputs, behind + 1)
    ]
    connection.execute(insert(_ITEMS).inline(), values)


def known(session: Session, on: On, ids: Sequence[str]) -> set[str]:
    """Those of the ids that there are."""
    return set(session.scalars(_among(on, _target(on)).where(*named(on, ids))))


def by_release(
    session: Session, on: On, conditions: Sequence[ColumnElement[bool]]
) -> list[tuple[str, int, int]]:
    """Process, version and count of those that meet the conditions."""
    statement = _among(on, Instance.process_key, Instance.version, func.count())
    return _grouped(session, statement.where(*conditions))


def releases_of(session: Session, batch_id: str) -> list[tuple[str, int, int]]:
    """Process, version and count of the items of a batch that is about instances."""
    statement = (
        select(Instance.process_key, Instance.version, func.count())
        .join(BatchItem, BatchItem.instance_id == Instance.id)
        .where(BatchItem.batch_id == batch_id)
    )
    return _grouped(session, statement)


def sample(
    session: Session, on: On, conditions: Sequence[ColumnElement[bool]], limit: int
) -> list[str]:
    """The first ids of those that meet the conditions."""
    target = _target(on)
    return list(
        session.scalars(_among(on, target).where(*conditions).order_by(target).limit(limit))
    )


def hold(session: Session, batch_id: str) -> Batch | None:
    """A batch, held for this transaction."""
    return session.get(Batch, batch_id, with_for_update=True, populate_existing=True)


def find(
    session: Session, conditions: Sequence[ColumnElement[bool]], after: str | None, limit: int
) -> list[Batch]:
    """Batches that meet every condition, the newest first, from behind the id ``after``."""
    statement = select(Batch).where(*conditions).order_by(Batch.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(Batch.id < after)
    return list(session.scalars(statement))


def take_next(connection: Connection, batch_id: str, run: int, after: int) -> Next | None:
    """The next waiting item behind a position, held for this transaction.

    None where the batch does not run, or not this time. What somebody else holds is passed over.
    """
    runs = exists().where(Batch.id == batch_id, Batch.run == run, Batch.state == BatchState.RUNNING)
    row = connection.execute(
        select(*(_ITEMS.c[name] for name in Next._fields))
        .where(_ITEMS.c.batch_id == batch_id, _IS_WAITING, _ITEMS.c.position > after, runs)
        .order_by(_ITEMS.c.position)
        .limit(1)
        .with_for_update(of=_ITEMS, skip_locked=True)
    ).one_or_none()
    return None if row is None else Next(*row)


def settle(connection: Connection, batch_id: str, position: int, **values: object) -> None:
    """Write what became of an item that is held."""
    connection.execute(
        update(_ITEMS)
        .where(_ITEMS.c.batch_id == batch_id, _ITEMS.c.position == position)
        .values(**values)
    )


def has_waiting(session: Session, batch_id: str) -> bool:
    """Whether an item waits, or is being worked on."""
    waits = exists().where(_ITEMS.c.batch_id == batch_id, _IS_WAITING)
    return bool(session.scalar(select(waits)))


def counts(session: Session, batch_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many items of each batch wait, and how many have failed."""
    found: dict[str, list[int]] = {each: [0, 0] for each in batch_ids}
    for index, state in enumerate((_IS_WAITING, _IS_FAILED)):
        rows = session.execute(
            select(_ITEMS.c.batch_id, func.count())
            .where(_ITEMS.c.batch_id.in_(batch_ids), state)
            .group_by(_ITEMS.c.batch_id)
        )
        for batch_id, count in rows:
            found[batch_id][index] = count
    return {batch_id: (waiting, failed) for batch_id, (waiting, failed) in found.items()}


def cancel_waiting(connection: Connection, batch_id: str) -> int:
    """What waits is not done any more; how many that are. Waits for what is being done."""
    return connection.execute(
        update(_ITEMS)
        .where(_ITEMS.c.batch_id == batch_id, _IS_WAITING)
        .values(state=ItemState.CANCELLED)
    ).rowcount


def queue_failed(connection: Connection, batch_id: str) -> int:
    """What failed waits again; how many that are."""
    return connection.execute(
        update(_ITEMS)
        .where(_ITEMS.c.batch_id == batch_id, _IS_FAILED)
        .values(state=ItemState.WAITING, error=None, ended_at=None)
    ).rowcount


def items(
    session: Session, batch_id: str, state: ItemState | None, after: int, limit: int
) -> list[BatchItem]:
    """Items of a batch in their order, from behind a position."""
    statement = (
        select(BatchItem)
        .where(BatchItem.batch_id == batch_id, BatchItem.position > after)
        .order_by(BatchItem.position)
        .limit(limit)
    )
    if state is not None:
        # As a text of the statement: the indexes of some states are used then.
        statement = statement.where(BatchItem.state == literal_column(f"'{state.value}'"))
    return list(session.scalars(statement))


def done_values(now: datetime, instance_id: str) -> Mapping[str, Any]:
    """What is written of an item that was done."""
    return {"state": ItemState.DONE, "ended_at": now, "instance_id": instance_id}


def failed_values(now: datetime, error: str) -> Mapping[str, Any]:
    """What is written of an item that could not be done."""
    return {"state": ItemState.FAILED, "ended_at": now, "error": error}


def _target(on: On) -> Any:
    return Incident.id if on is On.INCIDENTS else Instance.id


def _among(on: On, *columns: Any) -> Select[Any]:
    """The instances, or the incidents with their instances."""
    statement = select(*columns).select_from(Instance)
    if on is On.INCIDENTS:
        return statement.join(Incident, Incident.instance_id == Instance.id)
    return statement


def _grouped(session: Session, statement: Select[str, int, int]) -> list[tuple[str, int, int]]:
    rows = session.execute(
        statement.group_by(Instance.process_key, Instance.version).order_by(
            Instance.process_key, Instance.version
        )
    )
    return [(process, version, count) for process, version, count in rows]
