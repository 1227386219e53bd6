"""Programs that fetch jobs by topic and answer by token."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, LeaseLost, VariablesInvalid
from opsflow.jobs import Lease, State
from tests.integration.jobs.processes import CALLING, PARALLEL

MINUTE = timedelta(minutes=1)


@pytest.fixture
def run(flow: Opsflow) -> str:
    flow.definitions.deploy(CALLING, by="ann", responsibility="open")
    started = flow.instances.start("calling", by="ann", variables={"a": 1}, business_key="C-1")
    return started.id


def fetch(flow: Opsflow, worker: str = "robot") -> Lease:
    (lease,) = flow.jobs.fetch_and_lock(["call"], worker=worker, lease=MINUTE)
    return lease


def test_a_job_is_fetched_with_what_it_needs_and_completed(flow: Opsflow, run: str) -> None:
    lease = fetch(flow)
    assert (lease.topic, lease.variables, lease.business_key) == ("call", {"a": 1}, "C-1")
    assert (lease.instance_id, lease.attempt, lease.node_id) == (run, 1, "call")
    assert flow.jobs.fetch_and_lock(["call"], worker="other", lease=MINUTE) == []
    flow.jobs.complete(lease.token, {"b": 2})
    assert flow.instances.variables(run) == {"a": 1, "b": 2}
    assert flow.instances.get(run).status == "completed"
    with pytest.raises(LeaseLost):
        flow.jobs.complete(lease.token, {"b": 3})


def test_after_the_lease_the_job_is_somebody_elses(
    flow: Opsflow, run: str, clock: ManualClock
) -> None:
    late = fetch(flow, "slow")
    clock.advance(2 * MINUTE)
    assert flow.jobs.fetch_and_lock(["call"], worker="quick", lease=MINUTE) == []
    (job,) = flow.jobs.find()
    assert (job.state, job.failures) == (State.TIMER, 1)
    assert "slow had it until" in (job.last_error or "")
    clock.advance(MINUTE)
    quick = fetch(flow, "quick")
    assert (quick.job_id, quick.attempt) == (late.job_id, 2)
    for answer in (
        lambda: flow.jobs.complete(late.token, {"by": "slow"}),
        lambda: flow.jobs.fail(late.token, "no"),
        lambda: flow.jobs.bpmn_error(late.token, "NO"),
        lambda: flow.jobs.extend(late.token, MINUTE),
    ):
        with pytest.raises(LeaseLost):
            answer()
    flow.jobs.complete(quick.token, {"by": "quick"})
    assert flow.instances.variables(run)["by"] == "quick"


def test_whoever_extends_keeps_the_job(flow: Opsflow, run: str, clock: ManualClock) -> None:
    lease = fetch(flow)
    for _ in range(3):
        clock.advance(timedelta(seconds=50))
        assert flow.jobs.extend(lease.token, MINUTE).until == clock.now() + MINUTE
    assert flow.jobs.fetch_and_lock(["call"], worker="other", lease=MINUTE) == []
    flow.jobs.complete(lease.token)
    assert flow.instances.get(run).status == "completed"


def test_a_failure_says_how_often_and_when_it_is_tried_again(
    flow: Opsflow, run: str, clock: ManualClock
) -> None:
    flow.jobs.fail(fetch(flow).token, "busy\x00", retries=1, backoff=timedelta(hours=1))
    (job,) = flow.jobs.find()
    assert (job.state, job.last_error) == (State.TIMER, "busy\ufffd")
    clock.advance(timedelta(hours=2))
    flow.jobs.fail(fetch(flow).token, "busy still")
    (incident,) = flow.instances.incidents(run)
    assert incident.message == "busy still"
    flow.instances.retry(incident.id, by="max")
    flow.jobs.fail(fetch(flow).token, "never", retries=0)
    assert len(flow.instances.incidents(run)) == 1


def test_a_bpmn_error_of_a_worker_is_caught_by_the_process(flow: Opsflow, run: str) -> None:
    flow.jobs.bpmn_error(fetch(flow).token, "NO", "not today", {"why": "closed"})
    assert flow.instances.get(run).status == "completed"
    assert any('"node_id":"sorry"' in entry.data for entry in flow.history.of_instance(run))


def test_a_result_that_cannot_be_stored_is_refused_and_the_job_kept(
    flow: Opsflow, run: str
) -> None:
    lease = fetch(flow)
    with pytest.raises(VariablesInvalid):
        flow.jobs.complete(lease.token, {"bad": object()})
    flow.jobs.complete(lease.token)
    assert flow.instances.get(run).status == "completed"


def test_a_token_cannot_be_guessed_from_the_id_of_its_job(flow: Opsflow, run: str) -> None:
    lease = fetch(flow)
    for wrong in (f"{lease.job_id}.1.x", f"{lease.job_id}.2.{lease.token.split('.')[2]}"):
        with pytest.raises(LeaseLost):
            flow.jobs.complete(wrong)
    for nonsense in ("", "x", "a.b.c", f"{lease.job_id}.1.", f"{lease.job_id}.{'9' * 30}.x"):
        with pytest.raises(Invalid):
            flow.jobs.complete(nonsense)
    assert flow.instances.get(run).is_running


def test_a_cancelled_instance_takes_the_job_from_its_worker(flow: Opsflow, run: str) -> None:
    lease = fetch(flow)
    flow.instances.cancel(run, by="max", reason="not needed")
    with pytest.raises(LeaseLost):
        flow.jobs.complete(lease.token)


def test_a_fetch_waits_for_the_first_job(flow: Opsflow) -> None:
    flow.definitions.deploy(PARALLEL, by="ann", responsibility="open")
    fetched: list[Lease] = []

    def robot() -> None:
        fetched.extend(
            flow.jobs.fetch_and_lock(
                ["work"], worker="r", lease=MINUTE, max_jobs=3, wait=timedelta(seconds=20)
            )
        )

    thread = Thread(target=robot)
    thread.start()
    flow.instances.start("parallel", by="ann")
    thread.join()
    assert len({lease.job_id for lease in fetched}) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"lease": timedelta()},
        {"lease": timedelta(days=8)},
        {"max_jobs": 0},
        {"max_jobs": 1001},
        {"wait": timedelta(minutes=2)},
        {"wait": timedelta(seconds=-1)},
        {"worker": " "},
        {"topics": [""]},
    ],
)
def test_a_fetch_that_makes_no_sense_is_refused(flow: Opsflow, wrong: dict[str, object]) -> None:
    asked: dict[str, object] = {"topics": ["call"], "worker": "r", "lease": MINUTE, **wrong}
    with pytest.raises(Invalid):
        flow.jobs.fetch_and_lock(**asked)  # type: ignore[arg-type]
