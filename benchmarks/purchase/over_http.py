"""What the way over HTTP adds to a completion: a server on this machine, one client kept alive."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing.connection import Connection
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.purchase.bars import p50
from benchmarks.purchase.ours import Ours
from benchmarks.purchase.workload import AMOUNTS, HANDED_IN, PERSONS, ROLES, Task

if TYPE_CHECKING:
    import httpx

INSTANCES = 10
"""Instances of a round, on either way."""

Complete = Callable[[Task], object]


def is_there() -> bool:
    """Whether there is an API, and what it takes to ask it."""
    return all(map(find_spec, ("opsflow.api", "uvicorn", "httpx")))


def compare(url: str, rounds: int) -> list[tuple[float, float]]:
    """Median seconds of a completion through the facade and over HTTP, round by round.

    The instances of both ways take turns. The tasks are claimed before, and that is not timed.
    """
    ours = Ours(url)
    tokens = {
        person: ours.flow.access.issue_token(person, by=person, name="benchmark").secret
        for person in ROLES
    }
    with _client(url) as client:

        def over_http(task: Task) -> None:
            person = PERSONS[task.node]
            client.post(
                f"/api/v1/tasks/{task.id}/complete",
                json={"data": HANDED_IN[task.node]},
                headers={"Authorization": f"Bearer {tokens[person]}"},
            ).raise_for_status()

        ways: Sequence[Complete] = (ours.hand_in, over_http)
        _round(ours, ways)
        medians = [_round(ours, ways) for _ in range(rounds)]
    ours.close()
    return medians


def _round(ours: Ours, ways: Sequence[Complete]) -> tuple[float, float]:
    times: list[list[float]] = [[] for _ in ways]
    for number in range(INSTANCES):
        for way, taken in zip(ways, times, strict=True):
            taken += _instance(ours, AMOUNTS[number % len(AMOUNTS)], way)
    one, other = map(p50, times)
    return one, other


def _instance(ours: Ours, amount: int, complete: Complete) -> list[float]:
    seconds = []
    instance = ours.start(amount)
    while tasks := ours.open_tasks(instance):
        ours.claim(tasks[0])
        before = perf_counter()
        complete(tasks[0])
        seconds.append(perf_counter() - before)
    return seconds


@contextmanager
def _client(url: str) -> Iterator[httpx.Client]:
    """A client of a server that runs in a process of its own for as long."""
    import httpx

    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(url, theirs), daemon=True)
    server.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{ours.recv()}", timeout=30) as client:
            yield client
    finally:
        server.terminate()
        server.join()


def _serve(url: str, pipe: Connection) -> None:
    import uvicorn

    from opsflow import Opsflow
    from opsflow.api import Settings, application

    # The request log is written, as it would be in earnest, and read by nobody.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    app = application(Opsflow(url), settings=Settings(rate=1e6, burst=1_000_000))
    pipe.send(listening.getsockname()[1])
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])
