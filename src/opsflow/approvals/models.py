"""Tables of the approvals: the gates of a task, their seats, and the votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.approvals.voting import Choice, Outcome, Seat, decide
from opsflow.db import PREFIX, Base, Id
from opsflow.engine import GateRule
from opsflow.errors import Invalid, WrongState
from opsflow.events import Actor

_LIVE = text("void_at IS NULL")


class TaskGate(Base):
    """A gate of a task, through all rounds of it.

    ``waiting`` (for the gate before it) → ``open`` → ``approved`` or ``rejected``. A decided
    gate opens again when its task is submitted anew or when what it approved changes.
    ``void``: the task was withdrawn.
    """

    __tablename__ = PREFIX + "gate"
    __table_args__ = (
        UniqueConstraint("task_id", "gate_id"),
        CheckConstraint("at IN ('entry', 'exit')", name="at"),
        CheckConstraint("rule IN ('all', 'any', 'quorum', 'sequence')", name="rule"),
        CheckConstraint(
            "state IN ('waiting', 'open', 'approved', 'rejected', 'void')", name="state"
        ),
        CheckConstraint(
            "(state IN ('approved', 'rejected')) = (decided_at IS NOT NULL)", name="decided"
        ),
        CheckConstraint("state <> 'open' OR content_hash IS NOT NULL", name="content"),
        CheckConstraint("round >= 0 AND needed >= 0", name="counters"),
        Index(None, "instance_id", "state"),
        Index(None, "state", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey(PREFIX + "instance.id"))
    task_id: Mapped[str] = mapped_column(ForeignKey(PREFIX + "task.id"))
    gate_id: Mapped[str]
    """Id of the gate in the model."""
    position: Mapped[int]
    at: Mapped[str]
    rule: Mapped[str]
    state: Mapped[str]
    round: Mapped[int]
    """How often it was opened."""
    needed: Mapped[int]
    """Approvals of counting seats that a quorum needs."""
    tiers: Mapped[list[str]] = mapped_column(JSON)
    """The conditions of the tiers that apply, as written."""
    shown: Mapped[list[str]] = mapped_column(JSON)
    """Names of the variables that belong to what is approved."""
    content_hash: Mapped[str | None]
    """Of what is to be approved, as it is now."""
    opened_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    @property
    def is_decided(self) -> bool:
        """Whether its votes have come to a decision."""
        return self.state in ("approved", "rejected")

    def require_open(self, verb: str) -> None:
        """Raise WrongState where nobody may vote at present."""
        if self.state != "open":
            raise WrongState("gate", self.id, self.state, verb)

    def open(self, now: datetime) -> None:
        """Ask its voters, for the first time or again."""
        self.state, self.opened_at, self.decided_at = "open", now, None
        self.round += 1

    def wait(self) -> None:
        """A gate before it is asked first."""
        self.state, self.decided_at = "waiting", None

    def decide(self, decision: str, now: datetime) -> None:
        """Its votes have come to ``approved`` or ``rejected``."""
        self.state, self.decided_at = decision, now

    def void(self) -> None:
        """Its task was withdrawn."""
        self.state, self.decided_at = "void", None

    def outcome(self, seats: Sequence[GateSeat], votes: Sequence[Vote]) -> Outcome:
        """What the live votes decide."""
        cast: Mapping[str, Choice] = {str(vote.seat): Choice(vote.choice) for vote in votes}
        return decide(GateRule(self.rule), [seat.seat for seat in seats], cast, self.needed)


class GateSeat(Base):
    """A place for one vote at a gate. ``source``: ``base``, ``tier`` or ``veto``."""

    __tablename__ = PREFIX + "gate_seat"
    __table_args__ = (
        CheckConstraint("source IN ('base', 'tier', 'veto')", name="source"),
        Index(None, "role"),
    )

    gate_id: Mapped[str] = mapped_column(ForeignKey(TaskGate.id), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    source: Mapped[str]
    required: Mapped[bool]
    veto: Mapped[bool]

    @property
    def seat(self) -> Seat:
        """The seat as the rules of voting see it."""
        return Seat(
            id=str(self.position),
            role=self.role,
            counts=self.source == "base",
            required=self.required,
            veto=self.veto,
        )


class Vote(Base):
    """What one person said, and the hash of what they said it about."""

    __tablename__ = PREFIX + "vote"
    __table_args__ = (
        CheckConstraint("choice IN ('approve', 'reject', 'abstain')", name="choice"),
        CheckConstraint("choice <> 'reject' OR reason <> ''", name="reason"),
        CheckConstraint("(void_at IS NULL) = (void_reason IS NULL)", name="void"),
        Index(
            f"uq_{PREFIX}vote_seat",
            "gate_id",
            "seat",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            f"uq_{PREFIX}vote_person",
            "gate_id",
            "person",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    gate_id: Mapped[str] = mapped_column(ForeignKey(TaskGate.id))
    round: Mapped[int]
    seat: Mapped[int]
    person: Mapped[str]
    role: Mapped[str]
    on_behalf_of: Mapped[str | None]
    choice: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    content_hash: Mapped[str]
    void_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]

    @property
    def actor(self) -> Actor:
        """Who voted, in which role and for whom."""
        return Actor(self.person, self.role, self.on_behalf_of)

    @property
    def is_live(self) -> bool:
        """Whether it counts."""
        return self.void_at is None

    def is_of(self, people: frozenset[str]) -> bool:
        """Whether one of them cast it, or it was cast for one of them."""
        return self.person in people or self.on_behalf_of in people

    def make_void(self, reason: str, now: datetime) -> None:
        """It counts no more, and stays readable."""
        self.void_at, self.void_reason = now, reason


def require_reason(choice: Choice, reason: str) -> str:
    """The reason without blanks around it. Raises Invalid for a rejection without one."""
    said = reason.strip()
    if choice is Choice.REJECT and not said:
        raise Invalid("A rejection needs a reason: the performer has to know what to do.")
    return said
