"""Tasks: the work items of people, from the offer to completion."""

from opsflow.tasks.desk import Guard
from opsflow.tasks.events import (
    AttachmentAdded,
    TaskAssigned,
    TaskBlocked,
    TaskCancelled,
    TaskClaimed,
    TaskCommented,
    TaskCompleted,
    TaskDelegated,
    TaskEvent,
    TaskMigrated,
    TaskOffered,
    TaskPlanned,
    TaskPlanUnreadable,
    TaskRefused,
    TaskReleased,
    TaskReturned,
    TaskReworked,
    TaskSubmitted,
)
from opsflow.tasks.forms import check_form, check_forms, form_of, validate
from opsflow.tasks.lists import Order, View
from opsflow.tasks.models import Task, TaskOffer
from opsflow.tasks.notes import Attachment, Comment, require_file
from opsflow.tasks.opening import moment_of
from opsflow.tasks.service import Tasks
from opsflow.tasks.states import State

__all__ = [
    "Attachment",
    "AttachmentAdded",
    "Comment",
    "Guard",
    "Order",
    "State",
    "Task",
    "TaskAssigned",
    "TaskBlocked",
    "TaskCancelled",
    "TaskClaimed",
    "TaskCommented",
    "TaskCompleted",
    "TaskDelegated",
    "TaskEvent",
    "TaskMigrated",
    "TaskOffer",
    "TaskOffered",
    "TaskPlanUnreadable",
    "TaskPlanned",
    "TaskRefused",
    "TaskReleased",
    "TaskReturned",
    "TaskReworked",
    "TaskSubmitted",
    "Tasks",
    "View",
    "check_form",
    "check_forms",
    "form_of",
    "moment_of",
    "require_file",
    "validate",
]
