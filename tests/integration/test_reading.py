"""Reads go on beside whoever writes, and see what is committed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Signal

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.db import Database, open_engine
from opsflow.errors import Invalid
from opsflow.history import History, append
from opsflow.people import Acting, People
from tests.models import APPROVED_ORDER


@pytest.fixture
def database(url: str, clock: ManualClock) -> Iterator[Database]:
    engine = open_engine(url)
    yield Database(engine, clock, record=append, route=lambda _unit, _event: None)
    engine.dispose()


def test_a_read_does_not_wait_for_a_transaction_that_writes(url: str, flow: Opsflow) -> None:
    flow.definitions.deploy(APPROVED_ORDER, by="ann")
    run = flow.instances.start("order", by="ann")

    def read() -> tuple[str, int, bool]:
        status = flow.instances.get(run.id).status
        return status, len(flow.people.roles()), flow.history.verify().holds

    with Opsflow(url) as other, ThreadPoolExecutor(1) as pool:
        with other.transaction():
            other.people.add_role("new")
            other.instances.cancel(run.id, by="ann", reason="changed my mind")
            assert pool.submit(read).result(timeout=10) == ("running", 0, True)
        assert pool.submit(read).result(timeout=10) == ("cancelled", 1, True)


def test_a_read_inside_a_transaction_sees_what_it_has_changed(
    flow: Opsflow, clock: ManualClock
) -> None:
    def acting() -> frozenset[Acting]:
        return flow.people.acting_roles("ada", clock.now())

    with flow.transaction():
        assert flow.people.person("ada") is None
        flow.people.add_person("ada", name="Ada")
        flow.people.add_role("buyer")
        assert acting() == frozenset()
        flow.people.grant("ada", "buyer")
        assert acting() == {Acting("buyer")}
        flow.people.deactivate("ada")
        assert acting() == frozenset()


def test_what_reads_cannot_change_anything(database: Database) -> None:
    people = People(database)
    for view in (database.reading, database.snapshot):
        with view(), pytest.raises(Invalid, match="is being read"):
            people.add_role("buyer")
    assert people.roles() == []


def test_the_trail_holds_at_every_moment_of_a_busy_day(database: Database) -> None:
    people, history, over = People(database), History(database), Signal()

    def work() -> None:
        try:
            for number in range(40):
                people.add_role(f"role {number}")
        finally:
            over.set()

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        while not over.is_set():
            assert history.verify().holds
        working.result()
    assert history.verify().events == 40


def test_a_list_inside_a_transaction_shows_what_it_has_changed(flow: Opsflow) -> None:
    flow.definitions.deploy(APPROVED_ORDER, by="ann", responsibility="open")
    with flow.transaction():
        run = flow.instances.start("order", by="ann").id
        job = flow.jobs.enqueue("tell").id
        # Whoever keeps what they have listed gets the same objects again.
        listed = flow.instances.find(), flow.jobs.find(), flow.tasks.find()
        flow.instances.suspend(run, by="ann", reason="audit")
        assert [each.is_suspended for each in flow.instances.find(suspended=True)] == [True]
        [lease] = flow.jobs.fetch_and_lock(["tell"], worker="w", lease=timedelta(minutes=1))
        assert (lease.job_id, flow.jobs.get(job).state) == (job, "running")
        assert [each.state for each in flow.jobs.find()] == ["running"]
        flow.instances.cancel(run, by="ann", reason="over")
        assert [each.status for each in flow.instances.find()] == ["cancelled"]
        assert [each.state for each in flow.tasks.find()] == ["cancelled"]
        assert [len(each) for each in listed] == [1, 1, 1]
