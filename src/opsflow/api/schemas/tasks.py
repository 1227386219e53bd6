"""Tasks over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from opsflow.api.schemas.base import Body, Id, Out, Reason, Text, example
from opsflow.api.values import Variables
from opsflow.deadlines import TaskRung
from opsflow.responsibility import Ruling, Verb
from opsflow.tasks import Attachment, Comment, Task

TaskState = Literal["blocked", "offered", "claimed", "in_review", "completed", "cancelled"]


class TaskOut(Out):
    """A task."""

    id: str
    instance_id: str
    release_id: str
    process_key: str
    node_id: str
    name: str
    state: TaskState
    suspended: bool
    assignee: str | None
    assignee_role: str | None
    on_behalf_of: str | None
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    round: int
    revision: int
    created_at: datetime
    claimed_at: datetime | None
    submitted_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    end_reason: str | None

    @classmethod
    def of(cls, task: Task) -> TaskOut:
        """What is told of a task."""
        return cls.model_validate(task)


class RungOut(Out):
    """What is done about a task that stays as it is."""

    at: datetime
    do: Literal["remind", "reassign", "tell", "follow_up"]
    to: str | None = Field(description="The role that it is reassigned to")

    @classmethod
    def of(cls, rung: TaskRung) -> RungOut:
        """What is told of a rung that lies ahead."""
        return cls.model_validate({"at": rung.due_at, "do": rung.act, "to": rung.to_role})


class TaskDetail(TaskOut):
    """A task, with what was handed in and what was saved for later."""

    submitted: Variables
    saved: Variables = Field(description="The draft, or what was handed in last")
    next_rung: RungOut | None = Field(
        default=None, description="What its service level or follow-up date does next"
    )

    @classmethod
    def told(cls, task: Task, following: TaskRung | None) -> TaskDetail:
        """A task with what lies ahead of it."""
        detail = cls.model_validate(task)
        detail.next_rung = None if following is None else RungOut.of(following)
        return detail


class Counts(Out):
    """How many tasks wait for the caller; ``limit`` means that many or more."""

    offered: int
    mine: int
    to_vote: int
    to_answer: int
    deviations: int
    unread: int
    limit: int


class Completion(Body):
    """The work of a task, handed in."""

    model_config = example(data={"item": "Safety gloves", "quantity": 600, "amount": 4200})

    data: dict[str, Any] | None = Field(
        default=None, description="Form data; without it, the saved draft is handed in"
    )


class Draft(Body):
    """Unfinished form data."""

    model_config = example(data={"item": "Safety gloves"})

    data: dict[str, Any]


class Handover(Body):
    """To whom a task goes."""

    model_config = example(to="bo")

    to: Id


class ReturnedFor(Body):
    """Why a task is taken back."""

    model_config = example(reason="It belongs to the other plant")

    reason: Reason


class DueDate(Body):
    """When a task is due; null for never."""

    model_config = example(at="2027-01-15T17:00:00+08:00")

    at: AwareDatetime | None


class FollowUp(Body):
    """When its assignee wants to see a task again; null for not."""

    model_config = example(at="2027-01-11T09:00:00+08:00")

    at: AwareDatetime | None


class Priority(Body):
    """How urgent a task is."""

    model_config = example(value=80)

    value: int = Field(ge=0, le=100)


class FormOut(Out):
    """A task's form."""

    name: str
    json_schema: dict[str, Any]


class VariablesOut(Out):
    """Variables, by name."""

    variables: Variables


class RulingOut(Out):
    """May a person do something with a task, and by which rule?"""

    allowed: bool
    verb: Verb
    person: str
    rule: str
    reason: str
    role: str | None
    on_behalf_of: str | None
    could: list[str] = Field(description="Who could do it; empty where anybody could")

    @classmethod
    def of(cls, ruling: Ruling, person: str, verb: Verb) -> RulingOut:
        """What a ruling says about a person and a verb."""
        return cls(
            allowed=ruling.allowed,
            verb=verb,
            person=person,
            rule=ruling.rule,
            reason=ruling.reason,
            role=ruling.role,
            on_behalf_of=ruling.on_behalf_of,
            could=list(ruling.could),
        )


class CommentIn(Body):
    """Something to say about a task."""

    model_config = example(text="Thursday is too late")

    text: Text


class CommentOut(Out):
    """What somebody said about a task."""

    id: str
    person: str
    text: str
    at: datetime

    @classmethod
    def of(cls, comment: Comment) -> CommentOut:
        """What is told of a comment."""
        return cls.model_validate(comment)


class AttachmentOut(Out):
    """A file on a task."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    by: str
    at: datetime

    @classmethod
    def of(cls, attachment: Attachment) -> AttachmentOut:
        """What is told of an attached file."""
        return cls.model_validate(attachment)
