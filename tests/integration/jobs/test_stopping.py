"""``opsflow worker`` as a process: watched from outside, and told to stop."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from opsflow.app import Opsflow
from tests.databases import Postgres, SQLite
from tests.integration.jobs.processes import CALLING

ROOT = Path(__file__).parents[3]
SETUP = """
import logging, pathlib, time

def register(flow):
    @flow.handler("call")
    def call(call):
        logging.getLogger("shop").info("begun with %s", call.topic)
        pathlib.Path("begun").touch()
        while call.variables["waits"] and not pathlib.Path("release").exists():
            time.sleep(0.05)
        return {"card": "4000-1234"}
"""


@dataclass(frozen=True)
class Place:
    """A database, whether its jobs are distributed, and where the workers are."""

    url: str
    distributed: bool
    folder: Path

    def open(self) -> Opsflow:
        return Opsflow(self.url, distributed=self.distributed)

    def start(self, *, waits: bool = True) -> str:
        with self.open() as flow:
            variables = {"waits": waits, "card": "4000-9999"}
            return flow.instances.start("calling", by="ann", variables=variables).id

    def status(self, run: str) -> str:
        with self.open() as flow:
            return flow.instances.get(run).status

    @property
    def has_begun(self) -> bool:
        return (self.folder / "begun").exists()


@pytest.fixture(params=["embedded-sqlite", "embedded-postgres", "distributed-postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    engine, _, database = request.param.partition("-")
    server: SQLite | Postgres = request.getfixturevalue(database)
    made = Place(server.migrated(), engine == "distributed", tmp_path)
    (tmp_path / "shop.py").write_text(SETUP)
    with made.open() as flow:
        flow.migrate()
        flow.definitions.deploy(CALLING, by="ann", responsibility="open")
    yield made
    server.drop(made.url)


class Worker:
    """The process, what it says, and what it answers to who watches."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self.process = process
        self._errors = errors
        assert process.stdout is not None
        found = re.search(r"http://(\S+)/metrics", process.stdout.readline())
        assert found, self.log
        self._address = found[1]

    @property
    def log(self) -> str:
        return self._errors.read_text()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines()]

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://{self._address}{path}", timeout=20, trust_env=False)

    def tell(self) -> None:
        self.process.send_signal(signal.SIGTERM)


@contextmanager
def working(place: Place, *options: str) -> Iterator[Worker]:
    command = [sys.executable, "-m", "opsflow", "--database", place.url, "--setup", "shop:register"]
    command += ["--distributed"] if place.distributed else []
    command += ["worker", "--observe", "127.0.0.1:0", *options]
    path = {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
    errors = place.folder / "errors"
    with errors.open("w") as failed:
        process = subprocess.Popen(
            command,
            cwd=place.folder,
            env={**os.environ, **path},
            stdout=subprocess.PIPE,
            stderr=failed,
            text=True,
        )
        try:
            yield Worker(process, errors)
        finally:
            process.kill()
            process.communicate()


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_worker_that_is_told_to_end_finishes_and_is_not_ready_meanwhile(place: Place) -> None:
    run = place.start()
    with working(place) as worker:
        until(lambda: place.has_begun)
        until(lambda: worker.get("/ready").status_code == 200)
        worker.tell()
        until(lambda: worker.get("/ready").status_code == 503, 2)
        assert "told to end" in worker.get("/ready").json()["reason"]
        assert worker.get("/health").status_code == 200
        second = place.start()
        time.sleep(0.5)
        (place.folder / "release").touch()
        assert worker.process.wait(60) == 0, worker.log
    assert (place.status(run), place.status(second)) == ("completed", "running")


def test_after_the_grace_what_runs_is_handed_back(place: Place) -> None:
    run = place.start()
    with working(place, "--grace", "0.5") as worker:
        until(lambda: place.has_begun)
        worker.tell()
        assert worker.process.wait(20) == 0, worker.log
    assert_handed_back_and_done(place, run)


def test_told_twice_it_hands_back_at_once(place: Place) -> None:
    run = place.start()
    with working(place, "--grace", "300") as worker:
        until(lambda: place.has_begun)
        worker.tell()
        time.sleep(0.3)
        assert worker.process.poll() is None
        worker.tell()
        assert worker.process.wait(20) == 0, worker.log
    assert_handed_back_and_done(place, run)


def assert_handed_back_and_done(place: Place, run: str) -> None:
    with place.open() as flow:
        (job,) = flow.jobs.find()
        assert (job.state, job.attempt, job.failures) == ("queued", 1, 0)
        (place.folder / "release").touch()
        with working(place):
            until(lambda: flow.instances.get(run).status == "completed")
        assert flow.jobs.find() == []


def test_a_worker_tells_what_it_does_and_nothing_of_the_variables(place: Place) -> None:
    run = place.start(waits=False)
    with working(place, "--log", "json") as worker:
        until(lambda: place.status(run) == "completed")
        until(lambda: worker.get("/ready").status_code == 200)
        answer = worker.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        assert 'opsflow_attempts_total{outcome="completed",topic="call"} 1.0' in answer.text
        assert 'opsflow_workers{state="alive"} 1.0' in answer.text
        assert "opsflow_database_up 1.0" in answer.text
        assert worker.get("/elsewhere").status_code == 404
        worker.tell()
        assert worker.process.wait(60) == 0
        lines = worker.lines
        assert "4000" not in worker.log
    begun, ended = (line for line in lines if "job_id" in line)
    assert (begun["logger"], begun["event"]) == ("shop", "begun with call")
    ids = {"topic": "call", "attempt": 1, "instance_id": run}
    assert ids.items() <= begun.items()
    assert {**ids, "event": "attempt", "outcome": "completed"}.items() <= ended.items()
    assert begun["job_id"] == ended["job_id"]


@pytest.mark.parametrize("place", ["embedded-postgres", "distributed-postgres"], indirect=True)
def test_a_worker_whose_database_is_gone_is_alive_and_not_ready(
    place: Place, request: pytest.FixtureRequest
) -> None:
    server: Postgres = request.getfixturevalue("postgres")
    with working(place) as worker:
        until(lambda: worker.get("/ready").status_code == 200)
        server.drop(place.url)
        until(lambda: worker.get("/ready").status_code == 503)
        assert worker.get("/health").status_code == 200
        assert "opsflow_database_up 0.0" in worker.get("/metrics").text
    server._run(f'CREATE DATABASE "{make_url(place.url).database}"')
