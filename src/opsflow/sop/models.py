"""Tables of the procedures: what was recorded, its evidence, and deviations."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.errors import Invalid, Refused, WrongState
from opsflow.events import Actor

_OPEN = text("state = 'open'")


class Deviation(Base):
    """A step that was skipped or measured out of its limits, and what became of that.

    ``open`` → ``accepted`` or ``sent_back`` by the accountable role; ``withdrawn`` when the
    performer recorded the step anew before that.
    """

    __tablename__ = PREFIX + "deviation"
    __table_args__ = (
        CheckConstraint("kind IN ('out_of_limits', 'skipped')", name="kind"),
        CheckConstraint("state IN ('open', 'accepted', 'sent_back', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("reason <> ''", name="reason"),
        Index(
            "uq_opsflow_deviation_open",
            "task_id",
            "step_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(None, "instance_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey(PREFIX + "task.id"))
    instance_id: Mapped[str] = mapped_column(ForeignKey(PREFIX + "instance.id"))
    step_id: Mapped[str]
    """Id of the procedure step."""
    kind: Mapped[str]
    detail: Mapped[str]
    reason: Mapped[str]
    raised_by: Mapped[str]
    on_behalf_of: Mapped[str | None]
    raised_at: Mapped[datetime]
    state: Mapped[str]
    decided_by: Mapped[str | None]
    decided_role: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    comment: Mapped[str | None]

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.state == "open"

    def is_of(self, person: str) -> bool:
        """Whether the person raised it, or somebody for them."""
        return person in (self.raised_by, self.on_behalf_of)

    def accept(self, actor: Actor, now: datetime, comment: str) -> None:
        """The work may go on with it. Raises WrongState, and Refused for its own raiser."""
        self._decide("accepted", "accept", actor, now, comment)

    def send_back(self, actor: Actor, now: datetime, comment: str) -> None:
        """The step is to be done again. Raises WrongState, Refused, and Invalid without comment."""
        if not comment.strip():
            raise Invalid("A deviation is sent back with a comment that says what to do.")
        self._decide("sent_back", "send back", actor, now, comment)

    def withdraw(self, actor: Actor, now: datetime) -> None:
        """The step was recorded anew; nobody needs to decide any more."""
        self.state, self.decided_at = "withdrawn", now
        self.decided_by, self.decided_role = actor.person, actor.role

    def _decide(self, state: str, verb: str, actor: Actor, now: datetime, comment: str) -> None:
        if not self.is_open:
            raise WrongState("deviation", self.id, self.state, verb)
        if self.is_of(actor.person) or self.is_of(actor.on_behalf_of or actor.person):
            raise Refused(
                "nobody decides about a deviation of their own, nor about that of the person "
                "they stand in for",
                rule="deviation.performer",
                person=actor.person,
                verb="accept a deviation of",
            )
        self.state, self.decided_at, self.comment = state, now, comment.strip() or None
        self.decided_by, self.decided_role = actor.person, actor.role


class ProcedureRecord(Base):
    """What a person did at one procedure step; recording it again replaces the row.

    ``number``, ``minimum`` and ``maximum`` are set for measures, the limits as they stood
    then. ``seconds`` is the time since the step before was recorded, or the task claimed.
    """

    __tablename__ = PREFIX + "procedure_record"
    __table_args__ = (
        UniqueConstraint("task_id", "step_id"),
        CheckConstraint("state IN ('done', 'skipped')", name="state"),
        CheckConstraint("seconds >= 0", name="seconds"),
        CheckConstraint("state = 'done' OR number IS NULL", name="skipped"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey(PREFIX + "task.id"))
    step_id: Mapped[str]
    round: Mapped[int]
    state: Mapped[str]
    value: Mapped[str | None]
    number: Mapped[Decimal | None]
    unit: Mapped[str | None]
    minimum: Mapped[Decimal | None]
    maximum: Mapped[Decimal | None]
    note: Mapped[str | None]
    person: Mapped[str]
    role: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    at: Mapped[datetime]
    seconds: Mapped[int]
    deviation_id: Mapped[str | None] = mapped_column(ForeignKey(Deviation.id))


class Evidence(Base):
    """A file that proves a record; its content is kept under its SHA-256."""

    __tablename__ = PREFIX + "evidence"
    __table_args__ = (Index(None, "record_id"), CheckConstraint("size > 0", name="size"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey(ProcedureRecord.id))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey(PREFIX + "blob.sha256"))
