"""A soak: many instances, several worker processes, one of them killed every second.

``python -m tests.soak --instances 10000 --workers 4 --url postgresql://…`` prints a report. At
the end every instance is completed, every effect on an instance happened once, no job is left,
and the chains of the history verify.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from opsflow.app import Opsflow
from opsflow.jobs import State
from tests.faulty_worker import LEASE
from tests.models import flows, model

ROOT = Path(__file__).parents[1]
SOAK = model(
    '<startEvent id="s"/><serviceTask id="first" opsflow:topic="one"/>'
    '<parallelGateway id="fork"/><parallelGateway id="join"/>'
    '<serviceTask id="left" opsflow:topic="work"/>'
    '<intermediateCatchEvent id="pause"><timerEventDefinition>'
    "<timeDuration>PT1S</timeDuration></timerEventDefinition></intermediateCatchEvent>"
    '<serviceTask id="last" opsflow:topic="two"/><endEvent id="e"/>'
    + flows("s>first", "first>fork", "fork>left", "fork>pause", "left>join", "pause>join")
    + flows("join>last", "last>e").replace('id="f', 'id="g'),
    key="soak",
)
"""Three service tasks that count, and a timer beside the second one."""
COUNTED = 3


@dataclass(frozen=True)
class Report:
    """What a soak came to."""

    instances: int
    seconds: float
    kills: int
    completed: int
    incidents: int
    jobs_left: int
    wrong_counts: int
    outside_twice: int
    history_holds: bool

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost and no effect happened twice."""
        accounted = self.completed + self.incidents == self.instances
        none_left = self.jobs_left == 0 and self.wrong_counts == 0
        return accounted and none_left and self.history_holds


class Workers:
    """Worker processes, of which one is killed now and then and replaced."""

    def __init__(self, url: str, file: Path, count: int, *, distributed: bool) -> None:
        engine = "distributed" if distributed else "embedded"
        worker = [sys.executable, "-m", "tests.faulty_worker"]
        self._command = [*worker, url, str(file), "nowhere", engine]
        self.kills = 0
        self._processes = [self._start() for _ in range(count)]

    def kill_one(self) -> None:
        """Kill one that is picked by chance, and start another in its place."""
        place = random.randrange(len(self._processes))
        self._processes[place].kill()
        self._processes[place].wait()
        self._processes[place] = self._start()
        self.kills += 1

    def end(self) -> None:
        """Let all of them end well."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            process.wait(60)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, cwd=ROOT)


def soak(
    url: str,
    *,
    instances: int,
    workers: int,
    kill_every: float,
    seconds: float,
    distributed: bool = False,
) -> Report:
    """Start the instances, kill workers while there is work, and look at what came of it."""
    with tempfile.TemporaryDirectory() as folder, Opsflow(url, distributed=distributed) as flow:
        file = Path(folder) / "effects"
        flow.definitions.deploy(SOAK, by="ann", responsibility="open")
        began = time.monotonic()
        crew = Workers(url, file, workers, distributed=distributed)
        killed_at = began
        started = seen = 0
        try:
            while time.monotonic() - began < seconds:
                if started < instances:
                    flow.instances.start("soak", by="ann", variables={"count": 0})
                    started += 1
                elif not flow.instances.find(status="running", limit=1):
                    break
                else:
                    time.sleep(0.1)
                # Where workers were killed faster than they come up, nothing would go on.
                if time.monotonic() - killed_at > kill_every and _size(file) > seen:
                    crew.kill_one()
                    killed_at, seen = time.monotonic(), _size(file)
        finally:
            crew.end()
        return _report(flow, file, started, time.monotonic() - began, crew.kills)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _report(flow: Opsflow, file: Path, started: int, seconds: float, kills: int) -> Report:
    completed = wrong = 0
    after = None
    while page := flow.instances.find(after=after, limit=1000):
        after = page[-1].id
        ended = [each for each in page if each.status == "completed"]
        completed += len(ended)
        wrong += sum(flow.instances.variables(each.id)["count"] != COUNTED for each in ended)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    done = Counter(line.split()[1] for line in lines if line.startswith("done"))
    depths = flow.jobs.depths()
    return Report(
        instances=started,
        seconds=round(seconds, 1),
        kills=kills,
        completed=completed,
        incidents=len({each.instance_id for each in flow.instances.incidents()}),
        jobs_left=sum(depth.count for depth in depths if depth.state is not State.INCIDENT),
        wrong_counts=wrong,
        outside_twice=sum(1 for count in done.values() if count > 1),
        history_holds=flow.history.verify().holds,
    )


def main() -> None:
    """The long form, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="an empty database; SQLite in a temporary folder without")
    parser.add_argument("--instances", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kill-every", type=float, default=1.0, help="seconds")
    parser.add_argument("--seconds", type=float, default=7200, help="the longest it may take")
    parser.add_argument("--distributed", action="store_true", help="on PostgreSQL only")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{folder}/soak.db"
        with Opsflow(url, distributed=given.distributed) as flow:
            flow.migrate()
        report = soak(
            url,
            instances=given.instances,
            workers=given.workers,
            kill_every=max(given.kill_every, LEASE.total_seconds() / 4),
            seconds=given.seconds,
            distributed=given.distributed,
        )
    print(report)
    print("clean" if report.is_clean else "NOT clean")
    sys.exit(0 if report.is_clean else 1)


if __name__ == "__main__":
    main()
