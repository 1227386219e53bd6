"""The table of the deadlines: what is to be done about an open task, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id

FOLLOW_UP = -1
"""The position of the reminder at the follow-up date, beside the rungs of the ladder."""


class TaskRung(Base):
    """One rung of the ladder of an open task, or the reminder at its follow-up date.

    While ``due_at`` is set there is a job that does it, and only that job may. A task that is
    over has no rungs.
    """

    __tablename__ = PREFIX + "task_rung"
    __table_args__ = (
        CheckConstraint("(due_at IS NULL) = (job_id IS NULL)", name="due"),
        CheckConstraint("act IN ('remind', 'reassign', 'tell', 'follow_up')", name="act"),
        CheckConstraint("done >= 0", name="done"),
    )

    task_id: Mapped[str] = mapped_column(ForeignKey(PREFIX + "task.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """Its place in the ladder, from 0."""
    act: Mapped[str]
    to_role: Mapped[str | None]
    due_at: Mapped[datetime | None]
    job_id: Mapped[str | None] = mapped_column(Id)
    for_due: Mapped[datetime | None]
    """The due date of the task that it was counted for."""
    done: Mapped[int] = mapped_column(default=0)
    """How often it was done."""
    done_at: Mapped[datetime | None]

    @property
    def is_ahead(self) -> bool:
        """Whether it is still to be done."""
        return self.due_at is not None

    def plan(self, due_at: datetime | None, job_id: str | None) -> None:
        """It is to be done then, by this job; None for both: not any more, or not yet."""
        self.due_at, self.job_id = due_at, job_id

    def do(self, now: datetime) -> None:
        """It is done, once more."""
        self.done += 1
        self.done_at = now
        self.plan(None, None)
