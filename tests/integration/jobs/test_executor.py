"""The executor inside a process: jobs, timers, hanging handlers, a graceful end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Event, get_ident

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock, SystemClock
from opsflow.instances import ServiceCall
from opsflow.jobs import Pace, State
from tests.integration.jobs.processes import CALLING, CHAIN, DEADLINE, PARALLEL

QUICK = Pace(
    threads=4,
    poll=timedelta(seconds=0.05),
    lease=timedelta(seconds=1),
    grace=timedelta(seconds=5),
)


@pytest.fixture
def flow(url: str) -> Iterator[Opsflow]:
    """By the machine's own clock, because the threads are."""
    with Opsflow(url, clock=SystemClock()) as opened:
        for each in (CALLING, CHAIN, DEADLINE, PARALLEL):
            opened.definitions.deploy(each, by="ann", responsibility="open")
        yield opened


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait until it is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def ended(flow: Opsflow, *runs: str) -> bool:
    return all(flow.instances.get(run).status == "completed" for run in runs)


def test_jobs_are_done_as_soon_as_they_are_committed(flow: Opsflow) -> None:
    keys: list[str] = []
    for topic in ("one", "two"):
        flow.handler(topic)(lambda call: keys.append(call.idempotency_key))
    slow = Pace(poll=timedelta(seconds=30))
    with flow.start_executor(pace=slow):
        runs = [flow.instances.start("chain", by="ann").id for _ in range(10)]
        until(lambda: ended(flow, *runs), 15)
    assert len(keys) == len(set(keys)) == 20
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_handlers_work_at_the_same_time(flow: Opsflow) -> None:
    barrier = Barrier(4, timeout=20)
    threads = set()

    @flow.handler("work")
    def work(call: ServiceCall) -> None:
        threads.add(get_ident())
        if call.node_id != "w0":
            barrier.wait()

    with flow.start_executor(pace=QUICK):
        run = flow.instances.start("parallel", by="ann")
        until(lambda: flow.jobs.find() == [] or barrier.broken)
    assert not barrier.broken
    assert len(threads) >= 4
    assert ended(flow, run.id)


def test_timers_fire_while_every_thread_is_busy(flow: Opsflow, url: str) -> None:
    release = Event()

    @flow.handler("work")
    def work(_call: ServiceCall) -> None:
        release.wait(20)

    clock = ManualClock(SystemClock().now())
    with Opsflow(url, clock=clock) as other:
        run = other.instances.start("deadline", by="ann")
        clock.advance(timedelta(hours=-2))
        past = other.instances.start("deadline", by="ann")
    flow.instances.start("parallel", by="ann")
    with flow.start_executor(pace=QUICK):
        until(lambda: ended(flow, past.id))
        assert flow.instances.get(run.id).is_running
        release.set()


def test_a_handler_that_hangs_loses_its_job_and_its_thread_a_successor(flow: Opsflow) -> None:
    woken, calls = Event(), []

    @flow.handler("call", timeout=timedelta(seconds=0.3), backoff=timedelta())
    def call(call: ServiceCall) -> dict[str, object]:
        calls.append(call)
        if call.attempt == 1:
            woken.wait(30)
        return {"by": call.attempt}

    one = Pace(threads=1, poll=timedelta(seconds=0.05), grace=timedelta(seconds=1))
    with flow.start_executor(pace=one):
        run = flow.instances.start("calling", by="ann")
        until(lambda: ended(flow, run.id))
        woken.set()
        time.sleep(0.2)
    assert flow.instances.variables(run.id) == {"by": 2}
    assert len(calls) == 2
    assert flow.history.verify().holds


def test_a_long_handler_keeps_its_job_longer_than_the_first_lease(flow: Opsflow) -> None:
    calls = []

    @flow.handler("call")
    def call(call: ServiceCall) -> None:
        calls.append(call)
        time.sleep(2.5)

    with flow.start_executor(pace=QUICK):
        run = flow.instances.start("calling", by="ann")
        until(lambda: ended(flow, run.id))
    assert len(calls) == 1


def test_stopping_finishes_what_runs_and_hands_back_what_waits(flow: Opsflow) -> None:
    begun, release = Event(), Event()

    @flow.handler("work")
    def work(_call: ServiceCall) -> None:
        begun.set()
        release.wait(10)

    one = Pace(threads=1, poll=timedelta(seconds=0.05))
    executor = flow.start_executor(pace=one)
    flow.instances.start("parallel", by="ann")
    assert begun.wait(10)
    until(lambda: len(flow.jobs.find(state="running")) >= 2)
    executor._stop.ask()
    release.set()
    executor.stop()
    left = flow.jobs.find()
    assert {(job.state, job.failures) for job in left} == {(State.QUEUED, 0)}
    assert 3 <= len(left) <= 4


def test_what_outlasts_the_grace_is_handed_back_and_has_no_effect(flow: Opsflow) -> None:
    begun, release = Event(), Event()

    @flow.handler("call")
    def call(call: ServiceCall) -> dict[str, object]:
        begun.set()
        if call.attempt == 1:
            release.wait(20)
        return {"by": call.attempt}

    impatient = Pace(threads=1, poll=timedelta(seconds=0.05), grace=timedelta(seconds=0.2))
    executor = flow.start_executor(pace=impatient)
    run = flow.instances.start("calling", by="ann")
    assert begun.wait(10)
    executor.stop()
    assert [job.state for job in flow.jobs.find()] == [State.QUEUED]
    assert flow.jobs.run_until_idle() == 1
    release.set()
    time.sleep(0.2)
    assert flow.instances.variables(run.id) == {"by": 2}


def test_two_executors_share_the_work_and_do_nothing_twice(flow: Opsflow, url: str) -> None:
    keys: list[str] = []
    patient = replace(QUICK, lease=timedelta(seconds=60))
    with Opsflow(url) as other:
        for each in (flow, other):
            each.handler("work")(lambda call: keys.append(call.idempotency_key))
        with flow.start_executor(pace=patient), other.start_executor(pace=patient):
            runs = [flow.instances.start("parallel", by="ann").id for _ in range(10)]
            until(lambda: ended(flow, *runs), 40)
    assert len(keys) == len(set(keys)) == 50
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_a_transactional_handler_also_works_for_what_another_process_reached(
    flow: Opsflow, url: str
) -> None:
    run = flow.instances.start("calling", by="ann")
    with Opsflow(url) as other:

        @other.handler("call", transactional=True)
        def call(_call: ServiceCall) -> dict[str, object]:
            return {"inside": other._database.in_transaction}

        assert other.jobs.run_until_idle() == 1
    assert flow.instances.variables(run.id) == {"inside": True}
