"""The table of the notifications: the notices in people's inboxes."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.errors import Refused

_UNREAD = text("read_at IS NULL")


class Notice(Base):
    """Something one person was told. ``kind`` is a stable word for programs to sort by."""

    __tablename__ = PREFIX + "notice"
    __table_args__ = (
        CheckConstraint("text <> ''", name="text"),
        Index(None, "person", "id"),
        Index(
            f"ix_{PREFIX}notice_unread",
            "person",
            sqlite_where=_UNREAD,
            postgresql_where=_UNREAD,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person: Mapped[str]
    kind: Mapped[str]
    instance_id: Mapped[str | None] = mapped_column(ForeignKey(PREFIX + "instance.id"))
    task_id: Mapped[str | None] = mapped_column(ForeignKey(PREFIX + "task.id"))
    text: Mapped[str]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    @property
    def is_read(self) -> bool:
        """Whether its person has marked it read."""
        return self.read_at is not None

    def mark_read(self, by: str, now: datetime) -> None:
        """Its person has read it; the first time counts. Raises Refused for anybody else."""
        if by != self.person:
            raise Refused(
                "a notice is read by the person it was written to",
                rule="notice.own",
                person=by,
                verb="read",
                could=(self.person,),
            )
        self.read_at = self.read_at or now


EVERY_KIND = "all"
"""The kind of a preference that counts where there is none for the kind of a notice."""


class Channel(StrEnum):
    """How a person is told besides the inbox, which has everything."""

    MAIL = "mail"
    CHAT = "chat"
    """A chat that takes posts by webhook, at a URL of the person's own."""


class Preference(Base):
    """How one person wants to be told of notices of one kind, or of all others."""

    __tablename__ = PREFIX + "preference"
    __table_args__ = (CheckConstraint("kind <> ''", name="kind"),)

    person: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    chosen: Mapped[str]
    """A JSON list of channels; empty for the inbox alone."""
    chat_url: Mapped[str | None]

    @property
    def channels(self) -> list[Channel]:
        """The channels besides the inbox."""
        return [Channel(each) for each in json.loads(self.chosen)]
