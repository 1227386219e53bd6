"""One verb on many tasks: each task by itself, each with its own result."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opsflow.access import Permission
from opsflow.api.calling import Call
from opsflow.api.permitting import Caller
from opsflow.api.problems import told
from opsflow.api.routing import Routes
from opsflow.api.schemas.bulk import BulkIn, BulkItemIn, BulkItemOut, BulkOut
from opsflow.api.schemas.tasks import TaskOut
from opsflow.app import Opsflow
from opsflow.errors import Invalid, OpsflowError
from opsflow.tasks import Task


def add(routes: Routes) -> None:
    """Register the routes."""

    @routes.post("/tasks/bulk", permission=Permission.TASKS_WORK, tags=["work"])
    def change_tasks(body: BulkIn, call: Caller) -> BulkOut:
        """Do a verb to many tasks. Each is done or not by itself; the answer says which.

        With an idempotency key they commit together, with the answer that is kept.
        """
        verb = _verb_of(routes.flow, body, call.person)

        def change() -> BulkOut:
            items = [_do(call, item, verb) for item in body.items]
            done = sum(item.problem is None for item in items)
            return BulkOut(done=done, failed=len(items) - done, items=items)

        return call.once(change)


def _do(call: Call, item: BulkItemIn, verb: Callable[[BulkItemIn], Task]) -> BulkItemOut:
    try:
        with call.on_task(item.task_id):
            return BulkItemOut(task_id=item.task_id, task=TaskOut.of(verb(item)))
    except OpsflowError as error:
        return BulkItemOut(task_id=item.task_id, problem=told(error))


def _verb_of(flow: Opsflow, body: BulkIn, by: str) -> Callable[[BulkItemIn], Task]:
    """What is done to each task. Raises Invalid where the verb lacks what it needs."""
    _require_complete(body)
    tasks = flow.tasks
    verbs: Mapping[str, Callable[[BulkItemIn], Task]] = {
        "claim": lambda item: tasks.claim(item.task_id, by=by, revision=item.revision),
        "release": lambda item: tasks.release(item.task_id, by=by, revision=item.revision),
        "complete": lambda item: tasks.complete(
            item.task_id, by=by, data=item.data, revision=item.revision
        ),
        "assign": lambda item: tasks.assign(
            item.task_id, to=str(body.to), by=by, revision=item.revision
        ),
        "delegate": lambda item: tasks.delegate(
            item.task_id, to=str(body.to), by=by, revision=item.revision
        ),
        "return": lambda item: tasks.return_(
            item.task_id, by=by, reason=str(body.reason), revision=item.revision
        ),
        "due": lambda item: tasks.set_due(item.task_id, body.due_at, by=by, revision=item.revision),
        "priority": lambda item: tasks.set_priority(
            item.task_id, int(body.priority or 0), by=by, revision=item.revision
        ),
    }
    return verbs[body.verb]


def _require_complete(body: BulkIn) -> None:
    """Raise Invalid where the verb needs a member that the request lacks."""
    needed = {"assign": "to", "delegate": "to", "return": "reason", "priority": "priority"}
    member = needed.get(body.verb)
    if member is not None and getattr(body, member) is None:
        raise Invalid(f"To {body.verb} tasks, say {member!r} in the request.")
