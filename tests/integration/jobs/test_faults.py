"""Workers that die, freeze or hang: nothing is lost, and no effect happens twice."""

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
from sqlalchemy import text

from opsflow.app import Opsflow
from opsflow.clock import ManualClock, SystemClock
from opsflow.instances import ServiceCall
from opsflow.jobs import Pace
from tests.databases import Postgres
from tests.faulty_worker import PACE, register
from tests.integration.jobs.conftest import Place
from tests.integration.jobs.processes import CALLING, PARALLEL

ROOT = Path(__file__).parents[3]


@pytest.fixture
def flow(place: Place) -> Iterator[Opsflow]:
    with place.open() as opened:
        yield opened


@contextmanager
def worker(place: Place, file: Path, where: str) -> Iterator[subprocess.Popen[bytes]]:
    engine = "distributed" if place.distributed else "embedded"
    command = [sys.executable, "-m", "tests.faulty_worker", place.url, str(file), where, engine]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def working(flow: Opsflow) -> Iterator[None]:
    stop = Event()
    thread = Thread(target=flow.run_worker, args=(stop,), kwargs={"pace": PACE})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def until(true: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines() if file.exists() else []


@pytest.mark.parametrize(
    ("where", "work"),
    [("before", 1), ("during", 1), ("after", 2), ("writing", 2)],
)
def test_a_worker_that_is_killed_loses_nothing_and_does_nothing_twice(
    flow: Opsflow, place: Place, tmp_path: Path, where: str, work: int
) -> None:
    run = flow.instances.start("calling", by="ann", variables={"count": 0})
    file = tmp_path / "effects"
    with worker(place, file, where) as process:
        assert process.wait(40) == -signal.SIGKILL
    (job,) = flow.jobs.find()
    assert (job.state, job.attempt) == ("running", 1)
    register(flow, file)
    with working(flow):
        until(lambda: flow.instances.get(run.id).status == "completed")
    done = [line for line in lines(file) if line.startswith("done")]
    assert len(done) == work
    assert {line.split()[1] for line in done} == {job.id}
    assert flow.instances.variables(run.id) == {"count": 1, "by": "nowhere"}
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_a_worker_that_is_killed_right_behind_the_commit_has_done_its_work(
    flow: Opsflow, place: Place, tmp_path: Path
) -> None:
    run = flow.instances.start("calling", by="ann", variables={"count": 0})
    with worker(place, tmp_path / "effects", "committed") as process:
        assert process.wait(40) == -signal.SIGKILL
    assert flow.instances.get(run.id).status == "completed"
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_a_worker_that_froze_and_wakes_late_has_no_effect(
    flow: Opsflow, place: Place, tmp_path: Path
) -> None:
    run = flow.instances.start("calling", by="ann", variables={"count": 0})
    file = tmp_path / "effects"
    with worker(place, file, "frozen") as process:
        until(lambda: lines(file))
        register(flow, file)
        with working(flow):
            until(lambda: flow.instances.get(run.id).status == "completed")
        os.kill(process.pid, signal.SIGCONT)
        until(lambda: len([line for line in lines(file) if line.startswith("done")]) == 2)
        process.terminate()
        assert process.wait(20) == 0
    assert flow.instances.variables(run.id) == {"count": 1, "by": "nowhere"}
    assert flow.history.verify().holds


def test_a_worker_that_is_told_to_end_ends_well(
    flow: Opsflow, place: Place, tmp_path: Path
) -> None:
    runs = [flow.instances.start("parallel", by="ann").id for _ in range(4)]
    with worker(place, tmp_path / "effects", "nowhere") as process:
        until(lambda: lines(tmp_path / "effects"))
        process.terminate()
        assert process.wait(20) == 0
    assert {job.state for job in flow.jobs.find()} <= {"queued"}
    register(flow, tmp_path / "effects")
    flow.jobs.run_until_idle()
    assert all(flow.instances.get(run).status == "completed" for run in runs)
    done = [line.split()[1] for line in lines(tmp_path / "effects") if line.startswith("done")]
    assert len(done) == len(set(done)) == 20


def test_a_clock_that_jumps_an_hour_does_nothing_twice(url: str) -> None:
    clock = ManualClock(SystemClock().now())
    begun, release = Event(), Event()
    calls: list[ServiceCall] = []
    with Opsflow(url, clock=clock) as flow:
        flow.definitions.deploy(CALLING, by="ann", responsibility="open")

        @flow.handler("call", backoff=timedelta())
        def call(call: ServiceCall) -> dict[str, object]:
            calls.append(call)
            if call.attempt == 1:
                begun.set()
                release.wait(30)
            return {"by": call.attempt}

        with flow.start_executor(pace=Pace(threads=2, poll=timedelta(seconds=0.05))):
            run = flow.instances.start("calling", by="ann")
            assert begun.wait(20)
            clock.advance(timedelta(hours=1))
            until(lambda: len(calls) == 2 or not flow.jobs.find(state="running"), 5)
            clock.advance(timedelta(hours=-2))
            release.set()
            clock.advance(timedelta(hours=3))
            until(lambda: flow.instances.get(run.id).status == "completed")
        completed = [e for e in flow.history.of_instance(run.id) if e.type == "InstanceEnded"]
        assert len(completed) == 1
        assert flow.jobs.find() == []
        assert flow.history.verify().holds


def test_two_answers_to_one_attempt_have_one_effect(flow: Opsflow) -> None:
    run = flow.instances.start("calling", by="ann")
    (lease,) = flow.jobs.fetch_and_lock(["call"], worker="r", lease=timedelta(minutes=1))
    refused: list[Exception] = []

    def answer(number: int) -> None:
        try:
            flow.jobs.complete(lease.token, {"by": number})
        except Exception as error:
            refused.append(error)

    threads = [Thread(target=answer, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error).__name__ for error in refused] == ["LeaseLost"] * 3
    assert flow.instances.get(run.id).status == "completed"
    assert flow.history.verify().holds


def test_a_database_that_drops_every_connection_again_and_again_loses_nothing(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.migrated()
    with Opsflow(url) as flow, Opsflow(url) as watching:
        flow.definitions.deploy(PARALLEL, by="ann", responsibility="open")
        runs = [flow.instances.start("parallel", by="ann", variables={}).id for _ in range(8)]
        register(flow, tmp_path / "effects")
        with flow.start_executor(pace=PACE):
            for _ in range(6):
                time.sleep(0.3)
                with watching.engine.connect() as connection:
                    connection.execute(
                        text(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        )
                    )
            until(lambda: all(watching.instances.get(r).status == "completed" for r in runs), 90)
        assert watching.jobs.find() == []
        assert watching.history.verify().holds
    postgres.drop(url)
