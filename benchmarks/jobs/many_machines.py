"""Jobs that Procrastinate takes to a worker, and Procrastinate by itself."""

from __future__ import annotations

import asyncio
import time
from threading import Event, Thread
from typing import Any

import procrastinate
from sqlalchemy import make_url

from benchmarks.jobs.embedded import WARM
from benchmarks.jobs.filling import start
from opsflow.app import Opsflow
from opsflow.instances import ServiceCall

THREADS = 4


def bare(url: str, count: int) -> float:
    """Tasks per second of Procrastinate's own worker, on tasks that do nothing."""
    return asyncio.run(_bare(url, count))


async def _bare(url: str, count: int) -> float:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=plain))
    done = 0

    @app.task(name="bench.nothing", queue="bare")
    def nothing(job_id: str) -> None:  # noqa: ARG001
        nonlocal done
        done += 1

    async def drain() -> None:
        await app.run_worker_async(
            queues=["bare"],
            concurrency=THREADS,
            wait=False,
            delete_jobs="successful",
            install_signal_handlers=False,
        )

    async with app.open_async():
        for amount in (WARM, count):
            given: list[dict[str, Any]] = [{"job_id": str(n)} for n in range(amount)]
            await nothing.batch_defer_async(*given)
            began = time.perf_counter()
            await drain()
        took = time.perf_counter() - began
    assert done == count + WARM, "every task is done"
    return count / took


def distributed(url: str, count: int) -> float:
    """Jobs per second of one worker that Procrastinate tells of them, from their commit on."""
    seen = 0

    def work(_call: ServiceCall) -> None:
        nonlocal seen
        seen += 1

    with Opsflow(url, distributed=True) as flow, Opsflow(url, distributed=True) as working:
        working.handler("plain")(work)
        stop = Event()
        worker = Thread(target=working.run_worker, args=(stop,), kwargs={"threads": THREADS})
        worker.start()
        for amount in (WARM, count):
            with flow.transaction():
                start(flow, amount)
            began = time.perf_counter()
            while flow.jobs.depths():
                time.sleep(0.02)
        took = time.perf_counter() - began
        stop.set()
        worker.join()
        assert seen == WARM + count, "every job is done"
    return count / took
