"""The inbox over HTTP."""

from __future__ import annotations

from datetime import datetime

from opsflow.api.schemas.base import Out
from opsflow.notifications import Notice


class NoticeOut(Out):
    """Something the caller was told."""

    id: str
    kind: str
    text: str
    instance_id: str | None
    task_id: str | None
    at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, notice: Notice) -> NoticeOut:
        """What is told of a notice."""
        return cls.model_validate(notice)


class MarkedOut(Out):
    """How many notices were marked read."""

    marked: int
