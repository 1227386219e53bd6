"""One verb on many tasks over HTTP."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from opsflow.api.problems import Problem
from opsflow.api.schemas.base import Body, Id, Out, Reason
from opsflow.api.schemas.tasks import TaskOut

BULK_LIMIT = 200
"""Tasks of one request."""


class BulkItemIn(Body):
    """A task, and what is its own in the verb."""

    task_id: Id
    revision: int | None = Field(default=None, ge=0, le=2_147_483_647)
    data: dict[str, Any] | None = Field(default=None, description="Form data, to complete")


class BulkIn(Body):
    """A verb, and the tasks that it is done to."""

    verb: Literal["claim", "release", "complete", "assign", "delegate", "return", "due", "priority"]
    items: list[BulkItemIn] = Field(min_length=1, max_length=BULK_LIMIT)
    to: Id | None = Field(default=None, description="To assign or delegate")
    reason: Reason | None = Field(default=None, description="To return")
    due_at: AwareDatetime | None = None
    priority: int | None = Field(default=None, ge=0, le=100)


class BulkItemOut(Out):
    """What became of one task: how it is now, or what was wrong."""

    task_id: str
    task: TaskOut | None = None
    problem: Problem | None = None


class BulkOut(Out):
    """What became of each task, in the order asked."""

    done: int
    failed: int
    items: list[BulkItemOut]
