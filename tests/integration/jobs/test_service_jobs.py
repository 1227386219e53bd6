"""Service tasks as jobs: when they run, how often, and what a failure comes to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.engine import BpmnError
from opsflow.errors import WrongState
from opsflow.instances import Instance, Later, ServiceCall
from opsflow.jobs import State
from tests.integration.jobs.processes import CALLING, CHAIN, DEADLINE, PARALLEL


def deploy(flow: Opsflow, *models: bytes) -> None:
    for each in models:
        flow.definitions.deploy(each, by="ann", responsibility="open")


def nodes(flow: Opsflow, run: Instance) -> str:
    return " ".join(entry.data for entry in flow.history.of_instance(run.id))


def test_a_handler_works_after_the_commit_and_outside_of_a_transaction(flow: Opsflow) -> None:
    deploy(flow, CALLING)
    inside = []

    @flow.handler("call")
    def call(call: ServiceCall) -> Mapping[str, object]:
        inside.append(flow._database.in_transaction)
        call.variables["list"].append("mine only")  # type: ignore[attr-defined]
        return {"customer": 7}

    run = flow.instances.start("calling", by="ann", variables={"list": [1]})
    (job,) = flow.jobs.find()
    assert (job.state, job.topic, job.instance_id) == (State.QUEUED, "call", run.id)
    assert flow.jobs.run_until_idle() == 1
    assert inside == [False]
    assert flow.instances.get(run.id).status == "completed"
    assert flow.instances.variables(run.id) == {"list": [1], "customer": 7}
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_what_follows_from_a_job_is_done_too(flow: Opsflow) -> None:
    deploy(flow, CHAIN)
    keys = []
    for topic in ("one", "two"):
        flow.handler(topic)(lambda call: keys.append(call.idempotency_key))
    run = flow.instances.start("chain", by="ann")
    assert flow.jobs.run_until_idle() == 2
    assert flow.instances.get(run.id).status == "completed"
    assert len(set(keys)) == 2


def test_a_transaction_that_is_rolled_back_leaves_no_job(flow: Opsflow) -> None:
    deploy(flow, CALLING)
    with pytest.raises(RuntimeError), flow.transaction():
        flow.instances.start("calling", by="ann")
        raise RuntimeError("no")
    with Session(flow.engine) as host:
        with flow.transaction(host):
            flow.instances.start("calling", by="ann")
            flow.jobs.enqueue("told")
            assert len(flow.jobs.find()) == 2
        host.rollback()
    assert flow.jobs.find() == []


def test_jobs_are_not_done_inside_a_transaction(flow: Opsflow) -> None:
    with pytest.raises(WrongState, match="open"), flow.transaction():
        flow.jobs.run_until_idle()


def test_a_topic_that_nobody_here_knows_waits_for_somebody_who_does(
    flow: Opsflow, url: str
) -> None:
    deploy(flow, CALLING)
    run = flow.instances.start("calling", by="ann")
    assert flow.jobs.run_until_idle() == 0
    assert [(each.topic, each.state, each.count) for each in flow.jobs.depths()] == [
        ("call", State.QUEUED, 1)
    ]
    with Opsflow(url, clock=flow._database.clock) as other:
        other.handler("call")(lambda _call: {"by": "other"})
        assert other.jobs.run_until_idle() == 1
    assert flow.instances.variables(run.id) == {"by": "other"}


def test_a_failure_is_tried_again_with_longer_and_longer_pauses(
    flow: Opsflow, clock: ManualClock
) -> None:
    deploy(flow, CALLING)
    calls: list[ServiceCall] = []

    @flow.handler("call", retries=3, backoff=timedelta(minutes=1))
    def call(call: ServiceCall) -> None:
        calls.append(call)
        if len(calls) < 4:
            raise ConnectionError("down")

    run = flow.instances.start("calling", by="ann")
    for number, minutes in enumerate((1, 2, 4), start=1):
        assert flow.jobs.run_until_idle() == 1
        (job,) = flow.jobs.find()
        assert (job.state, job.attempt, job.retries_left) == (State.TIMER, number, 3 - number)
        assert job.last_error == "ConnectionError: down"
        assert job.due_at is not None
        pause = (job.due_at - clock.now()) / timedelta(minutes=1)
        assert 0.75 * minutes <= pause <= 1.25 * minutes
        assert flow.jobs.run_until_idle() == 0
        clock.move_to(job.due_at)
    assert flow.jobs.run_until_idle() == 1
    assert flow.instances.get(run.id).status == "completed"
    assert len({call.idempotency_key for call in calls}) == 1
    assert [call.attempt for call in calls] == [1, 2, 3, 4]
    assert nodes(flow, run).count("ConnectionError: down") == 3


def test_after_the_last_retry_it_is_an_incident_that_is_retried_under_the_same_key(
    flow: Opsflow,
) -> None:
    deploy(flow, CALLING)
    healthy: list[bool] = []
    calls: list[ServiceCall] = []

    @flow.handler("call", retries=0)
    def call(call: ServiceCall) -> Mapping[str, object]:
        calls.append(call)
        if not healthy:
            raise ConnectionError("down")
        return {"seen": call.variables["amount"]}

    run = flow.instances.start("calling", by="ann", variables={"amount": 1})
    flow.jobs.run_until_idle()
    (incident,) = flow.instances.incidents(run.id)
    assert (incident.node_id, incident.code) == ("call", "handler")
    assert "ConnectionError: down" in incident.message
    (job,) = flow.jobs.find(state="incident")
    assert flow.jobs.run_until_idle() == 0
    with pytest.raises(WrongState):
        flow.jobs.retry(job.id, by="max")
    healthy.append(True)
    flow.instances.set_variables(run.id, {"amount": 2}, by="max")
    flow.instances.retry(incident.id, by="max")
    assert flow.jobs.run_until_idle() == 1
    assert flow.instances.incidents(run.id) == []
    assert flow.instances.get(run.id).status == "completed"
    assert flow.instances.variables(run.id)["seen"] == 2
    assert len({call.idempotency_key for call in calls}) == 1
    with pytest.raises(WrongState):
        flow.instances.retry(incident.id, by="max")


def test_a_bpmn_error_is_caught_by_the_process(flow: Opsflow) -> None:
    deploy(flow, CALLING)

    @flow.handler("call")
    def call(_call: ServiceCall) -> None:
        raise BpmnError("NO", "not today")

    run = flow.instances.start("calling", by="ann")
    flow.jobs.run_until_idle()
    assert '"node_id":"sorry"' in nodes(flow, run)
    assert flow.instances.get(run.id).status == "completed"
    assert flow.jobs.find() == []


def test_a_bpmn_error_that_nothing_catches_is_an_incident_of_the_job(flow: Opsflow) -> None:
    deploy(flow, CALLING)
    errors = ["OTHER"]

    @flow.handler("call")
    def call(_call: ServiceCall) -> None:
        if errors:
            raise BpmnError(errors.pop())

    run = flow.instances.start("calling", by="ann")
    flow.jobs.run_until_idle()
    (incident,) = flow.instances.incidents(run.id)
    assert [job.state for job in flow.jobs.find()] == [State.INCIDENT]
    flow.instances.retry(incident.id, by="max")
    flow.jobs.run_until_idle()
    assert flow.instances.get(run.id).status == "completed"
    assert flow.jobs.find() == []


def test_a_result_that_cannot_be_stored_is_an_incident_at_once(flow: Opsflow) -> None:
    deploy(flow, CALLING)
    flow.handler("call")(lambda _call: {"bad": object()})
    run = flow.instances.start("calling", by="ann")
    assert flow.jobs.run_until_idle() == 1
    (incident,) = flow.instances.incidents(run.id)
    assert "bad" in incident.message
    assert [job.state for job in flow.jobs.find()] == [State.INCIDENT]


def test_a_boundary_timer_takes_the_job_with_it(flow: Opsflow, clock: ManualClock) -> None:
    deploy(flow, DEADLINE)
    run = flow.instances.start("deadline", by="ann")
    clock.advance(timedelta(hours=2))
    assert flow.jobs.run_due() == 1
    assert '"node_id":"missed"' in nodes(flow, run)
    assert flow.jobs.find() == []


def test_cancelling_an_instance_removes_its_jobs_also_those_that_run(flow: Opsflow) -> None:
    deploy(flow, CALLING)

    @flow.handler("call")
    def call(call: ServiceCall) -> Mapping[str, object]:
        flow.instances.cancel(call.instance_id, by="max", reason="not needed")
        return {"done": True}

    run = flow.instances.start("calling", by="ann")
    flow.jobs.run_until_idle()
    assert flow.jobs.find() == []
    assert flow.instances.get(run.id).status == "cancelled"
    assert flow.instances.variables(run.id) == {}
    assert flow.history.verify().holds


def test_the_jobs_of_a_suspended_instance_wait(flow: Opsflow) -> None:
    deploy(flow, CALLING)
    flow.handler("call")(lambda _call: None)
    run = flow.instances.start("calling", by="ann")
    flow.instances.suspend(run.id, by="max", reason="audit")
    assert flow.jobs.run_until_idle() == 0
    flow.instances.resume(run.id, by="max")
    assert flow.jobs.run_until_idle() == 1
    assert flow.instances.get(run.id).status == "completed"


@pytest.mark.parametrize("ends", ["well", "badly", "in an error"])
def test_work_that_was_done_during_a_suspension_is_not_repeated(flow: Opsflow, ends: str) -> None:
    deploy(flow, CALLING)
    calls = []

    @flow.handler("call", retries=0)
    def call(call: ServiceCall) -> Mapping[str, object]:
        calls.append(call)
        flow.instances.suspend(call.instance_id, by="max", reason="audit")
        if ends == "badly":
            raise RuntimeError("no")
        if ends == "in an error":
            raise BpmnError("NO")
        return {"paid": True}

    run = flow.instances.start("calling", by="ann")
    flow.jobs.run_until_idle()
    assert flow.jobs.run_until_idle() == 0
    flow.instances.resume(run.id, by="max")
    assert flow.jobs.run_until_idle() == 0
    assert len(calls) == 1
    if ends == "badly":
        assert len(flow.instances.incidents(run.id)) == 1
        assert [job.state for job in flow.jobs.find()] == [State.INCIDENT]
    else:
        assert flow.instances.get(run.id).status == "completed"
        assert flow.instances.variables(run.id) == ({"paid": True} if ends == "well" else {})
        assert flow.jobs.find() == []


def test_parallel_steps_have_a_job_each(flow: Opsflow) -> None:
    deploy(flow, PARALLEL)
    flow.handler("work")(lambda call: {call.node_id: True})
    run = flow.instances.start("parallel", by="ann")
    assert len(flow.jobs.find(topic="work")) == 5
    assert flow.jobs.run_until_idle() == 5
    assert flow.instances.get(run.id).status == "completed"


def test_an_asynchronous_handler_is_completed_by_its_token(
    flow: Opsflow, clock: ManualClock
) -> None:
    deploy(flow, CALLING)
    tokens: list[str] = []

    @flow.handler("call", backoff=timedelta(minutes=1))
    def call(call: ServiceCall) -> Later:
        assert call.token is not None
        tokens.append(call.token)
        return Later(timedelta(days=1))

    run = flow.instances.start("calling", by="ann")
    flow.jobs.run_until_idle()
    clock.advance(timedelta(hours=23))
    assert flow.jobs.run_until_idle() == 0
    clock.advance(timedelta(hours=2))
    flow.jobs.run_until_idle()
    clock.advance(timedelta(minutes=2))
    flow.jobs.run_until_idle()
    assert len(tokens) == 2
    flow.jobs.complete(tokens[1], {"printed": 3})
    assert flow.instances.variables(run.id) == {"printed": 3}
    assert flow.jobs.find() == []


def test_a_call_of_the_hosts_own_is_retried_and_stopped_like_a_step(
    flow: Opsflow, clock: ManualClock
) -> None:
    seen: list[object] = []

    @flow.handler("tell", retries=1)
    def tell(call: ServiceCall) -> None:
        seen.append(call.variables["who"])
        if len(seen) < 3:
            raise RuntimeError("no")

    job = flow.jobs.enqueue("tell", {"who": "ann"}, due_at=clock.now() + timedelta(hours=1))
    assert job.state is State.TIMER
    assert flow.jobs.run_until_idle() == 0
    assert flow.jobs.next_due() == job.due_at
    flow.jobs.retry(job.id, by="max")
    assert flow.jobs.run_until_idle() == 1
    clock.advance(timedelta(hours=2))
    assert flow.jobs.run_until_idle() == 1
    assert flow.jobs.get(job.id).state is State.INCIDENT
    flow.jobs.retry(job.id, by="max")
    assert flow.jobs.run_until_idle() == 1
    assert seen == ["ann"] * 3
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


@pytest.mark.parametrize("element", ["serviceTask", "sendTask", "businessRuleTask"])
def test_every_task_that_names_a_topic_is_a_job(flow: Opsflow, element: str) -> None:
    deploy(flow, CHAIN.replace(b"serviceTask", element.encode()))
    for topic in ("one", "two"):
        flow.handler(topic)(lambda call: {call.topic: True})
    run = flow.instances.start("chain", by="ann")
    assert flow.jobs.run_until_idle() == 2
    assert flow.instances.variables(run.id) == {"one": True, "two": True}
    assert flow.jobs.find() == []


def test_a_steps_job_that_waits_for_its_time_can_be_done_now(
    flow: Opsflow, clock: ManualClock
) -> None:
    deploy(flow, CALLING)
    flow.handler("call", backoff=timedelta(hours=1))(lambda call: {"ok": 1 // (call.attempt - 1)})
    run = flow.instances.start("calling", by="ann")
    flow.jobs.run_until_idle()
    (job,) = flow.jobs.find(state="timer")
    flow.jobs.retry(job.id, by="max")
    assert flow.jobs.run_until_idle() == 1
    assert flow.instances.get(run.id).status == "completed"
    assert "JobRetried" in [entry.type for entry in flow.history.of_instance(run.id)]


def test_keeping_a_lease_never_shortens_it(flow: Opsflow) -> None:
    deploy(flow, CALLING)
    flow.instances.start("calling", by="ann")
    (lease,) = flow.jobs.fetch_and_lock(["call"], worker="r", lease=timedelta(days=1))
    flow.jobs.workshop.ledger.extend([lease], timedelta(seconds=30))
    (job,) = flow.jobs.find()
    assert job.lease_until == lease.until
