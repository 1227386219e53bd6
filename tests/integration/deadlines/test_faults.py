"""Rungs under fire: workers that are killed, and people who act at the same moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from opsflow.app import Opsflow
from opsflow.clock import ManualClock, SystemClock
from opsflow.errors import OpsflowError
from opsflow.tasks import Task
from tests.integration.deadlines.conftest import Office, level
from tests.models import human, simple

TASKS = 40
SOON = 'at="PT1S" do="remind"', 'at="PT2S" do="reassign" to="deputy"', 'at="PT3S" do="tell"'


def test_workers_that_are_killed_do_every_rung_once(office: Office, url: str) -> None:
    office.flow.definitions.deploy(
        simple(human("place", level(*SOON, said='due="PT2S"'))), by="chen"
    )
    with Opsflow(url) as flow:
        tasks = [start(flow) for _ in range(TASKS)]
        for _ in range(5):
            worker = subprocess.Popen(
                [sys.executable, "-m", "opsflow", "--database", url, "worker", "--threads", "2"]
            )
            time.sleep(random.uniform(1.2, 2.6))
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    # What the dead had taken is taken again when their leases have run out.
    clock = ManualClock(SystemClock().now() + timedelta(minutes=5))
    with Opsflow(url, clock=clock) as flow:
        for _ in range(5):
            flow.jobs.run_until_idle()
            clock.advance(timedelta(hours=1))
        assert flow.jobs.find() == []
        for task in tasks:
            happened = Counter(e.type for e in flow.history.of_instance(task.instance_id))
            told = (happened["TaskReminded"], happened["TaskReassigned"], happened["TaskEscalated"])
            assert told == (1, 1, 1)
            assert [rung.done for rung in flow.deadlines.rungs(task.id)] == [1, 1, 1]
        notices = Counter(each.kind for each in flow.notifications.inbox("chen", limit=1000))
        assert notices == {"task.overdue": TASKS}
        assert flow.history.verify().holds


def start(flow: Opsflow) -> Task:
    run = flow.instances.start("order", by="chen")
    task = flow.tasks.of_instance(run.id)[-1]
    return flow.tasks.claim(task.id, by="li")


def test_whoever_completes_while_it_is_taken_away_wins_or_loses_whole(
    office: Office, url: str
) -> None:
    office.deploy(level('at="PT1H" do="reassign" to="deputy"'))
    tasks = [office.start() for _ in range(15)]
    for task in tasks:
        office.flow.tasks.claim(task.id, by="li")
    office.clock.advance(timedelta(hours=2))
    with Opsflow(url, clock=office.clock) as other, ThreadPoolExecutor(2) as pool:

        def complete() -> None:
            for task in tasks:
                try:
                    office.flow.tasks.complete(task.id, by="li")
                except OpsflowError:
                    continue

        completing = pool.submit(complete)
        working = pool.submit(other.jobs.run_until_idle)
        assert (completing.exception(), working.exception()) == (None, None)
    office.clock.advance(timedelta(hours=2))
    office.flow.jobs.run_until_idle()
    assert office.flow.jobs.find() == []
    for task in tasks:
        now = office.flow.tasks.get(task.id)
        happened = Counter(office.events(task))
        assert happened["TaskReassigned"] <= 1
        if now.state == "completed":
            assert office.flow.deadlines.rungs(task.id) == []
        else:
            assert (now.state, now.candidate_roles) == ("offered", ("deputy",))
            assert happened["TaskReassigned"] == 1
    assert office.flow.history.verify().holds


def test_two_workers_do_a_rung_once(office: Office, url: str) -> None:
    office.deploy(level('at="PT1H" do="tell"'))
    tasks = [office.start() for _ in range(15)]
    office.clock.advance(timedelta(days=3))
    with Opsflow(url, clock=office.clock) as other, ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(flow.jobs.run_until_idle) for flow in (office.flow, other)]
        assert sum(run.result() for run in runs) == len(tasks)
    assert office.told("chen") == ["task.overdue"] * len(tasks)
