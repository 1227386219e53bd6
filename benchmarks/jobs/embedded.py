"""The executor inside the process, and the bare loop that it is held against."""

from __future__ import annotations

import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from benchmarks.jobs.filling import start
from benchmarks.purchase.bars import p50, p95
from opsflow.app import Opsflow
from opsflow.instances import ServiceCall
from opsflow.jobs import Pace

WARM = 20
"""Jobs that are done before the time is taken."""


def bare(url: str, count: int) -> float:
    """Rows per second of a loop that takes a row and removes it, two commits each."""
    with Opsflow(url) as flow:
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
        took = time.perf_counter() - began
        with flow.engine.begin() as connection:
            connection.execute(text("DROP TABLE bare"))
        return count / took


def drained(url: str, count: int, pace: Pace | None) -> float:
    """Jobs per second, from waiting instances to ended ones; in this thread without a pace."""
    seen = 0

    def work(_call: ServiceCall) -> None:
        nonlocal seen
        seen += 1

    with Opsflow(url) as flow:
        flow.handler("plain")(work)
        start(flow, WARM)
        flow.jobs.run_until_idle()
        start(flow, count)
        before = flow.jobs.depths()
        began = time.perf_counter()
        with flow.start_executor(pace=pace) if pace else nullcontext():
            if pace is None:
                flow.jobs.run_until_idle()
            while seen < count + WARM:
                time.sleep(0.005)
            # The executor ends when all is written that was done.
        took = time.perf_counter() - began
        left = sum(each.count for each in flow.jobs.depths())
        assert left == sum(each.count for each in before) - count, "every job is done"
    return count / took


def commit_to_start(url: str, count: int) -> float:
    """Milliseconds from a commit to the beginning of the handler's work, the median."""
    begun: list[float] = []
    waits = []
    with Opsflow(url) as flow:
        flow.handler("plain")(lambda _call: begun.append(time.perf_counter()))
        with flow.start_executor():
            time.sleep(0.7)
            for number in range(count):
                flow.instances.start("plain", by="bench")
                committed = time.perf_counter()
                while len(begun) <= number:
                    time.sleep(0.0005)
                waits.append(max(begun[number] - committed, 0) * 1000)
                time.sleep(0.03)
    return p50(waits)


def lateness(url: str, count: int) -> float:
    """Seconds from when a timer is due to the work behind it, the 95th percentile."""
    late: list[float] = []

    def work(call: ServiceCall) -> None:
        due = call.variables["due"]
        assert isinstance(due, datetime)
        late.append((datetime.now(UTC) - due).total_seconds())

    with Opsflow(url) as flow:
        flow.handler("timed")(work)
        first = datetime.now(UTC) + timedelta(seconds=0.5 + count * 0.005)
        for number in range(count):
            due = first + timedelta(seconds=3 * number / count)
            flow.instances.start("timed", by="bench", variables={"due": due})
        with flow.start_executor():
            while len(late) < count:
                time.sleep(0.02)
    return p95(late)
