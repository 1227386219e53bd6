"""The verbs of those who do a task, and of those who answer for it."""

from __future__ import annotations

from collections.abc import Callable

from opsflow.access import Permission
from opsflow.api.calling import Call
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.tasks import (
    Completion,
    Draft,
    DueDate,
    FollowUp,
    Handover,
    Priority,
    ReturnedFor,
    TaskOut,
)
from opsflow.tasks import Task

TAGS = ["work"]
WORK = Permission.TASKS_WORK


def add(routes: Routes) -> None:
    """Register the routes."""
    _work(routes)
    _steering(routes)
    _planning(routes)


def _on(call: Call, task_id: str, do: Callable[[], Task]) -> TaskOut:
    """Do a verb on a task, once."""
    with call.on_task(task_id):
        return call.once(lambda: TaskOut.of(do()))


def _work(routes: Routes) -> None:
    tasks = routes.flow.tasks

    @routes.post("/tasks/{task_id}/claim", permission=WORK, tags=TAGS)
    def claim_task(task_id: str, call: Caller) -> TaskOut:
        """Take an offered task."""
        return _on(
            call, task_id, lambda: tasks.claim(task_id, by=call.person, revision=call.revision)
        )

    @routes.post("/tasks/{task_id}/release", permission=WORK, tags=TAGS)
    def release_task(task_id: str, call: Caller) -> TaskOut:
        """Put a claimed task back into the offer; a draft stays with it."""
        return _on(
            call, task_id, lambda: tasks.release(task_id, by=call.person, revision=call.revision)
        )

    @routes.put("/tasks/{task_id}/draft", permission=WORK, tags=TAGS)
    def save_draft(task_id: str, body: Draft, call: Caller) -> TaskOut:
        """Keep unfinished form data; it is not checked against the form yet."""
        return _on(
            call,
            task_id,
            lambda: tasks.save_draft(
                task_id, by=call.person, data=body.data, revision=call.revision
            ),
        )

    @routes.post("/tasks/{task_id}/complete", permission=WORK, tags=TAGS)
    def complete_task(task_id: str, body: Completion, call: Caller) -> TaskOut:
        """Hand in the work: it is completed, or in review where it has an exit gate.

        An offered task is claimed first, if the rules allow it.
        """
        return _on(
            call,
            task_id,
            lambda: tasks.complete(task_id, by=call.person, data=body.data, revision=call.revision),
        )


def _steering(routes: Routes) -> None:
    tasks = routes.flow.tasks

    @routes.post("/tasks/{task_id}/assign", permission=WORK, tags=TAGS)
    def assign_task(task_id: str, body: Handover, call: Caller) -> TaskOut:
        """Give a task to a person: the accountable role's right."""
        return _on(
            call,
            task_id,
            lambda: tasks.assign(task_id, to=body.to, by=call.person, revision=call.revision),
        )

    @routes.post("/tasks/{task_id}/delegate", permission=WORK, tags=TAGS)
    def delegate_task(task_id: str, body: Handover, call: Caller) -> TaskOut:
        """Hand one's task to somebody else who may do it."""
        return _on(
            call,
            task_id,
            lambda: tasks.delegate(task_id, to=body.to, by=call.person, revision=call.revision),
        )

    @routes.post("/tasks/{task_id}/return", permission=WORK, tags=TAGS)
    def return_task(task_id: str, body: ReturnedFor, call: Caller) -> TaskOut:
        """Take a task back and offer it anew: the accountable role's right."""
        return _on(
            call,
            task_id,
            lambda: tasks.return_(
                task_id, by=call.person, reason=body.reason, revision=call.revision
            ),
        )


def _planning(routes: Routes) -> None:
    tasks = routes.flow.tasks

    @routes.put("/tasks/{task_id}/due", permission=WORK, tags=TAGS)
    def set_due(task_id: str, body: DueDate, call: Caller) -> TaskOut:
        """Set when a task is due: the accountable role's right."""
        return _on(
            call,
            task_id,
            lambda: tasks.set_due(task_id, body.at, by=call.person, revision=call.revision),
        )

    @routes.put("/tasks/{task_id}/follow-up", permission=WORK, tags=TAGS)
    def set_follow_up(task_id: str, body: FollowUp, call: Caller) -> TaskOut:
        """Set when one wants to see one's task again."""
        return _on(
            call,
            task_id,
            lambda: tasks.set_follow_up(task_id, body.at, by=call.person, revision=call.revision),
        )

    @routes.put("/tasks/{task_id}/priority", permission=WORK, tags=TAGS)
    def set_priority(task_id: str, body: Priority, call: Caller) -> TaskOut:
        """Set how urgent a task is: the accountable role's right."""
        return _on(
            call,
            task_id,
            lambda: tasks.set_priority(task_id, body.value, by=call.person, revision=call.revision),
        )
