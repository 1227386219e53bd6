"""A worker process for tests, that dies or freezes at the place it is told.

``python -m tests.faulty_worker URL FILE WHERE [distributed]``: every handler writes a line to FILE
when its outside work is done. WHERE is ``nowhere``, ``before``, ``during``, ``after`` the work,
``writing`` (in the middle of the transaction of its effect), ``committed`` (right behind it) or
``frozen``.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from opsflow.app import Opsflow
from opsflow.instances import ServiceCall
from opsflow.jobs import Pace

LEASE = timedelta(seconds=1)
PACE = Pace(threads=2, poll=timedelta(seconds=0.1), lease=LEASE, grace=timedelta(seconds=10))


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_here() -> Callable[..., None]:
    """Die when it is called by the thread that made it; others commit too."""
    mine = threading.get_ident()
    return lambda *_: die() if threading.get_ident() == mine else None


def append(file: Path, line: str) -> None:
    """Write one line in one go, as several processes do."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)


def register(flow: Opsflow, file: Path, where: str = "nowhere") -> None:
    """Let this process do the work, and die where it is told."""

    def work(call: ServiceCall) -> dict[str, object]:
        if where == "before":
            die()
        append(file, f"begun {call.idempotency_key} {call.attempt}")
        if where == "during":
            die()
        if where == "frozen":
            os.kill(os.getpid(), signal.SIGSTOP)
        append(file, f"done {call.idempotency_key} {call.attempt}")
        if where == "after":
            event.listen(flow.engine, "commit", die_here())
        if where == "writing":
            flow._database._route = die
        if where == "committed":
            event.listen(Session, "after_commit", die_here())
        count = call.variables.get("count", 0)
        assert isinstance(count, int)
        return {"count": count + 1, "by": where}

    for topic in ("call", "one", "two", "work"):
        timeout = LEASE if where == "frozen" else timedelta(minutes=5)
        flow.handler(topic, backoff=timedelta(seconds=0.2), retries=20, timeout=timeout)(work)


def main(url: str, file: str, where: str, engine: str = "embedded") -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Opsflow(url, distributed=engine == "distributed") as flow:
        register(flow, Path(file), where)
        if where == "frozen" and engine == "embedded":
            # In one thread: another one's lock on SQLite would freeze everybody with it.
            flow.jobs.run_due()
            stop.wait()
        else:
            flow.run_worker(stop, pace=PACE)


if __name__ == "__main__":
    main(*sys.argv[1:])
