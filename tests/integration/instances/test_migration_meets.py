"""Migrations that meet what else goes on: work, suspensions, other transactions, the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opsflow import MigrationPlan
from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import LeaseLost, MigrationRefused, WrongState
from opsflow.instances import Instance
from opsflow.jobs import State
from tests.models import flows, model

MINUTE = timedelta(minutes=1)


def served(task: str, topic: str, late: str = "") -> bytes:
    """One service task, and an end that a timer leads to where ``late`` names its span."""
    body = (
        f'<startEvent id="s"/><serviceTask id="{task}" opsflow:topic="{topic}"/><endEvent id="e"/>'
    )
    ways = [f"s>{task}", f"{task}>e"]
    if late:
        body += (
            f'<boundaryEvent id="b" attachedToRef="{task}"><timerEventDefinition>'
            f"<timeDuration>{late}</timeDuration></timerEventDefinition></boundaryEvent>"
            '<endEvent id="missed"/>'
        )
        ways.append("b>missed")
    return model(body + flows(*ways), key="served")


def begun(flow: Opsflow, old: bytes, new: bytes, **nodes: str) -> tuple[Instance, MigrationPlan]:
    flow.definitions.deploy(old, by="mia", responsibility="open")
    run = flow.instances.start("served", by="ann")
    flow.definitions.deploy(new, by="mia", responsibility="open")
    return run, flow.instances.plan_migration("served", source=1, target=2, nodes=nodes)


def status(flow: Opsflow, run: Instance) -> str:
    return flow.instances.get(run.id).status


@pytest.mark.parametrize("answer", ["well", "in a failure", "in an incident"])
def test_an_answer_that_comes_after_the_migration_counts(
    flow: Opsflow, url: str, clock: ManualClock, answer: str
) -> None:
    run, plan = begun(flow, served("call", "call"), served("phone", "phone"), call="phone")
    [lease] = flow.jobs.fetch_and_lock(["call"], worker="w", lease=MINUTE)
    with Opsflow(url, clock=clock) as another:
        another.instances.migrate(run.id, plan, by="mia")
    if answer == "well":
        flow.jobs.complete(lease.token, {"n": 1})
    else:
        retries = 0 if answer == "in an incident" else 2
        flow.jobs.fail(lease.token, "no", retries=retries, backoff=timedelta())
        if answer == "in an incident":
            [incident] = flow.instances.incidents(run.id)
            assert incident.node_id == "phone"
            flow.instances.retry(incident.id, by="mia")
        assert flow.jobs.fetch_and_lock(["call"], worker="w", lease=MINUTE) == []
        [again] = flow.jobs.fetch_and_lock(["phone"], worker="w", lease=MINUTE)
        assert (again.job_id, again.node_id) == (lease.job_id, "phone")
        flow.jobs.complete(again.token, {"n": 1})
    assert (status(flow, run), flow.instances.variables(run.id)) == ("completed", {"n": 1})
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_a_result_that_was_kept_during_a_suspension_counts_after_a_migration(
    flow: Opsflow,
) -> None:
    run, plan = begun(flow, served("call", "call"), served("phone", "phone"), call="phone")
    [lease] = flow.jobs.fetch_and_lock(["call"], worker="w", lease=MINUTE)
    flow.instances.suspend(run.id, by="mia", reason="audit")
    flow.jobs.complete(lease.token, {"n": 1})
    flow.instances.migrate(run.id, plan, by="mia")
    flow.instances.resume(run.id, by="mia")
    assert (status(flow, run), flow.instances.variables(run.id)) == ("completed", {"n": 1})
    assert flow.jobs.find() == []


@pytest.mark.parametrize("suspended", [False, True])
def test_a_timer_that_is_due_in_the_moment_of_the_migration_fires_once(
    flow: Opsflow, clock: ManualClock, suspended: bool
) -> None:
    old, new = served("call", "call", "PT1H"), served("phone", "phone", "PT1H")
    run, plan = begun(flow, old, new, call="phone")
    [lease] = flow.jobs.fetch_and_lock(["call"], worker="w", lease=3 * 60 * MINUTE)
    if suspended:
        flow.instances.suspend(run.id, by="mia", reason="audit")
    clock.advance(2 * 60 * MINUTE)
    flow.instances.migrate(run.id, plan, by="mia")
    if suspended:
        flow.instances.resume(run.id, by="mia")
    flow.jobs.run_until_idle()
    assert status(flow, run) == "completed"
    with pytest.raises(LeaseLost):
        flow.jobs.complete(lease.token)
    assert flow.jobs.find() == []
    ends = [entry.type for entry in flow.history.of_instance(run.id)].count("InstanceEnded")
    assert ends == 1


def test_a_migration_that_is_refused_in_a_larger_transaction_leaves_the_rest(
    flow: Opsflow,
) -> None:
    run, plan = begun(flow, served("call", "call"), served("phone", "phone"))
    with flow.transaction():
        flow.instances.set_variables(run.id, {"n": 1}, by="mia")
        assert not flow.instances.check_migration(run.id, plan).possible
        with pytest.raises(MigrationRefused):
            flow.instances.migrate(run.id, plan, by="mia")
        assert flow.instances.get(run.id).version == 1
        flow.instances.migrate(run.id, plan.map("call", "phone"), by="mia")
        flow.instances.set_variables(run.id, {"m": 2}, by="mia")
    assert flow.instances.get(run.id).version == 2
    assert flow.instances.variables(run.id) == {"n": 1, "m": 2}
    assert [(job.topic, job.node_id) for job in flow.jobs.find()] == [("phone", "phone")]
    assert flow.history.verify().holds


def test_a_migration_that_is_rolled_back_leaves_nothing_in_memory(flow: Opsflow) -> None:
    run, plan = begun(flow, served("call", "call"), served("phone", "phone"), call="phone")
    with pytest.raises(RuntimeError), flow.transaction():
        flow.instances.migrate(run.id, plan, by="mia")
        raise RuntimeError("no")
    [step] = flow.instances.steps(run.id)
    assert (step.node.id, flow.instances.get(run.id).version) == ("call", 1)
    assert [(job.topic, job.state) for job in flow.jobs.find()] == [("call", State.QUEUED)]


def test_there_and_on_and_back_and_back(flow: Opsflow, clock: ManualClock) -> None:
    run, plan = begun(flow, served("call", "call"), served("phone", "phone"), call="phone")
    flow.definitions.deploy(served("write", "write"), by="mia", responsibility="open")
    further = flow.instances.plan_migration("served", source=2, target=3, nodes={"phone": "write"})
    flow.instances.migrate(run.id, plan, by="mia")
    # Somebody puts the clock right, or another machine's is a little behind.
    clock.advance(-MINUTE)
    flow.instances.migrate(run.id, further, by="mia")
    for node in ("phone", "call"):
        flow.instances.revert_migration(run.id, by="mia", reason="back")
        [step] = flow.instances.steps(run.id)
        [job] = flow.jobs.find()
        assert step.node.id == job.node_id == job.topic == node
    with pytest.raises(WrongState):
        flow.instances.revert_migration(run.id, by="mia", reason="back")
    assert flow.history.verify().holds
