"""Deliveries on every engine of workers, and across a kill between commit and delivery."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from opsflow.app import Opsflow
from tests.databases import Postgres, SQLite
from tests.integration.jobs.conftest import Place
from tests.integration.jobs.processes import CHAIN
from tests.integration.jobs.test_engines import ROOT, until, working
from tests.integration.webhooks.conftest import Target

DIES_BEHIND_THE_COMMIT = """
import os, signal, sys
from opsflow.app import Opsflow
with Opsflow(sys.argv[1], distributed=sys.argv[2] == "distributed") as flow:
    flow.instances.start("chain", by="ann", business_key="killed")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(params=["embedded-sqlite", "embedded-postgres", "distributed-postgres"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    engine, _, database = request.param.partition("-")
    server: SQLite | Postgres = request.getfixturevalue(database)
    made = Place(server.migrated(), engine == "distributed")
    with made.open() as flow:
        flow.migrate()
        flow.definitions.deploy(CHAIN, by="ann", responsibility="open")
    yield made
    server.drop(made.url)


@pytest.fixture
def flow(place: Place, target: Target) -> Iterator[Opsflow]:
    with place.open() as opened:
        opened.webhooks.allow(private=("localhost",))
        opened.webhooks.subscribe(
            target.url,
            by="ann",
            events=["InstanceStarted"],
            secret_from="OPSFLOW_SECRET_CRM",
        )
        yield opened


def keys(target: Target) -> list[str]:
    return sorted(json.loads(got["content"])["data"]["business_key"] for got in target.got)


def test_what_was_committed_is_told_though_its_process_was_killed(
    place: Place, flow: Opsflow, target: Target
) -> None:
    engine = "distributed" if place.distributed else "embedded"
    command = [sys.executable, "-c", DIES_BEHIND_THE_COMMIT, place.url, engine]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert target.got == []
    with working(flow):
        until(lambda: target.got)
        until(lambda: flow.jobs.find(kind="call") == [])
    assert keys(target) == ["killed"]


def test_a_paused_subscription_goes_on_where_it_was(flow: Opsflow, target: Target) -> None:
    (made,) = flow.webhooks.subscriptions()
    with working(flow):
        flow.webhooks.pause(made.id, by="ann", reason="they move")
        for number in range(5):
            flow.instances.start("chain", by="ann", business_key=f"{number}")
        flow.webhooks.resume(made.id, by="ann")
        until(lambda: len(target.got) == 5)
        until(lambda: flow.jobs.find(kind="call") == [])
    assert keys(target) == ["0", "1", "2", "3", "4"]
    numbers = sorted(json.loads(got["content"])["sequence"] for got in target.got)
    assert numbers == [1, 2, 3, 4, 5]
