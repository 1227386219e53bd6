"""Tables of the instances: their live state, what they wait for, and what they are found by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.definitions import Blob, Release
from opsflow.errors import Invalid, WrongState

REASON_LIMIT = 10_000
"""Characters of the reason for which an instance is stopped."""

_REQUESTED_SQL = text("idempotency_key IS NOT NULL")
_KEYED_SQL = text("business_key IS NOT NULL")
_OPEN_SQL = text("resolved_at IS NULL")


class Instance(Base):
    """One run of a release. ``state`` is the engine's text; it holds live work only."""

    __tablename__ = PREFIX + "instance"
    __table_args__ = (
        Index(
            f"uq_{PREFIX}instance_request",
            "process_key",
            "idempotency_key",
            unique=True,
            sqlite_where=_REQUESTED_SQL,
            postgresql_where=_REQUESTED_SQL,
        ),
        CheckConstraint("status IN ('running', 'completed', 'cancelled')", name="status"),
        CheckConstraint("(status = 'running') = (ended_at IS NULL)", name="ended"),
        Index(None, "process_key", "status", "id"),
        Index(
            f"ix_{PREFIX}instance_business_key",
            "business_key",
            sqlite_where=_KEYED_SQL,
            postgresql_where=_KEYED_SQL,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    process_key: Mapped[str]
    release_id: Mapped[str] = mapped_column(ForeignKey(Release.id))
    version: Mapped[int]
    business_key: Mapped[str | None]
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str | None]
    """Of the request that made it, to tell a repetition from a conflict."""
    status: Mapped[str]
    suspended_at: Mapped[datetime | None]
    revision: Mapped[int]
    started_at: Mapped[datetime]
    started_by: Mapped[str]
    traceparent: Mapped[str | None]
    """The span that it was started in (W3C Trace Context §3.2)."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    state: Mapped[str] = mapped_column(deferred=True, deferred_raiseload=False)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == "running"

    @property
    def is_suspended(self) -> bool:
        """Whether work on it is stopped for now."""
        return self.suspended_at is not None

    def require_active(self, verb: str) -> None:
        """Raise WrongState where it has ended or is suspended."""
        if not self.is_running:
            raise WrongState("instance", self.id, self.status, verb)
        if self.is_suspended:
            raise WrongState("instance", self.id, "suspended", verb)

    def suspend(self, now: datetime) -> None:
        """Stop work on it. Raises WrongState."""
        self.require_active("suspend")
        self.suspended_at = now

    def resume(self) -> None:
        """Let work go on. Raises WrongState where it is not suspended."""
        if not self.is_running or not self.is_suspended:
            state = self.status if not self.is_running else "not suspended"
            raise WrongState("instance", self.id, state, "resume")
        self.suspended_at = None

    def end(self, status: str, now: datetime, reason: str) -> None:
        """It is over."""
        self.status, self.ended_at, self.end_reason = status, now, reason
        self.suspended_at = None


class Migration(Base):
    """An instance went on under another release; it can be brought back."""

    __tablename__ = PREFIX + "migration"
    __table_args__ = (
        CheckConstraint("(reverted_at IS NULL) = (reverted_by IS NULL)", name="reverted"),
        Index(None, "instance_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey(Instance.id))
    from_release_id: Mapped[str] = mapped_column(ForeignKey(Release.id))
    to_release_id: Mapped[str] = mapped_column(ForeignKey(Release.id))
    plan: Mapped[str] = mapped_column(ForeignKey(Blob.sha256))
    """The hash of the plan, as JSON; instances that went by the same plan share it."""
    migrated_at: Mapped[datetime]
    migrated_by: Mapped[str]
    reason: Mapped[str]
    reverted_at: Mapped[datetime | None]
    reverted_by: Mapped[str | None]


class WaitingEvent(Base):
    """An event that a step of an instance waits for: message, signal or timer."""

    __tablename__ = PREFIX + "waiting_event"
    __table_args__ = (Index(None, "kind", "name"), Index(None, "due_at"))

    instance_id: Mapped[str] = mapped_column(ForeignKey(Instance.id), primary_key=True)
    step_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """Tells apart several events that one step waits for."""
    node_id: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str | None]
    correlation: Mapped[str | None]
    due_at: Mapped[datetime | None]


class EarlyMessage(Base):
    """A message that came before anybody waited for it; it goes to the first who does."""

    __tablename__ = PREFIX + "early_message"
    __table_args__ = (Index(None, "name", "id"), Index(None, "expires_at"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    correlation: Mapped[str | None]
    variables: Mapped[str]
    sent_by: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class StartEvent(Base):
    """A start event of the latest release of a process that is not started by hand."""

    __tablename__ = PREFIX + "start_event"
    __table_args__ = (Index(None, "kind", "name"), Index(None, "due_at"))

    process_key: Mapped[str] = mapped_column(primary_key=True)
    node_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[str] = mapped_column(ForeignKey(Release.id))
    kind: Mapped[str]
    name: Mapped[str | None]
    watched_at: Mapped[datetime]
    """When the release was deployed; a timer counts from then."""
    due_at: Mapped[datetime | None]
    index: Mapped[int | None]
    """Which time of a cycle is the next."""
    left: Mapped[int | None]
    """How often a timer still starts the process; None is without end."""


class SearchValue(Base):
    """The present value of a declared search attribute of an instance."""

    __tablename__ = PREFIX + "search_value"
    __table_args__ = (
        Index(None, "name", "text"),
        Index(None, "name", "number"),
        Index(None, "name", "moment"),
    )

    instance_id: Mapped[str] = mapped_column(ForeignKey(Instance.id), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str | None]
    number: Mapped[float | None] = mapped_column(Double)
    """Numbers are compared as IEEE doubles: 15 digits are found exactly."""
    moment: Mapped[datetime | None]


class Incident(Base):
    """A step that cannot go on until a human acts."""

    __tablename__ = PREFIX + "incident"
    __table_args__ = (
        Index(None, "instance_id", "step_id"),
        Index(
            f"ix_{PREFIX}incident_open", "id", sqlite_where=_OPEN_SQL, postgresql_where=_OPEN_SQL
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey(Instance.id))
    step_id: Mapped[str]
    node_id: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]
    raised_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    note: Mapped[str | None]
    """What somebody noted about it last."""

    def resolve(self, now: datetime, by: str) -> None:
        """A human has dealt with it. Raises WrongState where one has already."""
        if self.resolved_at is not None:
            raise WrongState("incident", self.id, "resolved", "resolve")
        self.resolved_at, self.resolved_by = now, by


def require_reason(what: str, reason: str) -> str:
    """The reason without the blanks around it. Raises Invalid for none, and for far too much."""
    said = reason.strip()
    if not said or len(said) > REASON_LIMIT:
        raise Invalid(f"{what} needs a reason of 1 to {REASON_LIMIT} characters.")
    return said
