"""What the deadlines announce."""

from __future__ import annotations

from dataclasses import dataclass

from opsflow.tasks import TaskEvent


@dataclass(frozen=True, kw_only=True)
class TaskReminded(TaskEvent):
    """A rung of the ladder reminded these people of a task."""

    position: int
    people: tuple[str, ...]
    is_overdue: bool


@dataclass(frozen=True, kw_only=True)
class TaskEscalated(TaskEvent):
    """A rung of the ladder told the accountable roles of a task that is not done."""

    position: int
    roles: tuple[str, ...]
    is_overdue: bool


@dataclass(frozen=True, kw_only=True)
class TaskFollowUpDue(TaskEvent):
    """The follow-up date of a task has come; its assignee wanted to see it again."""

    assignee: str
