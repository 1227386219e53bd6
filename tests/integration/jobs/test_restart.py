"""A database server that crashes under load and comes back: nothing is lost, nothing stays."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy.exc import SQLAlchemyError

from opsflow.app import Opsflow
from opsflow.errors import OpsflowError
from tests.databases import own_postgres
from tests.faulty_worker import register
from tests.integration.jobs.processes import PARALLEL


@contextmanager
def in_background(work: Callable[[Event], None]) -> Iterator[None]:
    stop = Event()
    thread = Thread(target=work, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.parametrize("distributed", [False, True], ids=["embedded", "distributed"])
def test_a_database_that_crashes_and_comes_back_loses_nothing(
    tmp_path: Path, distributed: bool
) -> None:
    with own_postgres(survives_crashes=True) as server:
        url, crashed = str(server.get_uri()), server.get_pid()
        assert crashed is not None
        with Opsflow(url, distributed=distributed) as flow:
            flow.migrate()
            flow.definitions.deploy(PARALLEL, by="ann", responsibility="open")
            runs = [flow.instances.start("parallel", by="ann", variables={}).id for _ in range(30)]
            file = tmp_path / "effects"
            register(flow, file)
            with in_background(lambda stop: flow.run_worker(stop, threads=2)):
                until(file.exists)
                os.kill(crashed, signal.SIGQUIT)
                until(lambda: not server.get_postmaster_info().is_running())
                time.sleep(1)
                assert file.read_text("utf-8").count("done") < 30 * 5
                server.ensure_postgres_running()
                until(lambda: all(status(flow, run) == "completed" for run in runs), 90)
            assert flow.jobs.find() == []
            ended = [e.type for run in runs for e in flow.history.of_instance(run)]
            assert Counter(ended)["InstanceEnded"] == 30
            assert flow.history.verify().holds


def status(flow: Opsflow, run: str) -> str:
    try:
        return flow.instances.get(run).status
    except (OpsflowError, SQLAlchemyError):
        return "unknown"


def until(true: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)
