"""The tables of the webhooks: subscriptions, endpoints, and what an endpoint has taken."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.errors import WrongState

PATIENCE = timedelta(days=1)
"""How long the target of a subscription may fail before the subscription is paused."""
FAILURES = 10
"""Failures in a row without which no subscription is paused, however long they lie apart."""


class Subscription(Base):
    """Tell one URL of events: of these types, of one process or of all.

    ``sequence`` is the number of the last event that it was told of, without gaps and in the
    order of the commits.
    """

    __tablename__ = PREFIX + "subscription"
    __table_args__ = (
        CheckConstraint("sequence >= 0 AND failures >= 0", name="counts"),
        CheckConstraint("(failing_since IS NULL) = (failures = 0)", name="failing"),
        CheckConstraint("(paused_at IS NULL) = (pause_reason IS NULL)", name="paused"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    url: Mapped[str]
    patterns: Mapped[str]
    """A JSON list of types of events; one that ends in ``*`` is the beginning of several."""
    process_key: Mapped[str | None]
    secret_names: Mapped[str]
    """A JSON list of environment variables; the target may know any of the secrets."""
    sequence: Mapped[int]
    failures: Mapped[int]
    """Failed deliveries since the last one that was taken."""
    failing_since: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]

    @property
    def events(self) -> list[str]:
        """The types of events, as they were subscribed to."""
        return [str(each) for each in json.loads(self.patterns)]

    @property
    def secrets_from(self) -> list[str]:
        """The environment variables that hold its secrets."""
        return [str(each) for each in json.loads(self.secret_names)]

    def pause(self, reason: str, now: datetime) -> None:
        """Deliver nothing until it is resumed; nothing is lost. Raises WrongState."""
        if self.paused_at is not None:
            raise WrongState("subscription", self.id, "paused", "pause")
        self.paused_at, self.pause_reason = now, reason

    def resume(self) -> None:
        """Deliver again, what has waited too. Raises WrongState."""
        if self.paused_at is None:
            raise WrongState("subscription", self.id, "active", "resume")
        self.paused_at = self.pause_reason = self.failing_since = None
        self.failures = 0

    def note_failure(self, now: datetime) -> bool:
        """A delivery failed; whether the target has failed for so long that it is given up."""
        self.failures += 1
        self.failing_since = self.failing_since or now
        long_enough = now - self.failing_since >= PATIENCE and self.failures >= FAILURES
        return long_enough and self.paused_at is None

    def note_success(self) -> None:
        """A delivery was taken."""
        self.failures, self.failing_since = 0, None


def fits(patterns: Iterable[str], type: str) -> bool:
    """Whether a type of events is one of these; ``Task*`` is every one that begins so."""
    return any(
        type.startswith(each[:-1]) if each.endswith("*") else type == each for each in patterns
    )


class Endpoint(Base):
    """What a sender may post to, and what becomes of it.

    The expressions are FEEL over ``body``, the JSON that was sent.
    """

    __tablename__ = PREFIX + "endpoint"
    __table_args__ = (
        CheckConstraint("scheme IN ('standard', 'github')", name="scheme"),
        CheckConstraint("(message IS NULL) <> (process_key IS NULL)", name="effect"),
        CheckConstraint("accepted >= 0 AND repeated >= 0 AND refused >= 0", name="counts"),
        CheckConstraint("body_limit > 0 AND (keep_seconds IS NULL OR keep_seconds > 0)", name="l"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    scheme: Mapped[str]
    secret_names: Mapped[str]
    """A JSON list of environment variables; several while a secret is replaced."""
    message: Mapped[str | None]
    process_key: Mapped[str | None]
    condition: Mapped[str | None]
    """Only what it holds for has an effect."""
    correlation: Mapped[str | None]
    business_key: Mapped[str | None]
    variables: Mapped[str]
    """A JSON object: a FEEL expression by the name of the variable."""
    keep_seconds: Mapped[int | None]
    body_limit: Mapped[int]
    accepted: Mapped[int]
    repeated: Mapped[int]
    refused: Mapped[int]
    last_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    defined_by: Mapped[str]
    defined_at: Mapped[datetime]

    @property
    def secrets_from(self) -> list[str]:
        """The environment variables that hold its secrets."""
        return [str(each) for each in json.loads(self.secret_names)]

    @property
    def variables_from(self) -> dict[str, str]:
        """The expression of each variable."""
        return {str(name): str(text) for name, text in json.loads(self.variables).items()}

    @property
    def keep(self) -> timedelta | None:
        """How long a message waits for its receiver."""
        return None if self.keep_seconds is None else timedelta(seconds=self.keep_seconds)


class Receipt(Base):
    """A delivery that had its effect, so that the same one has no second."""

    __tablename__ = PREFIX + "receipt"
    __table_args__ = (Index(None, "expires_at"),)

    endpoint: Mapped[str] = mapped_column(
        ForeignKey(Endpoint.name, ondelete="CASCADE"), primary_key=True
    )
    delivery: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str | None]
    """None while the transaction works that takes it."""
    instance_id: Mapped[str | None] = mapped_column(Id)
    expires_at: Mapped[datetime]
