"""Deadlines: the ladder of a task's service level, and follow-up dates, as durable jobs."""

from opsflow.deadlines.checks import RULES, check_service_levels
from opsflow.deadlines.events import TaskEscalated, TaskFollowUpDue, TaskReminded
from opsflow.deadlines.models import FOLLOW_UP, TaskRung
from opsflow.deadlines.service import TOPIC, Deadlines

__all__ = [
    "FOLLOW_UP",
    "RULES",
    "TOPIC",
    "Deadlines",
    "TaskEscalated",
    "TaskFollowUpDue",
    "TaskReminded",
    "TaskRung",
    "check_service_levels",
]
