"""Tables of the history: the events, and the head of every chain."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base

EventId = BigInteger().with_variant(Integer, "sqlite")


class Stream(Base):
    """The head of one chain: how many events it has, and the hash of the last."""

    __tablename__ = PREFIX + "stream"

    name: Mapped[str] = mapped_column(primary_key=True)
    length: Mapped[int]
    head: Mapped[str]


class Entry(Base):
    """One event of a chain, written once and never changed.

    ``data`` is canonical JSON text, kept as text so that what was hashed is what is stored.
    """

    __tablename__ = PREFIX + "event"
    __table_args__ = (
        UniqueConstraint("stream", "position"),
        Index(None, "type", "at"),
        Index(None, "person", "at"),
    )

    id: Mapped[int] = mapped_column(EventId, primary_key=True, autoincrement=True)
    stream: Mapped[str] = mapped_column(ForeignKey(Stream.name))
    position: Mapped[int]
    type: Mapped[str]
    at: Mapped[datetime]
    person: Mapped[str]
    role: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    data: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]
