"""What the tasks announce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsflow.events import InstanceEvent


@dataclass(frozen=True, kw_only=True)
class TaskEvent(InstanceEvent):
    """Something about one task."""

    task_id: str
    node_id: str


@dataclass(frozen=True, kw_only=True)
class TaskBlocked(TaskEvent):
    """A task was opened whose entry gates have to let it through first."""

    release_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class TaskOffered(TaskEvent):
    """A task can be claimed by the roles and persons named; by everybody where none is."""

    release_id: str
    name: str
    roles: tuple[str, ...]
    candidates: tuple[str, ...]
    due_at: datetime | None
    priority: int


@dataclass(frozen=True, kw_only=True)
class TaskClaimed(TaskEvent):
    """Its actor took a task."""


@dataclass(frozen=True, kw_only=True)
class TaskReleased(TaskEvent):
    """Its assignee put a task back."""


@dataclass(frozen=True, kw_only=True)
class TaskAssigned(TaskEvent):
    """A task was given to a person, and taken from ``previous`` where somebody had it."""

    to: str
    role: str | None
    on_behalf_of: str | None
    previous: str | None


@dataclass(frozen=True, kw_only=True)
class TaskDelegated(TaskEvent):
    """Its assignee handed a task to somebody else."""

    to: str
    role: str | None
    on_behalf_of: str | None


@dataclass(frozen=True, kw_only=True)
class TaskReturned(TaskEvent):
    """The accountable role took a task back from ``previous`` and offered it anew."""

    previous: str
    was_in_review: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class TaskSubmitted(TaskEvent):
    """The work of a task is done, and its exit gates open."""

    release_id: str
    round: int
    data: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class TaskReworked(TaskEvent):
    """A gate sent a task back to its assignee."""

    assignee: str
    round: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TaskCompleted(TaskEvent):
    """A task is done. The actor is who completed it or whose vote let it through."""

    release_id: str
    performer: str
    round: int


@dataclass(frozen=True, kw_only=True)
class TaskMigrated(TaskEvent):
    """A task is that of another node or release from now on, for these roles and persons."""

    release_id: str
    name: str
    roles: tuple[str, ...]
    candidates: tuple[str, ...]
    from_release_id: str
    from_node_id: str


@dataclass(frozen=True, kw_only=True)
class TaskCancelled(TaskEvent):
    """A task is not needed any more."""

    reason: str
    assignee: str | None


@dataclass(frozen=True, kw_only=True)
class TaskPlanned(TaskEvent):
    """Its due date, follow-up or priority was changed."""

    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int


@dataclass(frozen=True, kw_only=True)
class TaskCommented(TaskEvent):
    """Somebody said something about a task."""

    comment_id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class AttachmentAdded(TaskEvent):
    """A file was attached to a task."""

    attachment_id: str
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class TaskRefused(TaskEvent):
    """The rules did not let the actor do something to a task. Kept as evidence."""

    verb: str
    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class TaskPlanUnreadable(TaskEvent):
    """An expression of the model gave no usable due date, priority or candidate."""

    what: str
    expression: str
    value: str
