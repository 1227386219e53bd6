"""What is kept beside a task: comments and attached files."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.definitions import Blob
from opsflow.errors import EvidenceInvalid, Invalid
from opsflow.tasks.models import Task
from opsflow.texts import is_storable

SIZE_LIMIT = 25 * 1024 * 1024
"""Bytes of one attached file, where the operator sets no other limit."""
COMMENT_LIMIT = 10_000
"""Characters of one comment."""
NAME_LIMIT = 255

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


class Comment(Base):
    """Something a person said about a task. It is never changed."""

    __tablename__ = PREFIX + "task_comment"
    __table_args__ = (
        CheckConstraint("text <> ''", name="text"),
        Index(None, "task_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey(Task.id))
    person: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


class Attachment(Base):
    """A file on a task; its content is kept by its hash."""

    __tablename__ = PREFIX + "task_attachment"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        Index(None, "task_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey(Task.id))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey(Blob.sha256))
    by: Mapped[str]
    at: Mapped[datetime]


def require_text(what: str, text: str) -> str:
    """What somebody wrote, without the blanks around it.

    Raises Invalid for nothing, for too much, and for characters that cannot be stored.
    """
    said = text.strip()
    if not said or len(said) > COMMENT_LIMIT:
        raise Invalid(f"{what} has 1 to {COMMENT_LIMIT} characters, not {len(said)}.")
    if not is_storable(said):
        raise Invalid(f"{what} has characters that no text can have.")
    return said


def require_file(name: str, content: bytes, media_type: str, limit: int = SIZE_LIMIT) -> None:
    """Raises EvidenceInvalid for a file that cannot be kept, with the reason."""
    if not content:
        raise EvidenceInvalid(f"The file {name!r} is empty.")
    if len(content) > limit:
        raise EvidenceInvalid(
            f"The file {name!r} has {len(content)} bytes; at most {limit} are taken."
        )
    printable = name == name.strip() and name.isprintable() and not set(name) & set("/\\")
    if not 0 < len(name) <= NAME_LIMIT or not printable or name in (".", ".."):
        raise EvidenceInvalid(f"{name[:NAME_LIMIT]!r} is no name of a file.")
    if _MEDIA_TYPE.fullmatch(media_type.lower()) is None:
        raise EvidenceInvalid(f"{media_type[:NAME_LIMIT]!r} is no media type, as text/plain is.")
