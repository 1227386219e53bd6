"""Batches: ordered, worked on, paused, resumed, cancelled, retried; each item has its result."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from opsflow.app import Opsflow
from opsflow.batches import VERBS, Batches, Item, On, Row, Selection, Verb
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, NotFound, VariablesInvalid, WrongState
from opsflow.instances import Instances, ServiceCall
from tests.integration.jobs.processes import CALLING
from tests.models import flows, human, model, simple

ORDERS = Selection(process="order")
PAYING = model(
    '<startEvent id="s"/><intermediateCatchEvent id="paid"><messageEventDefinition '
    'messageRef="m"/></intermediateCatchEvent><endEvent id="e"/>' + flows("s>paid", "paid>e"),
    key="paying",
    before='<message id="m" name="paid"/>',
)


@pytest.fixture
def flow(flow: Opsflow) -> Opsflow:
    searched = '<opsflow:search name="region"/>'
    flow.definitions.deploy(
        simple(human("place"), process=searched), by="ann", responsibility="open"
    )
    for each in (CALLING, PAYING):
        flow.definitions.deploy(each, by="ann", responsibility="open")
    return flow


def orders(flow: Opsflow, count: int, **variables: object) -> list[str]:
    return [flow.instances.start("order", by="ann", variables=variables).id for _ in range(count)]


def statuses(flow: Opsflow, ids: list[str]) -> set[str]:
    return {flow.instances.get(each).status for each in ids}


def test_a_batch_cancels_what_was_selected_and_nothing_else(flow: Opsflow) -> None:
    runs, paying = orders(flow, 7), flow.instances.start("paying", by="ann").id
    batch = flow.batches.order("cancel", ORDERS, by="max", reason="the year is over")
    later = orders(flow, 1)
    assert (batch.total, flow.batches.get(batch.id).waiting) == (7, 7)
    flow.jobs.run_until_idle()
    progress = flow.batches.get(batch.id)
    assert (progress.state, progress.done, progress.failed) == ("done", 7, 0)
    assert statuses(flow, runs) == {"cancelled"}
    assert statuses(flow, [*later, paying]) == {"running"}
    assert flow.instances.get(runs[0]).end_reason == "the year is over"
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_the_history_tells_who_ordered_it_and_which_batch_did_it(flow: Opsflow) -> None:
    (run,) = orders(flow, 1)
    batch = flow.batches.order("cancel", ORDERS, by="max", reason="over")
    flow.jobs.run_until_idle()
    told = {entry.type: entry for entry in flow.history.of_instance(run)}
    assert told["InstanceCancelled"].person == "max"
    assert json.loads(told["BatchItemDone"].data)["batch_id"] == batch.id
    chain = flow.history.of_stream(f"batch:{batch.id}")
    assert [(each.type, each.person) for each in chain] == [
        ("BatchStarted", "max"),
        ("BatchFinished", "system"),
    ]
    assert json.loads(chain[0].data)["selection"] == {"process": "order"}
    assert json.loads(chain[1].data)["done"] == 1


def test_an_item_that_fails_has_its_error_and_holds_up_nobody(flow: Opsflow) -> None:
    runs = orders(flow, 5)
    flow.instances.cancel(runs[2], by="ann", reason="mine")
    batch = flow.batches.order("cancel", ids=runs, by="max", reason="over")
    flow.jobs.run_until_idle()
    progress = flow.batches.get(batch.id)
    assert (progress.state, progress.done, progress.failed) == ("done", 4, 1)
    (failed,) = flow.batches.items(batch.id, state="failed")
    assert failed.target == runs[2]
    assert "cancelled" in (failed.error or "")
    assert len(flow.batches.items(batch.id, state="done")) == 4


def test_suspended_ones_are_not_suspended_again_and_are_resumed(flow: Opsflow) -> None:
    runs = orders(flow, 4)
    flow.instances.suspend(runs[0], by="ann", reason="mine")
    held = flow.batches.order("suspend", ORDERS, by="max", reason="audit")
    assert held.total == 3
    flow.jobs.run_until_idle()
    assert all(flow.instances.get(each).is_suspended for each in runs)
    freed = flow.batches.order("resume", ORDERS, by="max")
    flow.jobs.run_until_idle()
    assert flow.batches.get(freed.id).done == 4
    assert not any(flow.instances.get(each).is_suspended for each in runs)


def test_the_steps_of_incidents_are_tried_again(flow: Opsflow) -> None:
    healthy: list[bool] = []

    @flow.handler("call", retries=0)
    def call(_call: ServiceCall) -> None:
        if not healthy:
            raise ConnectionError("down")

    runs = [flow.instances.start("calling", by="ann").id for _ in range(3)]
    flow.jobs.run_until_idle()
    assert len(flow.instances.incidents()) == 3
    healthy.append(True)
    batch = flow.batches.order("retry", Selection(process="calling", node="call"), by="max")
    flow.jobs.run_until_idle()
    assert flow.batches.get(batch.id).done == 3
    assert {item.instance_id for item in flow.batches.items(batch.id)} == set(runs)
    assert statuses(flow, runs) == {"completed"}


def test_instances_are_selected_by_what_they_are_stuck_at(flow: Opsflow) -> None:
    @flow.handler("call", retries=0)
    def call(call: ServiceCall) -> dict[str, object]:
        return {"n": 1 // int(str(call.variables["n"]))}

    runs = [flow.instances.start("calling", by="ann", variables={"n": n}).id for n in (0, 1, 0)]
    flow.instances.start("calling", by="ann")
    flow.jobs.run_until_idle()
    waiting = flow.instances.start("calling", by="ann").id
    (code,) = {each.code for each in flow.instances.incidents()}
    assert flow.batches.preview("cancel", Selection(code="no such code")).total == 0
    batch = flow.batches.order("cancel", Selection(node="call", code=code), by="m", reason="stuck")
    assert batch.total == 3
    flow.batches.work(batch.id)
    assert statuses(flow, [runs[0], runs[2]]) == {"cancelled"}
    assert statuses(flow, [runs[1]]) == {"completed"}
    assert statuses(flow, [waiting]) == {"running"}


def test_instances_are_selected_by_search_attributes_and_version(flow: Opsflow) -> None:
    orders(flow, 2, region="north")
    orders(flow, 3, region="south")
    south = Selection(process="order", version=1, attributes={"region": "south"})
    assert flow.batches.preview("cancel", south).total == 3
    assert flow.batches.preview("cancel", Selection(process="order", version=2)).total == 0


def test_a_process_is_started_once_for_each_row(flow: Opsflow) -> None:
    rows = (Row({"region": "north", "n": n}, f"PO-{n}") for n in range(520))
    batch = flow.batches.start("order", rows, by="max", reason="opening of the year")
    assert batch.total == 520
    flow.jobs.run_until_idle()
    assert flow.batches.get(batch.id).done == 520
    found = flow.instances.find(key="order", limit=600)
    assert sorted(str(each.business_key) for each in found) == sorted(f"PO-{n}" for n in range(520))
    assert {each.started_by for each in found} == {"max"}
    (item,) = flow.batches.items(batch.id, after=6, limit=1)
    assert item.instance_id is not None
    assert flow.instances.variables(item.instance_id) == {"region": "north", "n": 6}


def test_all_rows_start_the_version_of_when_it_was_ordered(flow: Opsflow) -> None:
    batch = flow.batches.start("order", [Row(), Row()], by="max")
    flow.definitions.deploy(simple(human("place"), human("check")), by="ann", responsibility="open")
    flow.jobs.run_until_idle()
    assert flow.batches.get(batch.id).done == 2
    assert {each.version for each in flow.instances.find(key="order")} == {1}


def test_a_message_is_sent_to_many(flow: Opsflow) -> None:
    runs = [flow.instances.start("paying", by="ann").id for _ in range(3)]
    told = {"name": "paid", "variables": {"amount": 7}}
    batch = flow.batches.order("message", Selection(process="paying"), by="m", parameters=told)
    flow.jobs.run_until_idle()
    assert flow.batches.get(batch.id).done == 3
    assert statuses(flow, runs) == {"completed"}
    assert flow.instances.variables(runs[0]) == {"amount": 7}


def test_a_paused_batch_does_nothing_until_it_is_resumed(flow: Opsflow) -> None:
    orders(flow, 60)
    batch = flow.batches.order("cancel", ORDERS, by="max", reason="over")
    flow.jobs.run_due(limit=1)
    done = flow.batches.pause(batch.id, by="eve").done
    assert 0 < done < 60
    flow.jobs.run_until_idle()
    assert flow.batches.get(batch.id).done == done
    assert flow.batches.work(batch.id) == 0
    flow.batches.resume(batch.id, by="eve")
    flow.jobs.run_until_idle()
    assert flow.batches.get(batch.id).done == 60
    types = [entry.type for entry in flow.history.of_stream(f"batch:{batch.id}")]
    assert types == ["BatchStarted", "BatchPaused", "BatchResumed", "BatchFinished"]


def test_a_cancelled_batch_leaves_what_waits_as_it_is(flow: Opsflow) -> None:
    runs = orders(flow, 60)
    batch = flow.batches.order("cancel", ORDERS, by="max", reason="over")
    flow.jobs.run_due(limit=1)
    ended = flow.batches.cancel(batch.id, by="eve")
    assert (ended.done + ended.cancelled, ended.waiting) == (60, 0)
    flow.jobs.run_until_idle()
    again = flow.batches.get(batch.id)
    assert (again.done, again.cancelled) == (ended.done, ended.cancelled)
    assert ended.cancelled > 0
    left = flow.batches.items(batch.id, state="cancelled")
    assert statuses(flow, [str(item.target) for item in left]) == {"running"}
    running = [each for each in runs if flow.instances.get(each).is_running]
    assert len(running) == ended.cancelled
    assert flow.jobs.find() == []


def test_what_failed_is_tried_again_in_the_same_batch(flow: Opsflow) -> None:
    runs = orders(flow, 3)
    flow.instances.suspend(runs[1], by="ann", reason="mine")
    batch = flow.batches.order("suspend", ids=runs, by="max", reason="audit")
    flow.jobs.run_until_idle()
    assert flow.batches.get(batch.id).failed == 1
    flow.instances.resume(runs[1], by="ann")
    assert flow.batches.retry(batch.id, by="eve").waiting == 1
    flow.jobs.run_until_idle()
    progress = flow.batches.get(batch.id)
    assert (progress.state, progress.done, progress.failed) == ("done", 3, 0)
    with pytest.raises(WrongState, match="failed"):
        flow.batches.retry(batch.id, by="eve")


def test_progress_tells_the_rate_and_when_it_will_end(flow: Opsflow, clock: ManualClock) -> None:
    orders(flow, 100)
    batch = flow.batches.order("cancel", ORDERS, by="max", reason="over")
    assert flow.batches.get(batch.id).ends_at is None
    assert flow.batches.work(batch.id) > 0
    clock.advance(timedelta(seconds=10))
    progress = flow.batches.get(batch.id)
    assert progress.rate == pytest.approx(progress.done / 10)
    assert progress.ends_at == flow.now() + timedelta(
        seconds=progress.waiting / (progress.done / 10)
    )


def test_a_preview_tells_what_would_be_done_and_does_nothing(flow: Opsflow) -> None:
    runs = orders(flow, 12)
    flow.instances.start("paying", by="ann")
    seen = flow.batches.preview("cancel", ids=runs)
    assert flow.batches.preview("cancel", ORDERS) == seen
    assert (seen.total, seen.sample) == (12, runs[:10])
    assert [(each.process_key, each.version, each.count) for each in seen.portions] == [
        ("order", 1, 12)
    ]
    started = flow.batches.preview_start("order", [Row(business_key="A"), Row()])
    assert (started.total, started.sample) == (2, ["A", "row 2"])
    assert flow.batches.find() == []
    assert statuses(flow, runs) == {"running"}


def test_batches_are_found_the_newest_first(flow: Opsflow) -> None:
    orders(flow, 2)
    one = flow.batches.order("suspend", ORDERS, by="max", reason="audit")
    flow.jobs.run_until_idle()
    two = flow.batches.order("resume", ORDERS, by="eve")
    assert [each.id for each in flow.batches.find()] == [two.id, one.id]
    assert [each.id for each in flow.batches.find(state="done")] == [one.id]
    assert [each.id for each in flow.batches.find(by="eve")] == [two.id]
    assert [each.id for each in flow.batches.find(after=two.id)] == [one.id]


@pytest.mark.parametrize(
    ("verb", "given", "said"),
    [
        ("fly", {"where": ORDERS}, "fly"),
        ("cancel", {"where": ORDERS}, "reason"),
        ("cancel", {"where": ORDERS, "reason": "x", "parameters": {"a": 1}}, "'a'"),
        ("cancel", {"where": ORDERS, "ids": ["x"], "reason": "x"}, "one of both"),
        ("cancel", {"reason": "x"}, "one of both"),
        ("cancel", {"ids": [], "reason": "x"}, "nothing"),
        ("cancel", {"where": Selection(process="none"), "reason": "x"}, "nothing"),
        ("message", {"where": ORDERS}, "'name'"),
        ("message", {"where": ORDERS, "parameters": {"name": 7}}, "text"),
        ("start", {"where": ORDERS}, "rows"),
    ],
)
def test_a_wrong_order_says_what_is_wrong_and_orders_nothing(
    flow: Opsflow, verb: str, given: dict[str, object], said: str
) -> None:
    orders(flow, 1)
    with pytest.raises(Invalid, match=said):
        flow.batches.order(verb, by="max", **given)  # type: ignore[arg-type]
    assert flow.batches.find() == []
    assert flow.jobs.find() == []


def test_an_id_that_nothing_has_refuses_the_whole_order(flow: Opsflow) -> None:
    (run,) = orders(flow, 1)
    for missing in ("nothing", run[:-1] + ("0" if run[-1] != "0" else "1"), "\x00"):
        with pytest.raises(NotFound):
            flow.batches.order("cancel", ids=[run, missing], by="max", reason="x")
        with pytest.raises(NotFound):
            flow.batches.preview("cancel", ids=[run, missing])
    assert flow.batches.find() == []


def test_an_id_that_is_named_twice_is_one_item(flow: Opsflow) -> None:
    (run,) = orders(flow, 1)
    assert flow.batches.order("cancel", ids=[run, run], by="max", reason="x").total == 1


def test_a_row_that_cannot_be_stored_refuses_the_whole_order(flow: Opsflow) -> None:
    for bad, kind in (
        (Row({"a": object()}), VariablesInvalid),
        (Row(business_key=" "), Invalid),
    ):
        with pytest.raises(kind):
            flow.batches.start("order", [Row(), bad], by="max")
    with pytest.raises(Invalid, match="nothing"):
        flow.batches.start("order", [], by="max")
    with pytest.raises(NotFound):
        flow.batches.start("nowhere", [Row()], by="max")
    assert flow.batches.find() == []


def test_a_selection_names_a_condition() -> None:
    with pytest.raises(Invalid):
        Selection()
    with pytest.raises(Invalid):
        Selection(version=2)


def test_what_is_not_possible_in_a_state_is_refused(flow: Opsflow) -> None:
    orders(flow, 1)
    batch = flow.batches.order("cancel", ORDERS, by="max", reason="over")
    with pytest.raises(WrongState):
        flow.batches.resume(batch.id, by="max")
    flow.jobs.run_until_idle()
    for verb in (flow.batches.pause, flow.batches.resume, flow.batches.cancel):
        with pytest.raises(WrongState):
            verb(batch.id, by="max")
        with pytest.raises(NotFound):
            verb("nothing", by="max")
    with pytest.raises(NotFound):
        flow.batches.get("nothing")
    with pytest.raises(NotFound):
        flow.batches.items("nothing")


def test_an_order_is_undone_with_the_transaction_it_was_made_in(flow: Opsflow) -> None:
    (run,) = orders(flow, 1)
    with pytest.raises(RuntimeError), flow.transaction():
        flow.batches.order("cancel", ORDERS, by="max", reason="over")
        raise RuntimeError("no")
    flow.jobs.run_until_idle()
    assert flow.batches.find() == []
    assert statuses(flow, [run]) == {"running"}


def test_a_service_task_cannot_take_the_topic_of_batches(flow: Opsflow) -> None:
    odd = CALLING.replace(b'opsflow:topic="call"', b'opsflow:topic="opsflow.batch"')
    flow.definitions.deploy(odd, by="ann", responsibility="open")
    run = flow.instances.start("calling", by="ann", variables={"batch": "x"}).id
    (job,) = flow.jobs.find()
    flow.jobs.run_until_idle()
    assert "is for batches" in (flow.jobs.get(job.id).last_error or "")
    assert statuses(flow, [run]) == {"running"}


def test_instances_are_migrated_to_another_version(flow: Opsflow) -> None:
    runs = orders(flow, 3)
    flow.instances.cancel(runs[0], by="ann", reason="mine")
    flow.definitions.deploy(simple(human("place"), human("check")), by="ann", responsibility="open")
    plan = flow.instances.plan_migration("order", source=1, target=2).as_dict()
    with pytest.raises(Invalid):
        flow.batches.order("migrate", ORDERS, by="max", parameters={"plan": {"a": 1}})
    old = Selection(process="order", version=1)
    batch = flow.batches.order("migrate", old, by="max", parameters={"plan": plan})
    flow.jobs.run_until_idle()
    assert (batch.total, flow.batches.get(batch.id).done) == (2, 2)
    assert [flow.instances.get(each).version for each in runs] == [1, 2, 2]


def test_a_further_verb_is_one_line(flow: Opsflow) -> None:
    runs = orders(flow, 3)
    further = {
        "correct": Verb(
            On.INSTANCES,
            lambda on, item: on.set_variables(item.target, item.parameters["to"], by=item.by),
            needs=("to",),
            check=lambda told: None if isinstance(told["to"], dict) else _refuse(),
        )
    }
    known = (flow._database, flow.instances, flow.definitions, flow.jobs)
    batches = Batches(*known, {**VERBS, **further})
    with pytest.raises(Invalid, match="a plan"):
        batches.order("correct", ORDERS, by="max", parameters={"to": 1})
    batch = batches.order("correct", ORDERS, by="max", parameters={"to": {"n": 7}})
    batches.work(batch.id)
    assert batches.get(batch.id).done == 3
    assert flow.instances.variables(runs[2]) == {"n": 7}


def _refuse() -> None:
    raise Invalid("That is not a plan.")


def test_a_verb_that_a_worker_does_not_know_fails_its_items(flow: Opsflow) -> None:
    (run,) = orders(flow, 1)
    known = (flow._database, flow.instances, flow.definitions, flow.jobs)
    newer = Batches(*known, {"halt": VERBS["cancel"]})
    batch = newer.order("halt", ids=[run], by="max", reason="x")
    flow.jobs.run_until_idle()
    (item,) = flow.batches.items(batch.id, state="failed")
    assert "halt" in (item.error or "")


def test_what_nobody_foresaw_fails_its_item_alone(flow: Opsflow) -> None:
    runs = orders(flow, 3)

    def odd(instances: Instances, item: Item) -> None:
        instances.cancel(item.target, by=item.by, reason="x")
        if item.target == runs[1]:
            raise ZeroDivisionError("no")

    known = (flow._database, flow.instances, flow.definitions, flow.jobs)
    batches = Batches(*known, {"odd": Verb(On.INSTANCES, odd)})
    batch = batches.order("odd", ids=runs, by="max")
    batches.work(batch.id)
    (item,) = batches.items(batch.id, state="failed")
    assert (item.target, item.error) == (runs[1], "ZeroDivisionError: no")
    assert statuses(flow, runs[1:2]) == {"running"}
    assert statuses(flow, runs[::2]) == {"cancelled"}
