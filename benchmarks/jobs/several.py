"""Workers in processes of their own, on handlers that wait."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from benchmarks.jobs.filling import start
from opsflow.app import Opsflow

WAIT = 0.02
"""Seconds that the work of a job takes."""


def worker(url: str) -> None:
    """One process: opens the database, waits for a word, works until there is nothing to read."""
    with Opsflow(url) as flow:
        flow.handler("plain")(lambda _call: time.sleep(WAIT))
        flow.jobs.run_until_idle()
        print("ready", flush=True)
        sys.stdin.readline()
        with flow.start_executor():
            sys.stdin.read()


@contextmanager
def _waiting(url: str) -> Iterator[IO[str]]:
    """What a worker reads, once it has opened the database."""
    command = [sys.executable, "-m", "benchmarks.jobs.several", url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process.stdin
        finally:
            process.stdin.close()
            process.wait()


def together(url: str, count: int, workers: int) -> float:
    """Jobs per second of so many worker processes."""
    with ExitStack() as stack, Opsflow(url) as flow:
        told = [stack.enter_context(_waiting(url)) for _ in range(workers)]
        start(flow, count)
        began = time.perf_counter()
        for each in told:
            each.write("go\n")
            each.flush()
        while flow.jobs.depths():
            time.sleep(0.02)
        return count / (time.perf_counter() - began)


if __name__ == "__main__":
    worker(sys.argv[1])
