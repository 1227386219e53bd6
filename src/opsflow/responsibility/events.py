"""What responsibility announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opsflow.events import InstanceEvent


@dataclass(frozen=True, kw_only=True)
class ConsultationAsked(InstanceEvent):
    """A consulted role was asked about a task, by the matrix or by a person."""

    consultation_id: str
    task_id: str
    role: str
    question: str | None
    required: bool
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ConsultationAnswered(InstanceEvent):
    """Somebody of a consulted role answered."""

    consultation_id: str
    task_id: str
    role: str
    answer: str
