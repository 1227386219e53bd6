"""Batches whose workers die, and two at once: every item has one effect, and its result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text, update

from opsflow.app import Opsflow
from opsflow.batches import Row, Selection
from opsflow.batches.working import CHUNK, LANES
from opsflow.errors import OpsflowError, WrongState
from opsflow.jobs import Job
from tests.databases import Postgres, SQLite
from tests.integration.batches.faulty_batches import PACE
from tests.models import human, simple

ROOT = Path(__file__).parents[3]
ITEMS = 150


@dataclass(frozen=True)
class Place:
    url: str
    distributed: bool

    def open(self) -> Opsflow:
        return Opsflow(self.url, distributed=self.distributed)


@pytest.fixture(params=["embedded-sqlite", "embedded-postgres", "distributed-postgres"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    engine, _, database = request.param.partition("-")
    server: SQLite | Postgres = request.getfixturevalue(database)
    made = Place(server.migrated(), engine == "distributed")
    with made.open() as flow:
        flow.migrate()
        flow.definitions.deploy(simple(human("place")), by="ann", responsibility="open")
    yield made
    server.drop(made.url)


@pytest.fixture
def flow(place: Place) -> Iterator[Opsflow]:
    with place.open() as opened:
        yield opened


@contextmanager
def process(place: Place, items: int) -> Iterator[subprocess.Popen[bytes]]:
    module = "tests.integration.batches.faulty_batches"
    command = [sys.executable, "-m", module, place.url, str(place.distributed), str(items)]
    started = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@contextmanager
def working(place: Place, flow: Opsflow) -> Iterator[None]:
    """Work on what is due in this process."""
    if not place.distributed:
        with flow.start_executor(pace=PACE):
            yield
        return
    stop = Event()
    thread = Thread(target=flow.run_worker, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def over(flow: Opsflow, batch: str) -> bool:
    return flow.batches.get(batch).is_over


def fill(flow: Opsflow, count: int) -> list[str]:
    batch = flow.batches.start("order", (Row({"n": n}) for n in range(count)), by="ann")
    while flow.batches.work(batch.id):
        pass
    flow.jobs.run_until_idle()
    return [str(item.instance_id) for item in flow.batches.items(batch.id, limit=count)]


def assert_each_once(flow: Opsflow, batch: str, type: str, total: int) -> None:
    """Each item has one effect, and the effect is told to be that of its item."""
    items = flow.batches.items(batch, limit=total + 1)
    assert Counter(item.state for item in items) == {"done": total}
    for item in items:
        told = flow.history.of_instance(str(item.instance_id))
        assert [each.type for each in told].count(type) == 1
        assert [each.type for each in told if each.type == "BatchItemDone"]
    assert flow.history.verify().holds


def test_a_worker_that_is_killed_in_an_item_repeats_nothing_and_loses_nothing(
    flow: Opsflow, place: Place
) -> None:
    rows = (Row({"n": n}, f"O-{n}") for n in range(ITEMS))
    batch = flow.batches.start("order", rows, by="max").id
    for items in (20, 50):
        with process(place, items) as worker:
            assert worker.wait(90) == -signal.SIGKILL
        with flow.engine.begin() as connection:
            # As if half a minute had gone by, after which the leases of the dead are over.
            connection.execute(
                update(Job).where(Job.lease_until.is_not(None)).values(lease_until=Job.created_at)
            )
    assert 50 < flow.batches.get(batch).done < ITEMS
    with working(place, flow):
        until(lambda: over(flow, batch))
        until(lambda: flow.jobs.find() == [])
    keys = Counter(each.business_key for each in flow.instances.find(key="order", limit=1000))
    assert keys == {f"O-{n}": 1 for n in range(ITEMS)}
    assert_each_once(flow, batch, "InstanceStarted", ITEMS)


def test_a_worker_that_is_told_to_end_leaves_the_rest_to_others(
    flow: Opsflow, place: Place
) -> None:
    items = 2 * LANES * CHUNK
    batch = flow.batches.start("order", (Row() for _ in range(items)), by="max").id
    with process(place, 0) as worker:
        until(lambda: flow.batches.get(batch).done > 20)
        worker.terminate()
        assert worker.wait(60) == 0
    assert flow.batches.get(batch).done < items
    assert flow.jobs.find(state="running") == []
    with working(place, flow):
        until(lambda: over(flow, batch))
    assert_each_once(flow, batch, "InstanceStarted", items)


def test_two_workers_at_once_do_nothing_twice(flow: Opsflow, place: Place) -> None:
    runs = fill(flow, 80)
    batch = flow.batches.order("cancel", ids=runs, by="max", reason="over").id
    with place.open() as other, working(place, flow), working(place, other):
        with ThreadPoolExecutor(2) as pool:
            here = pool.submit(lambda: [flow.batches.work(batch) for _ in range(4)])
            until(lambda: over(flow, batch))
            here.result()
        until(lambda: flow.jobs.find() == [])
    assert_each_once(flow, batch, "InstanceCancelled", 80)


def test_what_is_paused_resumed_and_cancelled_at_once_adds_up(flow: Opsflow, place: Place) -> None:
    runs = fill(flow, 100)
    batch = flow.batches.order("cancel", ids=runs, by="max", reason="over").id
    refused: list[OpsflowError] = []

    def steer(verb: Callable[..., object]) -> None:
        try:
            verb(batch, by="eve")
        except OpsflowError as error:
            refused.append(error)

    with working(place, flow):
        with ThreadPoolExecutor(4) as pool:
            for verb in (flow.batches.pause, flow.batches.resume) * 8:
                pool.submit(steer, verb)
        if flow.batches.get(batch).state == "paused":
            flow.batches.resume(batch, by="eve")
        until(lambda: flow.batches.get(batch).done >= 40)
        steer(flow.batches.cancel)
        until(lambda: flow.jobs.find() == [])
    assert all(isinstance(error, WrongState) for error in refused)
    progress = flow.batches.get(batch)
    assert progress.is_over
    states = Counter(item.state for item in flow.batches.items(batch, limit=1000))
    assert states == Counter(
        {k: v for k, v in (("done", progress.done), ("cancelled", progress.cancelled)) if v}
    )
    cancelled = {run for run in runs if flow.instances.get(run).status == "cancelled"}
    done = {item.target for item in flow.batches.items(batch, state="done", limit=1000)}
    assert cancelled == done
    assert flow.history.verify().holds


@pytest.mark.parametrize("place", ["embedded-postgres"], indirect=True)
def test_a_database_that_drops_every_connection_loses_nothing(flow: Opsflow, place: Place) -> None:
    batch = flow.batches.start("order", (Row() for _ in range(100)), by="max").id
    with place.open() as watching, working(place, flow):
        for _ in range(4):
            time.sleep(0.2)
            with watching.engine.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
        until(lambda: over(watching, batch), 90)
    with place.open() as later:
        assert len(later.instances.find(key="order", limit=1000)) == 100
        assert_each_once(later, batch, "InstanceStarted", 100)


def test_other_jobs_have_their_turn_while_a_batch_is_done(flow: Opsflow) -> None:
    """Whatever its lanes are, each does one chunk before what came behind them."""
    items = (LANES + 1) * CHUNK
    batch = flow.batches.start("order", (Row() for _ in range(items)), by="max").id
    at: list[int] = []
    flow.handler("tell")(lambda _call: at.append(flow.batches.get(batch).done))
    flow.jobs.enqueue("tell")
    flow.jobs.run_until_idle()
    assert 0 < at[0] <= LANES * CHUNK
    assert flow.batches.get(batch).done == items


@pytest.mark.parametrize("place", ["embedded-postgres"], indirect=True)
def test_an_item_that_a_frozen_worker_holds_is_waited_for(flow: Opsflow) -> None:
    batch = flow.batches.start("order", (Row() for _ in range(5)), by="max").id
    with flow.engine.connect() as frozen:
        held = "SELECT 1 FROM opsflow.opsflow_batch_item WHERE position = 2 FOR UPDATE"
        frozen.execute(text(held))
        flow.jobs.run_until_idle()
        progress = flow.batches.get(batch)
        assert (progress.state, progress.done, progress.waiting) == ("running", 4, 1)
        assert [job.state for job in flow.jobs.find()] == ["timer"]
    for job in flow.jobs.find():
        flow.jobs.retry(job.id, by="max")
    flow.jobs.run_until_idle()
    assert_each_once(flow, batch, "InstanceStarted", 5)


def test_the_history_of_a_batch_is_of_who_steered_it(flow: Opsflow) -> None:
    runs = fill(flow, 3)
    batch = flow.batches.order("cancel", Selection(process="order"), by="max", reason="x").id
    flow.batches.pause(batch, by="eve")
    flow.batches.cancel(batch, by="eve")
    assert {flow.instances.get(run).status for run in runs} == {"running"}
    told = [(each.type, each.person) for each in flow.history.of_stream(f"batch:{batch}")]
    assert told == [("BatchStarted", "max"), ("BatchPaused", "eve"), ("BatchCancelled", "eve")]
