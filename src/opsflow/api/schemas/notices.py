"""The inbox over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from opsflow.api.schemas.base import Body, Out, example
from opsflow.notifications import Channel, Notice, Preference


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


class PreferenceIn(Body):
    """The channels besides the inbox; none for the inbox alone."""

    model_config = example(channels=["mail"])

    channels: list[Channel] = Field(max_length=2)
    chat_url: str | None = Field(
        default=None, max_length=2000, description="Where the chat takes posts; with `chat` only"
    )


class PreferenceOut(Out):
    """How the caller is told of notices of a kind. The URL of a chat is a secret of its own."""

    kind: str
    channels: list[Channel]

    @classmethod
    def of(cls, preference: Preference) -> PreferenceOut:
        """What is told of a preference."""
        return cls.model_validate(preference)
