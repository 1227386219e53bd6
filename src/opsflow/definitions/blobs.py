"""Content by its hash: the files of releases, evidence and attachments, each stored once."""

from __future__ import annotations

import hashlib

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, Session, mapped_column

from opsflow.db import PREFIX, Base, add_if_missing
from opsflow.errors import NotFound


class Blob(Base):
    """Some content under its SHA-256 (hex)."""

    __tablename__ = PREFIX + "blob"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


def keep(session: Session, content: bytes) -> str:
    """Store content, and give its SHA-256; the same content is stored once."""
    sha256 = hashlib.sha256(content).hexdigest()
    if session.get(Blob, sha256) is None:
        add_if_missing(session, Blob, sha256=sha256, size=len(content), content=content)
    return sha256


def fetch(session: Session, sha256: str) -> bytes:
    """The content under a hash. Raises NotFound."""
    blob = session.get(Blob, sha256)
    if blob is None:
        raise NotFound("content", sha256)
    return blob.content
