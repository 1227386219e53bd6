"""Consultations over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime

from opsflow.api.schemas.base import Body, Id, Out, Text
from opsflow.responsibility import Consultation


class QuestionIn(Body):
    """A question to a consulted role."""

    role: Id
    question: Text
    due_at: AwareDatetime | None = None


class AnswerIn(Body):
    """What somebody of the role says."""

    text: Text


class ConsultationOut(Out):
    """Who was asked about a task, and what they answered."""

    id: str
    instance_id: str
    task_id: str
    node_id: str
    role: str
    asked_at: datetime
    asked_by: str | None
    question: str | None
    required: bool
    due_at: datetime | None
    closed_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None
    on_behalf_of: str | None
    answer: str | None

    @classmethod
    def of(cls, consultation: Consultation) -> ConsultationOut:
        """What is told of a consultation."""
        return cls.model_validate(consultation)
