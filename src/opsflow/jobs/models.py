"""The ledger: one row per piece of background work that is not done yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, Double, Enum, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.errors import WrongState

_DUE = text("due_at IS NOT NULL AND held_at IS NULL")
_LEASED = text("lease_until IS NOT NULL")
_OF_STEP = text("step_id IS NOT NULL")
_OF_SUBJECT = text("subject IS NOT NULL")


class State(StrEnum):
    """The life of a job. A job that is done has no row."""

    TIMER = "timer"
    """It waits for its time."""
    QUEUED = "queued"
    """Whoever is free may take it."""
    RUNNING = "running"
    """Somebody has taken it, until the lease runs out."""
    INCIDENT = "incident"
    """A human has to mend something first."""


class Kind(StrEnum):
    """What a job is for."""

    SERVICE = "service"
    """A service step of an instance."""
    CALL = "call"
    """A call of a handler that no step waits for: a notification, the host's own work."""


class Job(Base):
    """A piece of work: what, for whom, when, and who has it.

    ``attempt`` counts how often it was taken; whoever has it names the attempt with everything
    that they say, so that nobody who has lost the job has an effect.
    """

    __tablename__ = PREFIX + "job"
    __table_args__ = (
        CheckConstraint("state IN ('timer', 'queued', 'running', 'incident')", name="state"),
        CheckConstraint("kind IN ('service', 'call')", name="kind"),
        CheckConstraint(
            "(state IN ('timer', 'queued')) = (due_at IS NOT NULL)",
            name="due",
        ),
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint(
            "(lease_until IS NULL) = (lease_owner IS NULL) "
            "AND (lease_until IS NULL) = (secret IS NULL)",
            name="owner",
        ),
        CheckConstraint("step_id IS NULL OR instance_id IS NOT NULL", name="step"),
        CheckConstraint("attempt >= 0 AND failures >= 0 AND retries_left >= 0", name="counts"),
        Index(f"ix_{PREFIX}job_due", "due_at", "id", sqlite_where=_DUE, postgresql_where=_DUE),
        Index(
            f"ix_{PREFIX}job_topic",
            "topic",
            "due_at",
            "id",
            sqlite_where=_DUE,
            postgresql_where=_DUE,
        ),
        Index(
            f"ix_{PREFIX}job_lease", "lease_until", sqlite_where=_LEASED, postgresql_where=_LEASED
        ),
        Index(
            f"uq_{PREFIX}job_step",
            "instance_id",
            "step_id",
            unique=True,
            sqlite_where=_OF_STEP,
            postgresql_where=_OF_STEP,
        ),
        Index(
            f"ix_{PREFIX}job_subject",
            "subject",
            "id",
            sqlite_where=_OF_SUBJECT,
            postgresql_where=_OF_SUBJECT,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[Kind] = mapped_column(
        Enum(Kind, native_enum=False, length=20, values_callable=lambda kinds: [*kinds])
    )
    topic: Mapped[str]
    instance_id: Mapped[str | None] = mapped_column(Id, ForeignKey(PREFIX + "instance.id"))
    step_id: Mapped[str | None]
    node_id: Mapped[str | None]
    business_key: Mapped[str | None]
    subject: Mapped[str | None]
    """What a call is about, such as ``subscription:…``: its like is found and held by it."""
    payload: Mapped[str]
    """The variables that the work is given, as the engine writes them."""
    outcome: Mapped[str | None]
    """What the work came to, kept while the instance is suspended."""
    state: Mapped[State] = mapped_column(
        Enum(State, native_enum=False, length=20, values_callable=lambda states: [*states])
    )
    due_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    """Since when its instance is suspended, or its subject is held."""
    attempt: Mapped[int]
    failures: Mapped[int]
    """Failed attempts since it was queued by a human or the process."""
    retries_left: Mapped[int | None]
    """None until the first failure: how often it is retried is known to whoever does it."""
    backoff: Mapped[float | None] = mapped_column(Double)
    """Seconds of the first pause between attempts, once there was a failure."""
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    secret: Mapped[str | None]
    """Of the present attempt: what makes its token hard to guess."""
    engine_ref: Mapped[str | None]
    """The number of the job in the engine that dispatches it, where there is one."""
    last_error: Mapped[str | None]
    traceparent: Mapped[str | None]
    """The span that it was made in (W3C Trace Context §3.2)."""
    created_at: Mapped[datetime]

    def take(self, owner: str, until: datetime, secret: str) -> None:
        """Somebody does it now. Raises WrongState where it is not to be had."""
        if self.state not in (State.TIMER, State.QUEUED) or self.held_at is not None:
            raise WrongState("job", self.id, str(self.state), "take")
        self.state, self.due_at = State.RUNNING, None
        self.attempt += 1
        self.lease_owner, self.lease_until, self.secret = owner, until, secret

    def queue(self, due_at: datetime, now: datetime) -> None:
        """It is to be done, now or at its time."""
        self.state = State.TIMER if due_at > now else State.QUEUED
        self.engine_ref = None
        self.due_at = due_at
        self._let_go()

    def stop(self) -> None:
        """It waits for a human."""
        self.state, self.due_at = State.INCIDENT, None
        self._let_go()

    def renew(self, payload: str, now: datetime) -> None:
        """A human has it done again: with what is known now, and all its retries."""
        self.payload, self.failures, self.retries_left = payload, 0, None
        self.queue(now, now)

    def pause(self, base: timedelta, chance: float) -> timedelta:
        """How long to wait after a failure: twice as long each time, some chance in it, at most
        an hour. ``chance`` is between 0 and 1.
        """
        doubled = base * (1 << min(max(self.failures - 1, 0), 20))
        return min(doubled, LONGEST_PAUSE) * (0.75 + chance / 2)

    def _let_go(self) -> None:
        self.lease_owner = self.lease_until = self.secret = None


LONGEST_PAUSE = timedelta(hours=1)
"""The longest pause between two attempts, but for the chance in it."""
