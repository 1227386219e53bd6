"""Tasks as plain objects, in any state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from opsflow.events import Actor
from opsflow.tasks import State, Task

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
LI = Actor("li", "buyer")
WANG = Actor("wang", "buyer", "li")


def new_task(*, blocked: bool = False) -> Task:
    return Task(
        id="t1",
        instance_id="i1",
        release_id="r1",
        process_key="p",
        step_id="3",
        node_id="work",
        name="Work",
        state=State.BLOCKED if blocked else State.OFFERED,
        suspended=False,
        candidate_roles=("buyer",),
        candidates=(),
        offered_at=None if blocked else NOW,
        priority=50,
        round=1,
        revision=1,
        created_at=NOW,
    )


def task_in(state: State) -> Task:
    """A task that came into the state by the verbs that lead there."""
    task = new_task(blocked=state is State.BLOCKED)
    if state in (State.CLAIMED, State.IN_REVIEW, State.COMPLETED):
        task.claim(LI, NOW)
    if state is State.IN_REVIEW:
        task.submit({"amount": 1}, NOW)
    if state is State.COMPLETED:
        task.complete({"amount": 1}, NOW)
    if state is State.CANCELLED:
        task.cancel("not needed", NOW)
    return task
