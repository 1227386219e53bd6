"""Tables of the calendars: what each says, and which unit goes by which."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.calendars.definition import Definition
from opsflow.calendars.working import BusinessCalendar, business_calendar
from opsflow.db import PREFIX, Base
from opsflow.people import OrganisationUnit

_DEFAULT = text("is_default")


class Calendar(Base):
    """A business calendar. ``revision`` counts what was changed; the history says by whom."""

    __tablename__ = PREFIX + "calendar"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision"),
        Index(
            f"uq_{PREFIX}calendar_default",
            "is_default",
            unique=True,
            sqlite_where=_DEFAULT,
            postgresql_where=_DEFAULT,
        ),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[str]
    """The definition, as JSON text."""
    is_default: Mapped[bool] = mapped_column(default=False)
    """Whether units without a calendar of their own go by it."""
    revision: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]

    @property
    def definition(self) -> Definition:
        """What it says."""
        return Definition.read(self.document)

    @property
    def business(self) -> BusinessCalendar:
        """Its arithmetic."""
        return business_calendar(self.document)

    def change(self, definition: Definition, by: str, now: datetime) -> bool:
        """Let it say something else from now on; False where it says that already."""
        document = definition.document
        if document == self.document:
            return False
        self.document, self.changed_at, self.changed_by = document, now, by
        self.revision += 1
        return True


class UnitCalendar(Base):
    """The calendar that a unit goes by, and every unit below it that has none of its own."""

    __tablename__ = PREFIX + "unit_calendar"

    unit_id: Mapped[str] = mapped_column(ForeignKey(OrganisationUnit.id), primary_key=True)
    calendar_key: Mapped[str] = mapped_column(ForeignKey(Calendar.key), index=True)
