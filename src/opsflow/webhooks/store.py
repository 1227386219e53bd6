"""Every SQL statement of the webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.orm import Session

from opsflow.db import add_if_missing, table_of
from opsflow.webhooks.models import Endpoint, Receipt, Subscription


def interests(connection: Connection) -> list[tuple[str, str]]:
    """The id and the patterns of every subscription, also of the paused ones.

    Without the session, which would write first what waits in it.
    """
    table = table_of(Subscription)
    rows = connection.execute(select(table.c.id, table.c.patterns).order_by(table.c.id))
    return [(id, patterns) for id, patterns in rows]


def hold(session: Session, subscription_id: str) -> Subscription | None:
    """One subscription, held for this transaction."""
    return session.get(Subscription, subscription_id, with_for_update=True, populate_existing=True)


def subscriptions(
    session: Session, made_by: str | None, after: str | None, limit: int
) -> list[Subscription]:
    """Subscriptions of a person or of everybody, oldest first."""
    statement = select(Subscription).order_by(Subscription.id).limit(limit)
    if made_by is not None:
        statement = statement.where(Subscription.created_by == made_by)
    if after is not None:
        statement = statement.where(Subscription.id > after)
    return list(session.scalars(statement))


def endpoints(session: Session) -> list[Endpoint]:
    """Every endpoint, by name."""
    return list(session.scalars(select(Endpoint).order_by(Endpoint.name)))


def hold_endpoint(session: Session, name: str) -> Endpoint | None:
    """One endpoint, held for this transaction."""
    return session.get(Endpoint, name, with_for_update=True, populate_existing=True)


def put_endpoint(
    session: Session,
    name: str,
    said: Mapping[str, object],
    replacing: Callable[[Endpoint], None],
) -> Endpoint:
    """The endpoint with these values, held for this transaction; its counts stay.

    Also if another transaction defines one of that name now. ``replacing`` is asked about the
    one that was there.
    """
    was_there = hold_endpoint(session, name) is not None
    if not was_there:
        counts = {"accepted": 0, "repeated": 0, "refused": 0}
        was_there = not add_if_missing(session, Endpoint, name=name, **counts, **said)
    endpoint = session.get_one(Endpoint, name, with_for_update=True, populate_existing=True)
    if was_there:
        replacing(endpoint)
    for attribute, value in said.items():
        setattr(endpoint, attribute, value)
    return endpoint


def begin(session: Session, endpoint: str, delivery: str, expires_at: datetime) -> Receipt:
    """The receipt of a delivery, held for this transaction; a new one has no outcome.

    Waits for another transaction that has begun with the same delivery.
    """
    add_if_missing(session, Receipt, endpoint=endpoint, delivery=delivery, expires_at=expires_at)
    key = (endpoint, delivery)
    return session.get_one(Receipt, key, with_for_update=True, populate_existing=True)


def drop_expired(session: Session, now: datetime) -> None:
    """Nobody will repeat these deliveries any more."""
    session.execute(delete(Receipt).where(Receipt.expires_at <= now))


def drop_receipts(session: Session, endpoint: str) -> None:
    """The endpoint takes nothing any more."""
    session.execute(delete(Receipt).where(Receipt.endpoint == endpoint))


def count(session: Session, name: str, changes: Mapping[str, object]) -> None:
    """Note at an endpoint what has become of a delivery."""
    session.execute(
        update(Endpoint)
        .where(Endpoint.name == name)
        .values(dict(changes))
        .execution_options(synchronize_session=False)
    )
