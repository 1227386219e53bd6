"""Several opsflows in one process: nothing of one is seen in the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, Refused
from opsflow.instances import ServiceCall
from opsflow.people import Acting, Holder, PersonInfo
from tests.conftest import START
from tests.databases import Postgres, SQLite
from tests.models import flows, human, model


class OnePerson:
    """A directory with one person, who is the buyer and the manager."""

    def __init__(self, id: str) -> None:
        self.id = id

    def person(self, person_id: str) -> PersonInfo | None:
        return PersonInfo(self.id, self.id.title()) if person_id == self.id else None

    def acting_roles(self, person_id: str, at: datetime) -> frozenset[Acting]:
        roles = ("buyer", "manager") if person_id == self.id else ()
        return frozenset(Acting(role) for role in roles)

    def holders(self, role: str, at: datetime) -> tuple[Holder, ...]:
        return (Holder(self.id, role),)

    def role_exists(self, role: str) -> bool:
        return role in ("buyer", "manager")


def process(task: str) -> bytes:
    """The same key in both; each with a name of its own for the work."""
    parts = (
        '<startEvent id="start"/><serviceTask id="price" opsflow:topic="price"/>',
        human("work", "", task),
        '<endEvent id="end"/>',
        flows("start>price", "price>work", "work>end"),
    )
    return model("\n".join(parts), key="order")


@pytest.fixture
def both(databases: SQLite | Postgres) -> Iterator[tuple[Opsflow, Opsflow]]:
    made = []
    with ExitStack() as stack:
        for person, price, clock in (
            ("ann", 1, ManualClock(START)),
            ("bob", 2, ManualClock(START + timedelta(days=1))),
        ):
            url = databases.migrated()
            stack.callback(databases.drop, url)
            flow = stack.enter_context(Opsflow(url, clock=clock, directory=OnePerson(person)))

            @flow.handler("price", transactional=True)
            def give(_call: ServiceCall, price: int = price) -> dict[str, object]:
                return {"price": price}

            flow.definitions.deploy(process(f"Work of {person}"), by=person)
            made.append(flow)
        one, two = made
        yield one, two


def test_each_has_its_own_handlers_people_models_and_clock(both: tuple[Opsflow, Opsflow]) -> None:
    one, two = both
    for flow, person, price in ((one, "ann", 1), (two, "bob", 2)):
        run = flow.instances.start("order", by=person)
        assert flow.instances.variables(run.id) == {"price": price}
        [task] = flow.tasks.for_person(person)
        assert task.name == f"Work of {person}"
        assert flow.history.verify().holds
    assert two.now() - one.now() == timedelta(days=1)
    [task] = one.tasks.of_instance(one.instances.find()[0].id)
    with pytest.raises(Refused):
        one.tasks.claim(task.id, by="bob")
    assert two.tasks.for_person("ann") == []


def test_the_transaction_of_one_is_not_that_of_the_other(both: tuple[Opsflow, Opsflow]) -> None:
    one, two = both
    with pytest.raises(RuntimeError, match="no"), one.transaction():
        one.instances.start("order", by="ann")
        with pytest.raises(Invalid):
            assert two.connection
        two.instances.start("order", by="bob")
        raise RuntimeError("no")
    assert one.instances.find() == []
    assert len(two.instances.find()) == 1


def test_transactions_inside_each_other_keep_apart(both: tuple[Opsflow, Opsflow]) -> None:
    one, two = both
    with one.transaction():
        one.instances.start("order", by="ann")
        with pytest.raises(RuntimeError, match="no"), two.transaction():
            two.instances.start("order", by="bob")
            assert one.connection.engine is not two.connection.engine
            raise RuntimeError("no")
    assert len(one.instances.find()) == 1
    assert two.instances.find() == []


def test_threads_do_not_mix_them(both: tuple[Opsflow, Opsflow]) -> None:
    def work(number: int) -> tuple[int, object]:
        flow, person = (both[number % 2], ("ann", "bob")[number % 2])
        run = flow.instances.start("order", by=person)
        return number, flow.instances.variables(run.id)["price"]

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(8)))
    assert all(price == 1 + number % 2 for number, price in done)
    assert [len(flow.instances.find()) for flow in both] == [4, 4]
