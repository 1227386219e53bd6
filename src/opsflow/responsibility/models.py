"""Tables of responsibility: who did what, and who was asked for advice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.errors import Invalid, WrongState
from opsflow.events import Actor

_Counter = BigInteger().with_variant(Integer, "sqlite")


class Performance(Base):
    """Somebody did something with a task: in which role, on whose behalf, under which release.

    ``withdrawn_at`` is set on a claim that was given back; it stays as a trace.
    """

    __tablename__ = PREFIX + "performance"
    __table_args__ = (
        CheckConstraint("on_behalf_of <> person", name="behalf"),
        Index(None, "instance_id"),
    )

    id: Mapped[int] = mapped_column(_Counter, primary_key=True, autoincrement=True)
    """Counts up, so that what happens in one moment keeps its order."""
    instance_id: Mapped[str] = mapped_column(Id)
    release_id: Mapped[str] = mapped_column(Id)
    process_key: Mapped[str]
    node_id: Mapped[str]
    counts_as: Mapped[str]
    """The node by the id that it has now: another one where the instance was migrated since."""
    task_id: Mapped[str] = mapped_column(Id)
    verb: Mapped[str]
    person: Mapped[str]
    role: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Consultation(Base):
    """A consulted role was asked about a task; somebody answers, or the deadline passes.

    ``required``: the task waits for the answer until ``due_at`` (None: for ever). It is
    closed when it is answered or its task is over.
    """

    __tablename__ = PREFIX + "consultation"
    __table_args__ = (
        CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)"
            " AND (answered_at IS NULL) = (answer IS NULL)",
            name="answered",
        ),
        CheckConstraint("answered_at IS NULL OR closed_at IS NOT NULL", name="closed"),
        Index(
            f"uq_{PREFIX}consultation_by_matrix",
            "task_id",
            "role",
            unique=True,
            sqlite_where=text("asked_by IS NULL"),
            postgresql_where=text("asked_by IS NULL"),
        ),
        Index(None, "task_id"),
        Index(
            f"ix_{PREFIX}consultation_open",
            "role",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(Id)
    task_id: Mapped[str] = mapped_column(Id)
    node_id: Mapped[str]
    role: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str | None]
    """None when the matrix asks, as the task opens."""
    question: Mapped[str | None]
    required: Mapped[bool]
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    answer: Mapped[str | None]

    def holds(self, now: datetime) -> bool:
        """Whether its task has to wait for it at this moment."""
        waiting = self.required and self.closed_at is None
        return waiting and (self.due_at is None or self.due_at > now)

    def take_answer(self, actor: Actor, answer: str, now: datetime) -> None:
        """Somebody of the role answers. Raises WrongState, and Invalid for no answer."""
        if self.closed_at is not None:
            state = "answered" if self.answered_at else "closed"
            raise WrongState("consultation", self.id, state, "answer")
        if not answer.strip():
            raise Invalid("An answer must say something.")
        self.answer, self.answered_by, self.on_behalf_of = answer, actor.person, actor.on_behalf_of
        self.answered_at = self.closed_at = now
