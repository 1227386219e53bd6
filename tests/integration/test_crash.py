"""A process that is killed between any two statements leaves nothing half done."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from tests.integration.snapshots import contents
from tests.models import APPROVED_ORDER

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def prepare(url: str) -> None:
    with Opsflow(url, clock=ManualClock(AT)) as flow:
        for person, role in (("ann", "buyer"), ("max", "manager")):
            flow.people.add_person(person, name=person.title())
            flow.people.add_role(role)
            flow.people.grant(person, role)
        flow.definitions.deploy(APPROVED_ORDER, by="ann")


def start(flow: Opsflow) -> None:
    flow.instances.start("order", by="ann", variables={"amount": 100}, idempotency_key="1")


def claim(flow: Opsflow) -> None:
    (task,) = flow.tasks.find(open=True)
    flow.tasks.claim(task.id, by="ann")


def submit(flow: Opsflow) -> None:
    (task,) = flow.tasks.find(open=True)
    flow.tasks.complete(task.id, by="ann", data={"supplier": "Acme"})


def approve(flow: Opsflow) -> None:
    (gate,) = flow.approvals.to_vote("max")
    flow.approvals.vote(gate.gate.id, by="max", choice="approve")


def run_and_die(url: str, act: Callable[[Opsflow], None], after: int) -> bool:
    """Act in a child that kills itself after so many statements; True when it got to the end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with Opsflow(url, clock=ManualClock(AT)) as flow:
                _kill_after(flow, after)
                act(flow)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"{act.__name__} failed"
    return not os.WIFSIGNALED(status)


def _kill_after(flow: Opsflow, count: int) -> None:
    left = [count]

    def counted(*_: object) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    event.listen(flow.engine, "before_cursor_execute", counted)
    event.listen(flow.engine, "commit", counted)


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with Opsflow(url) as flow:
        return contents(flow)


def state(url: str) -> tuple[str, str, int]:
    """Where the story stands: the instance, its task, and how many gates are open."""
    with Opsflow(url) as flow:
        instances = flow.instances.find()
        tasks = flow.tasks.find()
        gates = flow.approvals.to_vote("max")
        assert flow.history.verify().holds
        assert len(instances) == len(tasks) <= 1
    if not instances:
        return ("", "", 0)
    return (instances[0].status, str(tasks[0].state), len(gates))


STORY = (
    (start, ("running", "offered", 0)),
    (claim, ("running", "claimed", 0)),
    (submit, ("running", "in_review", 1)),
    (approve, ("completed", "completed", 0)),
)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_between_any_two_statements_nothing_is_half_done(url: str) -> None:
    prepare(url)
    killed = 0
    for act, afterwards in STORY:
        before = rows(url)
        for statements in range(200):
            if run_and_die(url, act, statements):
                break
            killed += 1
            if rows(url) != before:
                # It had committed, and was only reading what it answers.
                break
        assert state(url) == afterwards, f"{act.__name__}, killed {killed} times"
    assert killed > 50
