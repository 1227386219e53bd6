"""How fast jobs are drained, beside a bare loop over the same database in the same run.

Run: ``python -m benchmarks.jobs [--url postgresql://…] [--jobs 300]``. Medians of three rounds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from statistics import median
from threading import Event

from sqlalchemy import text

from opsflow.app import Opsflow
from opsflow.instances import ServiceCall
from opsflow.jobs import Pace

MODEL = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:opsflow="urn:opsflow:bpmn:1" id="d" targetNamespace="urn:bench">
<process id="bench" isExecutable="true">
<startEvent id="s"/><serviceTask id="work" opsflow:topic="work"/><endEvent id="e"/>
<sequenceFlow id="a" sourceRef="s" targetRef="work"/>
<sequenceFlow id="b" sourceRef="work" targetRef="e"/>
</process></definitions>"""
ROUNDS = 3


def bare(flow: Opsflow, count: int) -> float:
    """Rows per second of a loop that takes a row and removes it, two commits each."""
    skip = "FOR UPDATE SKIP LOCKED" if flow.engine.dialect.name == "postgresql" else ""
    with flow.engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bare (id integer, taken integer)"))
        for number in range(count):
            connection.execute(text("INSERT INTO bare VALUES (:n, 0)"), {"n": number})
    began = time.perf_counter()
    for _ in range(count):
        with flow.engine.begin() as connection:
            row = connection.scalar(text(f"SELECT id FROM bare WHERE taken = 0 LIMIT 1 {skip}"))
            connection.execute(text("UPDATE bare SET taken = 1 WHERE id = :n"), {"n": row})
        with flow.engine.begin() as connection:
            connection.execute(text("DELETE FROM bare WHERE id = :n"), {"n": row})
    return count / (time.perf_counter() - began)


def drained(flow: Opsflow, count: int, pace: Pace | None) -> float:
    """Jobs per second, from waiting instances to ended ones."""
    done, seen = Event(), [0]

    def work(_call: ServiceCall) -> None:
        seen[0] += 1

    flow.handler("work")(work)
    for _ in range(count):
        flow.instances.start("bench", by="bench")
    began = time.perf_counter()
    with flow.start_executor(pace=pace) if pace else nullcontext():
        if pace is None:
            flow.jobs.run_until_idle()
        while flow.jobs.depths():
            done.wait(0.01)
    return count / (time.perf_counter() - began)


def latency(flow: Opsflow, count: int) -> float:
    """Milliseconds from a commit to the beginning of the handler's work, the median."""
    begun: list[float] = []
    flow.handler("work")(lambda _call: begun.append(time.perf_counter()))
    waits = []
    with flow.start_executor():
        time.sleep(0.7)
        for number in range(count):
            flow.instances.start("bench", by="bench")
            committed = time.perf_counter()
            while len(begun) <= number:
                time.sleep(0.0005)
            waits.append(max(begun[number] - committed, 0) * 1000)
            time.sleep(0.05)
    return median(waits)


def measure(url: str, count: int) -> None:
    """Print the medians."""

    def times(one: Callable[[Opsflow], float]) -> float:
        found = []
        for _ in range(ROUNDS):
            with Opsflow(url) as flow:
                flow.migrate()
                flow.definitions.deploy(MODEL, by="bench", responsibility="open")
                found.append(one(flow))
        return median(found)

    pace = Pace(poll=timedelta(seconds=0.5))
    loop = times(lambda flow: bare(flow, count))
    alone = times(lambda flow: drained(flow, count, None))
    threads = times(lambda flow: drained(flow, count, pace))
    print(f"bare loop            {loop:8.0f} rows/s")
    print(f"run_until_idle       {alone:8.0f} jobs/s  {alone / loop:5.2f} of the bare loop")
    print(f"executor, 4 threads  {threads:8.0f} jobs/s  {threads / loop:5.2f} of the bare loop")
    print(f"commit to start      {times(lambda flow: latency(flow, 20)):8.1f} ms")


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--jobs", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(given.url or f"sqlite:///{Path(folder) / 'bench.db'}", given.jobs)


if __name__ == "__main__":
    main()
