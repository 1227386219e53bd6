"""Tables of the history: the records of events, and the head of every chain."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base

_Number = BigInteger().with_variant(Integer, "sqlite")


class Stream(Base):
    """The head of one chain: how many events it has, and the hash of its last record."""

    __tablename__ = PREFIX + "stream"

    id: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(unique=True)
    length: Mapped[int]
    head: Mapped[bytes]


class Record(Base):
    """What one person did to one chain in one transaction, written once and never changed.

    What happens by itself (``SYSTEM``) stands in the record of who brought it about.
    """

    __tablename__ = PREFIX + "event"
    __table_args__ = (
        CheckConstraint("position >= 1 AND length >= 1", name="counters"),
        Index(None, "at"),
        Index(None, "person", "at"),
    )

    stream_id: Mapped[int] = mapped_column(_Number, ForeignKey(Stream.id), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """Of its first event in the chain, counted from 1."""
    at: Mapped[datetime]
    length: Mapped[int] = mapped_column(SmallInteger)
    """How many events it holds."""
    packing: Mapped[int] = mapped_column(SmallInteger)
    """The edition of the packing that its events were packed by."""
    person: Mapped[str]
    hash: Mapped[bytes]
    events: Mapped[bytes]
    """Packed canonical JSON text."""
