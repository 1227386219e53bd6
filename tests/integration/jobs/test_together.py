"""Jobs whose effects meet: in one transaction, in one instance, or in one suspension."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import update

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.engine import BpmnError
from opsflow.errors import StateUnreadable
from opsflow.instances import Completed, Failed, Instance, Result, ServiceCall
from opsflow.jobs import Job, Lease, State
from opsflow.jobs.watching import Answered
from opsflow.telemetry import Observer
from tests.integration.jobs.processes import CALLING, DEADLINE, service
from tests.models import flows, model

HELD = timedelta(minutes=1)
NEWS = '<message id="news" name="news"/>'
TERMINATING = '<endEvent id="stop"><terminateEventDefinition/></endEvent>'

SENDER = model(
    '<startEvent id="s"/>'
    + service("tell")
    + '<intermediateThrowEvent id="t"><messageEventDefinition messageRef="news"/>'
    '</intermediateThrowEvent><endEvent id="e"/>' + flows("s>tell", "tell>t", "t>e"),
    key="sender",
    before=NEWS,
)
"""A service task, and the message ``news`` behind it."""

LISTENER = model(
    '<startEvent id="s"/><parallelGateway id="fork"/>'
    + service("work")
    + '<intermediateCatchEvent id="c"><messageEventDefinition messageRef="news"/>'
    '</intermediateCatchEvent><parallelGateway id="join"/><endEvent id="e"/>'
    + flows("s>fork", "fork>work", "fork>c", "work>join", "c>join", "join>e"),
    key="listener",
    before=NEWS,
)
"""A service task and the message ``news`` in any order, and a join behind them."""

INTERRUPTED = model(
    '<startEvent id="s"/>'
    + service("work")
    + '<boundaryEvent id="b" attachedToRef="work"><messageEventDefinition messageRef="news"/>'
    '</boundaryEvent><endEvent id="e"/><endEvent id="off"/>' + flows("s>work", "work>e", "b>off"),
    key="interrupted",
    before=NEWS,
)
"""A service task that the message ``news`` ends."""

FAILING = model(
    '<startEvent id="s"/>'
    + service("try")
    + service("break")
    + '<endEvent id="e"/>'
    + flows("s>try", "try>break", "break>e"),
    key="failing",
)
"""A service task, and another one whose handler works in the transaction of the move."""

EITHER = model(
    '<startEvent id="s"/><parallelGateway id="fork"/>'
    + service("one")
    + service("two")
    + TERMINATING
    + '<endEvent id="e"/>'
    + flows("s>fork", "fork>one", "fork>two", "one>stop", "two>e"),
    key="either",
)
"""Two service tasks at once, of which ``one`` ends all."""


@pytest.fixture(autouse=True)
def processes(flow: Opsflow) -> None:
    for each in (SENDER, LISTENER, INTERRUPTED, FAILING, EITHER, CALLING):
        flow.definitions.deploy(each, by="ann", responsibility="open")


def start(flow: Opsflow, *keys: str) -> list[str]:
    return [flow.instances.start(key, by="ann").id for key in keys]


def leases_of(flow: Opsflow, *runs: str) -> list[Lease]:
    topics = ["tell", "work", "try", "one", "two", "call"]
    taken = flow.jobs.fetch_and_lock(topics, worker="w", lease=HELD, max_jobs=99)
    found = {lease.instance_id: lease for lease in taken}
    return [found[run] for run in runs]


def settle(flow: Opsflow, leases: Sequence[Lease], result: Result | None = None) -> list[Answered]:
    answers = [Answered(each, Completed()) for each in leases[:-1]]
    answers.append(Answered(leases[-1], result or Completed()))
    return flow.jobs.workshop.settling.settle_all(answers)


def status(flow: Opsflow, run: str) -> str:
    return flow.instances.get(run).status


@pytest.mark.parametrize("order", ["teller first", "teller last"])
def test_who_is_moved_by_another_one_of_the_group_loses_nothing(flow: Opsflow, order: str) -> None:
    sender, listener = start(flow, "sender", "listener")
    leases = leases_of(flow, sender, listener)
    settle(flow, leases if order == "teller first" else leases[::-1])
    assert status(flow, sender) == status(flow, listener) == "completed"
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_a_part_that_is_undone_in_between_undoes_nothing_of_the_others(flow: Opsflow) -> None:
    @flow.handler("break", transactional=True)
    def fail(_call: ServiceCall) -> None:
        raise RuntimeError("no")

    sender, failing, listener = start(flow, "sender", "failing", "listener")
    assert settle(flow, leases_of(flow, sender, failing, listener)) == []
    assert [status(flow, run) for run in (sender, listener)] == ["completed", "completed"]
    [incident] = flow.instances.incidents(failing)
    assert incident.node_id == "break"
    assert flow.history.verify().holds


@pytest.mark.parametrize("result", [Completed(), Failed("no"), Failed("no", retries=0)])
def test_an_answer_of_a_step_that_another_one_of_the_group_ends_is_lost(
    flow: Opsflow, result: Result
) -> None:
    sender, interrupted = start(flow, "sender", "interrupted")
    leases = leases_of(flow, sender, interrupted)
    left = settle(flow, leases, result)
    assert [each.lease for each in left] == [leases[1]]
    assert not flow.jobs.workshop.settling.settle(left[0])
    assert status(flow, sender) == status(flow, interrupted) == "completed"
    assert flow.jobs.find() == []
    told = [entry.type for entry in flow.history.of_instance(interrupted)]
    assert "JobFailed" not in told
    assert "IncidentRaised" not in told


@pytest.mark.parametrize("last", ["one", "two"])
def test_an_instance_is_resumed_though_one_result_makes_another_one_vain(
    flow: Opsflow, last: str
) -> None:
    [run] = start(flow, "either")
    taken = flow.jobs.fetch_and_lock(["one", "two"], worker="w", lease=HELD, max_jobs=2)
    flow.instances.suspend(run, by="max", reason="audit")
    for lease in sorted(taken, key=lambda each: each.topic == last):
        flow.jobs.complete(lease.token, {"done": lease.topic})
    flow.instances.resume(run, by="max")
    assert status(flow, run) == "completed"
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


@pytest.mark.parametrize("how", ["error", "failure"])
def test_a_handler_that_undoes_its_own_suspension_leaves_no_job_held(
    flow: Opsflow, how: str
) -> None:
    [run] = start(flow, "calling")

    @flow.handler("call", transactional=True, retries=0)
    def call(call: ServiceCall) -> None:
        flow.instances.suspend(call.instance_id, by="max", reason="audit")
        raise BpmnError("NO") if how == "error" else RuntimeError("no")

    flow.jobs.run_until_idle()
    assert not flow.instances.get(run).is_suspended
    if how == "error":
        assert status(flow, run) == "completed"
        assert flow.jobs.find() == []
    else:
        assert len(flow.instances.incidents(run)) == 1
        assert [job.state for job in flow.jobs.find()] == [State.INCIDENT]


def test_an_instance_that_cannot_be_read_keeps_no_lease_of_others(
    flow: Opsflow, url: str, clock: ManualClock
) -> None:
    broken, well = start(flow, "calling", "calling")
    for lease in leases_of(flow, broken, well):
        flow.jobs.fail(lease.token, "no", retries=1, backoff=timedelta())
    assert len(leases_of(flow, broken, well)) == 2
    with flow.engine.begin() as connection:
        stored = update(Instance).where(Instance.id == broken)
        connection.execute(stored.values(state="not a state"))
    clock.advance(HELD * 2)
    with Opsflow(url, clock=clock) as fresh:
        assert fresh.jobs.fetch_and_lock(["else"], worker="w", lease=HELD) == []
        assert len(fresh.instances.incidents(well)) == 1


def test_who_reads_an_instance_sees_nothing_of_a_move_that_is_not_committed(
    flow: Opsflow,
) -> None:
    [run] = start(flow, "calling")
    moves = flow.instances._moves
    with flow._database.reading() as unit:
        execution = moves.look(unit, moves.lock(unit, run))

        def move() -> None:
            flow.instances.set_variables(run, {"n": 1}, by="max")

        thread = Thread(target=move)
        thread.start()
        thread.join()
        assert execution.variables() == {}
    assert flow.instances.variables(run) == {"n": 1}


def test_who_reads_an_instance_does_not_wait_for_who_moves_it(flow: Opsflow) -> None:
    [run] = start(flow, "calling")
    read: list[object] = []
    thread = Thread(target=lambda: read.append(flow.instances.variables(run)))
    with flow.transaction():
        flow.instances.set_variables(run, {"n": 1}, by="max")
        thread.start()
        thread.join(3)
        waited = thread.is_alive()
    thread.join()
    assert not waited
    assert read == [{}]


def test_a_timer_that_cannot_be_fired_keeps_no_other_one(
    flow: Opsflow, url: str, clock: ManualClock
) -> None:
    flow.definitions.deploy(DEADLINE, by="ann", responsibility="open")
    broken, well = start(flow, "deadline", "deadline")
    with flow.engine.begin() as connection:
        stored = update(Instance).where(Instance.id == broken)
        connection.execute(stored.values(state="not a state"))
    clock.advance(timedelta(hours=2))
    with Opsflow(url, clock=clock) as fresh:
        with pytest.raises(StateUnreadable):
            fresh.instances.run_due()
        assert status(fresh, well) == "completed"


def test_an_observer_that_raises_undoes_nothing_and_repeats_nothing(flow: Opsflow) -> None:
    seen: list[str] = []

    class Loud(Observer):
        def attempt_ended(self, topic: str, outcome: str) -> None:
            seen.append(outcome)
            raise RuntimeError("no")

    flow.observer = Loud()
    flow.handler("call")(lambda _call: None)
    runs = start(flow, *["calling"] * 5)
    assert flow.jobs.run_until_idle() == 5
    assert seen == ["completed"] * 5
    assert {status(flow, run) for run in runs} == {"completed"}


def test_a_job_that_can_neither_be_read_nor_fail_keeps_no_other_one(
    flow: Opsflow, url: str, clock: ManualClock
) -> None:
    broken, well = start(flow, "calling", "calling")
    with flow.engine.begin() as connection:
        connection.execute(update(Instance).where(Instance.id == broken).values(state="?"))
        connection.execute(update(Job).where(Job.instance_id == broken).values(payload="?"))
    with Opsflow(url, clock=clock) as fresh:
        taken = fresh.jobs.fetch_and_lock(["call"], worker="w", lease=HELD, max_jobs=9)
        assert [lease.instance_id for lease in taken] == [well]


def test_a_handler_that_cancels_its_own_instance_in_the_transaction_has_done_so(
    flow: Opsflow,
) -> None:
    [run] = start(flow, "calling")

    @flow.handler("call", transactional=True)
    def call(call: ServiceCall) -> None:
        flow.instances.cancel(call.instance_id, by="max", reason="a duplicate")

    assert flow.jobs.run_until_idle() == 1
    assert status(flow, run) == "cancelled"
    assert flow.jobs.find() == []
    assert flow.history.verify().holds
