"""The table of the replies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base


class KeptReply(Base):
    """What was answered to a request of a person's, by the key the person gave it."""

    __tablename__ = PREFIX + "reply"
    __table_args__ = (Index(None, "expires_at"),)

    person: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[str]
    """SHA-256 of what was asked, to tell a repetition from a conflict."""
    status: Mapped[int]
    headers: Mapped[str]
    """A JSON object."""
    body: Mapped[str]
    expires_at: Mapped[datetime]
