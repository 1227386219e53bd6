"""How fast batches are: items per second of a start and of a cancellation of many instances.

Run: ``python -m benchmarks.batches [--url postgresql://…] [--items 10000] [--distributed]``. Beside
it, how fast single calls in a loop do the same.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from benchmarks.jobs.filling import MODELS
from opsflow.app import Opsflow
from opsflow.batches import Progress, Row, Selection

LOOP = 500
"""Single calls that are timed."""


@contextmanager
def worker(flow: Opsflow, *, distributed: bool) -> Iterator[None]:
    """Do what is due in threads of this process."""
    if not distributed:
        with flow.start_executor():
            yield
        return
    stop = Event()
    thread = Thread(target=flow.run_worker, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join()


def told(flow: Opsflow, what: str, batch: Progress, ordered: float) -> None:
    """Wait for the end of a batch, and print its rate."""
    began = time.perf_counter()
    while not flow.batches.get(batch.id).is_over:
        time.sleep(0.2)
    progress, seconds = flow.batches.get(batch.id), time.perf_counter() - began
    assert progress.done == batch.total, progress
    print(
        f"{what:8} {batch.total:7} items: ordered in {ordered:5.2f} s, "
        f"{batch.total / seconds:6.0f} items/s"
    )


def run(url: str, items: int, *, distributed: bool) -> None:
    """Start and cancel so many."""
    with Opsflow(url, distributed=distributed) as flow:
        flow.migrate()
        flow.definitions.deploy(MODELS[0], by="bench", responsibility="open")
        single(flow)
        with worker(flow, distributed=distributed):
            began = time.perf_counter()
            batch = flow.batches.start("plain", (Row({"n": n}) for n in range(items)), by="bench")
            told(flow, "start", batch, time.perf_counter() - began)
            began = time.perf_counter()
            where = Selection(process="plain")
            batch = flow.batches.order("cancel", where, by="bench", reason="measured")
            told(flow, "cancel", batch, time.perf_counter() - began)


def single(flow: Opsflow) -> None:
    """Print how fast a loop of single calls is."""
    began = time.perf_counter()
    runs = [flow.instances.start("plain", by="bench").id for _ in range(LOOP)]
    print(f"start    in a loop: {LOOP / (time.perf_counter() - began):6.0f} calls/s")
    began = time.perf_counter()
    for each in runs:
        flow.instances.cancel(each, by="bench", reason="measured")
    print(f"cancel   in a loop: {LOOP / (time.perf_counter() - began):6.0f} calls/s")


def main() -> None:
    """Run it on a SQLite file, or on the database that is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--distributed", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{Path(folder) / 'batches.db'}"
        run(url, given.items, distributed=given.distributed)


if __name__ == "__main__":
    main()
