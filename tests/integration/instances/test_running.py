"""Instances, seen from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.engine import BpmnError
from opsflow.errors import (
    IdempotencyConflict,
    Invalid,
    MessageNotCaught,
    NotFound,
    VariablesInvalid,
    WrongState,
)
from opsflow.instances import ServiceCall
from tests.integration.snapshots import contents
from tests.models import flows, human, model, simple

ORDER = simple(
    human("place"),
    process='<opsflow:search name="amount" type="number"/><opsflow:search name="supplier"/>',
)
SERVICE = model(
    '<startEvent id="s"/><serviceTask id="call" opsflow:topic="crm.create"/>'
    '<boundaryEvent id="caught" attachedToRef="call"><errorEventDefinition errorRef="no"/>'
    "</boundaryEvent>"
    '<endEvent id="e"/><endEvent id="sorry"/>' + flows("s>call", "call>e", "caught>sorry"),
    before='<error id="no" errorCode="NO"/>',
)
WAITING = model(
    '<startEvent id="s"/><intermediateCatchEvent id="wait"><messageEventDefinition'
    ' messageRef="m" opsflow:correlation="= orderId"/></intermediateCatchEvent>'
    '<endEvent id="e"/>' + flows("s>wait", "wait>e"),
    key="waiting",
    before='<message id="m" name="paid"/>',
)
TIMED = model(
    '<startEvent id="s"/><intermediateCatchEvent id="wait"><timerEventDefinition>'
    "<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>"
    '<endEvent id="e"/>' + flows("s>wait", "wait>e"),
    key="timed",
)


@pytest.fixture
def order(flow: Opsflow) -> Opsflow:
    flow.definitions.deploy(ORDER, by="ann")
    return flow


def test_an_instance_starts_with_its_variables_and_waits(order: Opsflow) -> None:
    started = order.instances.start(
        "order", by="ann", variables={"amount": Decimal("10.50")}, business_key="B-1"
    )
    assert (started.status, started.version, started.business_key) == ("running", 1, "B-1")
    assert order.instances.variables(started.id) == {"amount": Decimal("10.50")}
    assert [step.node.id for step in order.instances.steps(started.id)] == ["place"]


def test_the_same_idempotency_key_gives_the_same_instance(order: Opsflow) -> None:
    first = order.instances.start("order", by="ann", variables={"a": 1}, idempotency_key="k")
    again = order.instances.start("order", by="ann", variables={"a": 1}, idempotency_key="k")
    assert again.id == first.id
    before = contents(order)
    with pytest.raises(IdempotencyConflict):
        order.instances.start("order", by="ann", variables={"a": 2}, idempotency_key="k")
    assert contents(order) == before


def test_two_at_once_with_one_idempotency_key_make_one_instance(order: Opsflow) -> None:
    barrier, made = Barrier(4), []

    def start() -> None:
        barrier.wait()
        made.append(order.instances.start("order", by="ann", idempotency_key="same").id)

    threads = [Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1
    assert len(order.instances.find()) == 1


def test_a_value_that_cannot_be_stored_changes_nothing(order: Opsflow) -> None:
    before = contents(order)
    with pytest.raises(VariablesInvalid, match="thing"):
        order.instances.start("order", by="ann", variables={"thing": object()})
    assert contents(order) == before


def test_instances_are_found_by_what_is_declared(order: Opsflow) -> None:
    cheap = order.instances.start("order", by="ann", variables={"amount": 5, "supplier": "Acme"})
    dear = order.instances.start(
        "order", by="ann", variables={"amount": Decimal("500.00"), "supplier": "Acme"}
    )
    found = order.instances.find

    def ids(**conditions: object) -> list[str]:
        return [instance.id for instance in found(**conditions)]  # type: ignore[arg-type]

    assert ids(attributes={"amount": 500}) == [dear.id]
    assert ids(attributes={"supplier": "Acme"}) == [cheap.id, dear.id]
    assert ids(attributes={"supplier": "Acme", "amount": 5}) == [cheap.id]
    assert ids(key="order", version=1, status="running", limit=1) == [cheap.id]
    assert ids(after=cheap.id) == [dear.id]
    assert ids(status="completed") == []
    order.instances.set_variables(cheap.id, {"amount": 7}, by="ann")
    assert ids(attributes={"amount": 5}) == []
    assert ids(attributes={"amount": 7}) == [cheap.id]


def test_a_suspended_instance_does_not_move_until_it_is_resumed(order: Opsflow) -> None:
    run = order.instances.start("order", by="ann")
    order.instances.suspend(run.id, by="max", reason="audit")
    with pytest.raises(WrongState, match="suspended"):
        order.instances.set_variables(run.id, {"a": 1}, by="ann")
    with pytest.raises(WrongState):
        order.instances.suspend(run.id, by="max", reason="again")
    order.instances.resume(run.id, by="max")
    order.instances.set_variables(run.id, {"a": 1}, by="ann")
    assert order.instances.variables(run.id)["a"] == 1


def test_cancelling_ends_it_with_a_reason_and_takes_its_tasks_away(order: Opsflow) -> None:
    run = order.instances.start("order", by="ann")
    order.instances.cancel(run.id, by="max", reason="ordered twice")
    ended = order.instances.get(run.id)
    assert (ended.status, ended.end_reason) == ("cancelled", "ordered twice")
    assert order.tasks.find(open=True) == []
    with pytest.raises(WrongState, match="cancelled"):
        order.instances.cancel(run.id, by="max", reason="again")
    with pytest.raises(NotFound):
        order.instances.cancel("nothing", by="max", reason="x")


def test_a_handler_does_a_service_task(flow: Opsflow) -> None:
    calls = []

    @flow.handler("crm.create", transactional=True)
    def create(call: ServiceCall) -> Mapping[str, object]:
        calls.append(call.variables)
        call.variables["list"].append("mine only")  # type: ignore[attr-defined]
        return {"customer": 7}

    flow.definitions.deploy(SERVICE, by="ann")
    run = flow.instances.start("p", by="ann", variables={"list": [1]})
    assert flow.instances.get(run.id).status == "completed"
    assert flow.instances.variables(run.id) == {"list": [1], "customer": 7}
    assert len(calls) == 1


def test_a_bpmn_error_of_a_handler_is_caught_by_the_process(flow: Opsflow) -> None:
    @flow.handler("crm.create", transactional=True)
    def refuse(_call: ServiceCall) -> None:
        raise BpmnError("NO", "not today")

    flow.definitions.deploy(SERVICE, by="ann")
    run = flow.instances.start("p", by="ann")
    reached = [entry.data for entry in flow.history.of_instance(run.id)]
    assert any('"node_id":"sorry"' in data for data in reached)
    assert flow.instances.get(run.id).status == "completed"


def test_a_failing_handler_is_an_incident_that_can_be_retried(flow: Opsflow) -> None:
    healthy: list[bool] = []

    @flow.handler("crm.create", transactional=True)
    def create(_call: ServiceCall) -> None:
        if not healthy:
            raise ConnectionError("down")

    flow.definitions.deploy(SERVICE, by="ann")
    run = flow.instances.start("p", by="ann")
    (incident,) = flow.instances.incidents(run.id)
    assert (incident.node_id, incident.code) == ("call", "handler")
    assert "ConnectionError: down" in incident.message
    healthy.append(True)
    flow.instances.retry(incident.id, by="max")
    assert flow.instances.incidents(run.id) == []
    assert flow.instances.get(run.id).status == "completed"
    with pytest.raises(WrongState):
        flow.instances.retry(incident.id, by="max")


def test_a_topic_without_a_handler_waits_for_one(flow: Opsflow) -> None:
    flow.definitions.deploy(SERVICE, by="ann")
    run = flow.instances.start("p", by="ann")
    assert flow.instances.incidents(run.id) == []
    assert [job.topic for job in flow.jobs.find(instance_id=run.id)] == ["crm.create"]


def test_a_message_reaches_the_one_instance_that_it_is_meant_for(flow: Opsflow) -> None:
    flow.definitions.deploy(WAITING, by="ann")
    first = flow.instances.start("waiting", by="ann", variables={"orderId": "A"})
    second = flow.instances.start("waiting", by="ann", variables={"orderId": "B"})
    taken = flow.instances.message("paid", by="bank", correlation="B", variables={"sum": 5})
    assert taken.instance_id == second.id
    assert flow.instances.get(second.id).status == "completed"
    assert flow.instances.get(first.id).status == "running"
    assert flow.instances.variables(second.id)["sum"] == 5
    with pytest.raises(MessageNotCaught):
        flow.instances.message("paid", by="bank", correlation="B")


def test_a_message_that_comes_early_waits_for_its_time(flow: Opsflow, clock: ManualClock) -> None:
    flow.definitions.deploy(WAITING, by="ann")
    hour = timedelta(hours=1)
    kept = flow.instances.message("paid", by="bank", correlation="A", keep=hour)
    assert kept.instance_id is None
    other = flow.instances.start("waiting", by="ann", variables={"orderId": "B"})
    assert other.is_running
    taker = flow.instances.start("waiting", by="ann", variables={"orderId": "A"})
    assert flow.instances.get(taker.id).status == "completed"
    second = flow.instances.start("waiting", by="ann", variables={"orderId": "A"})
    assert flow.instances.get(second.id).is_running
    flow.instances.message("paid", by="bank", correlation="C", keep=hour)
    clock.advance(hour)
    late = flow.instances.start("waiting", by="ann", variables={"orderId": "C"})
    assert flow.instances.get(late.id).is_running


def test_a_timer_fires_when_it_is_due_and_not_before(flow: Opsflow, clock: ManualClock) -> None:
    flow.definitions.deploy(TIMED, by="ann")
    run = flow.instances.start("timed", by="ann")
    assert flow.instances.run_due() == 0
    assert flow.instances.next_due() == clock.now() + timedelta(hours=1)
    clock.advance(timedelta(hours=1))
    assert flow.instances.run_due() == 1
    assert flow.instances.get(run.id).status == "completed"
    assert flow.instances.run_due() == 0


def test_a_timer_of_a_suspended_instance_waits(flow: Opsflow, clock: ManualClock) -> None:
    flow.definitions.deploy(TIMED, by="ann")
    run = flow.instances.start("timed", by="ann")
    flow.instances.suspend(run.id, by="max", reason="audit")
    clock.advance(timedelta(hours=2))
    assert flow.instances.run_due() == 0
    flow.instances.resume(run.id, by="max")
    assert flow.instances.run_due() == 1


def test_several_calls_in_one_transaction_commit_together_or_not_at_all(order: Opsflow) -> None:
    with order.transaction():
        order.instances.start("order", by="ann")
        order.instances.start("order", by="ann")
    assert len(order.instances.find()) == 2
    before = contents(order)
    with pytest.raises(RuntimeError, match="stop"), order.transaction():
        run = order.instances.start("order", by="ann")
        order.instances.cancel(run.id, by="ann", reason="x")
        raise RuntimeError("stop")
    assert contents(order) == before
    assert order.history.verify().holds


def test_a_repeated_request_may_name_its_variables_in_another_order(order: Opsflow) -> None:
    first = order.instances.start(
        "order", by="ann", idempotency_key="K", variables={"a": 1, "b": {"c": 2, "d": 3}}
    )
    again = order.instances.start(
        "order", by="ann", idempotency_key="K", variables={"b": {"d": 3, "c": 2}, "a": 1}
    )
    assert again.id == first.id


@pytest.mark.parametrize("key", ["", " ", "x" * 300, "a\x00b", "\ud800"])
def test_an_instance_is_found_by_no_key_that_a_database_refuses(order: Opsflow, key: str) -> None:
    before = contents(order)
    with pytest.raises(Invalid):
        order.instances.start("order", by="ann", idempotency_key=key)
    with pytest.raises(Invalid):
        order.instances.start("order", by="ann", business_key=key)
    with pytest.raises(Invalid):
        order.instances.start("order", by=key)
    assert contents(order) == before


@pytest.mark.parametrize("reason", ["", " ", "x" * 10_001])
def test_an_instance_is_not_stopped_without_a_reason(order: Opsflow, reason: str) -> None:
    run = order.instances.start("order", by="ann")
    before = contents(order)
    for stop in (order.instances.cancel, order.instances.suspend):
        with pytest.raises(Invalid):
            stop(run.id, by="ann", reason=reason)
    assert contents(order) == before


@pytest.mark.parametrize("limit", [0, -1, 10**30])
def test_a_page_without_a_sensible_size_is_refused(order: Opsflow, limit: int) -> None:
    with pytest.raises(Invalid):
        order.instances.find(limit=limit)
    with pytest.raises(Invalid):
        order.instances.run_due(limit=limit)


def test_numbers_without_measure_are_variables_and_found(order: Opsflow) -> None:
    run = order.instances.start("order", by="ann", variables={"amount": 10**4_000})
    assert order.instances.variables(run.id)["amount"] == 10**4_000
    assert [i.id for i in order.instances.find(attributes={"amount": 10**4_000})] == [run.id]
    assert order.instances.find(attributes={"amount": 1}) == []
    assert order.history.verify().holds
    with pytest.raises(NotFound):
        order.instances.start("order", by="ann", version=10**30)


def test_a_message_kept_while_its_receiver_was_suspended_is_taken_on_resumption(
    flow: Opsflow,
) -> None:
    flow.definitions.deploy(WAITING, by="ann")
    run = flow.instances.start("waiting", by="ann", variables={"orderId": "A-1"})
    flow.instances.suspend(run.id, by="ann", reason="audit")
    with pytest.raises(MessageNotCaught):
        flow.instances.message("paid", by="bob", correlation="A-1")
    for order_id in ("A-2", "A-1"):
        flow.instances.message("paid", by="bob", correlation=order_id, keep=timedelta(hours=1))
    flow.instances.resume(run.id, by="ann")
    assert flow.instances.get(run.id).status == "completed"


@pytest.mark.parametrize("keep", [timedelta(), timedelta(days=-1), timedelta.max])
def test_a_message_is_kept_for_a_time_that_passes(flow: Opsflow, keep: timedelta) -> None:
    with pytest.raises(Invalid, match="kept for"):
        flow.instances.message("paid", by="bob", keep=keep)


STARTED_BY_TIMER = model(
    '<startEvent id="s"><timerEventDefinition><timeCycle>R3/PT1H</timeCycle>'
    "</timerEventDefinition></startEvent>"
    '<endEvent id="e"/>' + flows("s>e"),
    key="hourly",
)


def test_a_timer_start_event_starts_the_process_as_often_as_it_says(
    flow: Opsflow, clock: ManualClock
) -> None:
    flow.definitions.deploy(STARTED_BY_TIMER, by="ann")
    assert flow.instances.run_due() == 0
    clock.advance(timedelta(hours=1))
    assert flow.instances.run_due() == 1
    assert flow.instances.run_due() == 0
    clock.advance(timedelta(hours=5))
    assert flow.instances.run_due() == 1, "what was missed starts once, not in a burst"
    clock.advance(timedelta(hours=5))
    flow.instances.run_due()
    assert len(flow.instances.find(key="hourly")) <= 3
    assert flow.instances.next_due() is None
