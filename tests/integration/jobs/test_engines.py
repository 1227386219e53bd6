"""What every engine of workers does: one suite for the embedded and the distributed one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text, update

from opsflow.app import Opsflow
from opsflow.errors import ConfigurationInvalid
from opsflow.instances import ServiceCall
from opsflow.jobs import Job
from tests.integration.jobs.conftest import Place
from tests.integration.jobs.processes import CALLING

ROOT = Path(__file__).parents[3]


@pytest.fixture
def flow(place: Place) -> Iterator[Opsflow]:
    with place.open() as opened:
        yield opened


@contextmanager
def working(flow: Opsflow, threads: int = 3) -> Iterator[Thread]:
    stop = Event()
    thread = Thread(target=flow.run_worker, args=(stop,), kwargs={"threads": threads})
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def until(true: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def ended(flow: Opsflow, *runs: str) -> bool:
    return all(flow.instances.get(run).status == "completed" for run in runs)


def test_what_is_committed_is_done_once_and_what_follows_too(flow: Opsflow) -> None:
    keys: list[str] = []
    for topic in ("one", "two", "work"):
        flow.handler(topic)(lambda call: keys.append(call.idempotency_key))
    before = [flow.instances.start("chain", by="ann").id]
    with working(flow):
        after = [flow.instances.start("parallel", by="ann").id for _ in range(4)]
        until(lambda: ended(flow, *before, *after))
    assert len(keys) == len(set(keys)) == 22
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_what_is_rolled_back_is_not_done(flow: Opsflow) -> None:
    seen: list[object] = []
    flow.handler("call")(lambda call: seen.append(call.variables["n"]))
    with working(flow):
        with pytest.raises(RuntimeError), flow.transaction():
            flow.instances.start("calling", by="ann", variables={"n": 1})
            raise RuntimeError("no")
        run = flow.instances.start("calling", by="ann", variables={"n": 2}).id
        until(lambda: ended(flow, run))
    assert seen == [2]


def test_a_failure_is_tried_again_at_its_time(flow: Opsflow) -> None:
    attempts: list[int] = []

    @flow.handler("call", backoff=timedelta(seconds=0.2))
    def call(call: ServiceCall) -> None:
        attempts.append(call.attempt)
        if call.attempt < 3:
            raise ConnectionError("down")

    with working(flow):
        run = flow.instances.start("calling", by="ann").id
        until(lambda: ended(flow, run))
    assert attempts == [1, 2, 3]


def test_an_incident_is_retried_by_a_human(flow: Opsflow) -> None:
    healthy = Event()

    @flow.handler("call", retries=0)
    def call(_call: ServiceCall) -> None:
        if not healthy.is_set():
            raise ConnectionError("down")

    with working(flow):
        run = flow.instances.start("calling", by="ann").id
        until(lambda: flow.instances.incidents(run))
        healthy.set()
        flow.instances.retry(flow.instances.incidents(run)[0].id, by="max")
        until(lambda: ended(flow, run))
    assert flow.jobs.find() == []


def test_a_job_for_later_is_done_later(flow: Opsflow) -> None:
    at: list[float] = []
    flow.handler("tell")(lambda _call: at.append(time.monotonic()))
    with working(flow):
        began = time.monotonic()
        due = flow._database.clock.now() + timedelta(seconds=1)
        flow.jobs.enqueue("tell", due_at=due)
        until(lambda: at)
    assert 0.9 <= at[0] - began <= 15
    assert flow.jobs.find() == []


def test_a_cancelled_job_is_not_done(flow: Opsflow) -> None:
    seen: list[str] = []
    flow.handler("call")(lambda call: seen.append(call.instance_id))
    gone = flow.instances.start("calling", by="ann").id
    flow.instances.cancel(gone, by="max", reason="not needed")
    run = flow.instances.start("calling", by="ann").id
    with working(flow):
        until(lambda: ended(flow, run))
    assert seen == [run]


def test_the_jobs_of_a_suspended_instance_wait_until_it_is_resumed(flow: Opsflow) -> None:
    seen: list[str] = []
    flow.handler("call")(lambda call: seen.append(call.instance_id))
    held = flow.instances.start("calling", by="ann").id
    flow.instances.suspend(held, by="max", reason="audit")
    run = flow.instances.start("calling", by="ann").id
    with working(flow):
        until(lambda: ended(flow, run))
        time.sleep(0.5)
        assert seen == [run]
        flow.instances.resume(held, by="max")
        until(lambda: ended(flow, held))
    assert seen == [run, held]


def test_timers_fire(flow: Opsflow) -> None:
    run = flow.instances.start("brief", by="ann").id
    with working(flow):
        until(lambda: ended(flow, run))
    assert flow.jobs.find() == []


def test_two_workers_do_nothing_twice(flow: Opsflow, place: Place) -> None:
    keys: list[str] = []
    with place.open() as other:
        for each in (flow, other):
            each.handler("work")(lambda call: keys.append(call.idempotency_key))
        with working(flow), working(other):
            runs = [flow.instances.start("parallel", by="ann").id for _ in range(6)]
            until(lambda: ended(flow, *runs), 60)
    assert len(keys) == len(set(keys)) == 30
    assert flow.history.verify().holds


def test_a_worker_that_is_told_to_end_finishes_what_it_has_begun(flow: Opsflow) -> None:
    begun = Event()

    @flow.handler("call")
    def call(_call: ServiceCall) -> dict[str, object]:
        begun.set()
        time.sleep(1)
        return {"done": True}

    run = flow.instances.start("calling", by="ann").id
    with working(flow):
        assert begun.wait(30)
    assert flow.instances.variables(run) == {"done": True}


def test_a_killed_worker_loses_nothing(flow: Opsflow, place: Place, tmp_path: Path) -> None:
    code = (
        "import os, signal, threading\n"
        "from opsflow.app import Opsflow\n"
        f"flow = Opsflow({place.url!r}, distributed={place.distributed})\n"
        "flow.handler('call')(lambda call: os.kill(os.getpid(), signal.SIGKILL))\n"
        "flow.run_worker(threading.Event())\n"
    )
    run = flow.instances.start("calling", by="ann").id
    killed = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ))
    assert killed.wait(60) == -signal.SIGKILL
    with flow.engine.begin() as connection:
        # As if half a minute had gone by, after which its lease is over.
        connection.execute(update(Job).values(lease_until=Job.created_at))
    flow.handler("call", backoff=timedelta(seconds=0.1))(lambda _call: {"by": "another"})
    with working(flow):
        until(lambda: flow.jobs.find() == [] or flow.jobs.find()[0].failures)
        for job in flow.jobs.find(state="timer"):
            flow.jobs.retry(job.id, by="max")
        until(lambda: ended(flow, run))
    assert flow.instances.variables(run) == {"by": "another"}


@pytest.mark.parametrize("place", ["distributed-postgres"], indirect=True)
def test_a_job_that_the_engine_has_lost_is_told_of_again(flow: Opsflow) -> None:
    flow.handler("call")(lambda _call: None)
    run = flow.instances.start("calling", by="ann").id
    with flow.engine.begin() as connection:
        assert connection.execute(text("DELETE FROM procrastinate_jobs")).rowcount == 1
        past = flow.instances.get(run).started_at - timedelta(minutes=1)
        connection.execute(update(Job).values(due_at=past))
    with working(flow):
        until(lambda: ended(flow, run))
    with flow.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0


@pytest.mark.parametrize("place", ["distributed-postgres"], indirect=True)
def test_what_others_have_done_leaves_nothing_in_the_engine(flow: Opsflow) -> None:
    flow.instances.start("calling", by="ann")
    (lease,) = flow.jobs.fetch_and_lock(["call"], worker="r", lease=timedelta(minutes=1))
    flow.jobs.complete(lease.token)
    with flow.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0


def test_jobs_are_distributed_on_postgresql_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="PostgreSQL"):
        Opsflow(f"sqlite:///{tmp_path}/x.db", distributed=True)


@pytest.mark.parametrize("place", ["distributed-postgres"], indirect=True)
def test_what_others_do_again_and_again_leaves_nothing_in_the_engine(flow: Opsflow) -> None:
    minute = timedelta(minutes=1)
    flow.instances.start("calling", by="ann")
    flow.jobs.enqueue("call")
    for _ in range(2):
        for lease in flow.jobs.fetch_and_lock(["call"], worker="r", lease=minute, max_jobs=2):
            flow.jobs.fail(lease.token, "not yet", backoff=timedelta())
    for lease in flow.jobs.fetch_and_lock(["call"], worker="r", lease=minute, max_jobs=2):
        flow.jobs.complete(lease.token)
    assert flow.jobs.find() == []
    with flow.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0


@pytest.mark.parametrize("place", ["distributed-postgres"], indirect=True)
def test_who_does_the_old_topic_of_a_migrated_job_leaves_it_to_others(
    flow: Opsflow, place: Place
) -> None:
    run = flow.instances.start("calling", by="ann").id
    other = CALLING.replace(b'topic="call"', b'topic="phone"')
    flow.definitions.deploy(other, by="ann", responsibility="open")
    plan = flow.instances.plan_migration("calling", source=1, target=2)
    with flow.engine.begin() as connection:
        told = connection.execute(text("SELECT args FROM procrastinate_jobs")).scalar_one()
    flow.instances.migrate(run, plan, by="mia")
    with flow.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
    flow.handler("call")(lambda _call: None)
    # A worker that was told of it before: it holds the number yet.
    ledger = flow.jobs.workshop.ledger
    taken = ledger.take_told("w", [told["job_id"]], ["call"], lambda _: timedelta(minutes=1))
    assert taken == []
    with place.open() as another:
        another.handler("phone")(lambda _call: None)
        with working(flow), working(another):
            until(lambda: ended(flow, run))
    assert [job.failures for job in flow.jobs.find()] == []
    types = [entry.type for entry in flow.history.of_instance(run)]
    assert "JobFailed" not in types
