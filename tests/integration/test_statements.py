"""What a step costs, counted: statements, commits, bytes. A purchase is the measure.

Start, the request, an approval of large amounts, the invoice and the goods at once, the total.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, create_engine, event, text

from opsflow.app import Opsflow
from opsflow.tasks import Task
from tests.models import flows, human, model

WHO = {"request": "ann", "approve": "bea", "invoice": "cem", "goods": "dan"}
HANDED_IN: dict[str, dict[str, object]] = {
    "request": {"item": "Printer paper", "quantity": 40},
    "approve": {"approved": True},
    "invoice": {"invoice": "R-2026-0815"},
    "goods": {"received": 40},
}
AMOUNTS = (500, 1500)
"""Taken in turns: the second one needs an approval."""
CONTROL = ("BEGIN", "PRAGMA")
"""Not counted: one database needs them as statements of their own, one does not."""

STATEMENTS_OF_A_COMPLETION, STATEMENTS_OF_AN_INSTANCE = 10, 45
STATEMENTS_OF_A_LIST = 2
ALL_RELATIONS = (
    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
    "WHERE relkind = 'r' AND relname LIKE 'opsflow%'"
)

BYTES_COMPLETED, BYTES_OPEN, BYTES_OF_LOG = 5_000, 3_000, 20_000


def of(person: str, node: str) -> str:
    raci = f'<opsflow:responsibility responsible="role_of_{person}" accountable="manager"/>'
    return human(node, raci)


PURCHASE = model(
    "\n".join(
        [
            '<startEvent id="start"/>',
            *(of(person, node) for node, person in WHO.items()),
            '<exclusiveGateway id="large" default="f3"/><exclusiveGateway id="agreed"/>',
            '<parallelGateway id="split"/><parallelGateway id="both"/>',
            '<task id="total"><extensionElements>'
            '<opsflow:output source="= amount * quantity" target="total"/>'
            '</extensionElements></task><endEvent id="end"/>',
            flows(
                "start>request",
                "request>large",
                "large>approve?amount > 1000",
                "large>agreed",
                "approve>agreed",
                "agreed>split",
                "split>invoice",
                "split>goods",
                "invoice>both",
                "goods>both",
                "both>total",
                "total>end",
            ),
        ]
    ),
    key="purchase",
)


@dataclass
class Counted:
    """What was sent to the database."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def counting(engine: Engine) -> Iterator[Counted]:
    counted = Counted()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(CONTROL):
            counted.statements.append(statement)

    def committed(_connection: object) -> None:
        counted.commits += 1

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", committed)
    yield counted
    event.remove(engine, "before_cursor_execute", note)
    event.remove(engine, "commit", committed)


@dataclass
class Shop:
    """An opsflow that purchases, on a database of its own."""

    flow: Opsflow
    started: int = 0

    def start(self) -> str:
        amount = AMOUNTS[self.started % len(AMOUNTS)]
        self.started += 1
        return self.flow.instances.start("purchase", by="ann", variables={"amount": amount}).id

    def open_tasks(self, instance: str) -> list[Task]:
        return [task for task in self.flow.tasks.of_instance(instance) if task.is_open]

    def complete(self, task: Task) -> None:
        data = HANDED_IN[task.node_id]
        self.flow.tasks.complete(task.id, by=WHO[task.node_id], data=data)

    def purchase(self) -> None:
        """From the start to the end."""
        instance = self.start()
        while tasks := self.open_tasks(instance):
            self.complete(tasks[0])


@pytest.fixture
def shop(flow: Opsflow) -> Shop:
    flow.people.add_role("manager")
    for person in WHO.values():
        flow.people.add_role(f"role_of_{person}")
        flow.people.add_person(person, name=person.title())
        flow.people.grant(person, f"role_of_{person}")
    flow.definitions.deploy(PURCHASE, by="ann")
    shop = Shop(flow)
    for _ in AMOUNTS:
        shop.purchase()
    return shop


def test_a_step_is_one_commit_of_few_statements(shop: Shop) -> None:
    of_instances = []
    for _ in AMOUNTS:
        with counting(shop.flow.engine) as start:
            instance = shop.start()
        assert start.commits == 1
        sent = len(start.statements)
        while tasks := shop.open_tasks(instance):
            with counting(shop.flow.engine) as step:
                shop.complete(tasks[0])
            assert step.commits == 1
            assert len(step.statements) <= STATEMENTS_OF_A_COMPLETION, step.statements
            sent += len(step.statements)
        of_instances.append(sent)
    assert sum(of_instances) / len(of_instances) <= STATEMENTS_OF_AN_INSTANCE


def test_completing_and_claiming_apart_costs_no_more_each(shop: Shop) -> None:
    (task,) = shop.open_tasks(shop.start())
    with counting(shop.flow.engine) as claim:
        shop.flow.tasks.claim(task.id, by="ann")
    with counting(shop.flow.engine) as completion:
        shop.complete(task)
    assert (claim.commits, completion.commits) == (1, 1)
    for step in (claim, completion):
        assert len(step.statements) <= STATEMENTS_OF_A_COMPLETION, step.statements


@pytest.mark.parametrize("view", ["offered", "mine", "all"])
def test_a_list_is_the_person_and_the_tasks(shop: Shop, view: str) -> None:
    for _ in range(5):
        shop.start()
    with counting(shop.flow.engine) as read:
        shop.flow.tasks.for_person("ann", view=view, limit=3)  # type: ignore[arg-type]
    assert len(read.statements) <= STATEMENTS_OF_A_LIST, read.statements
    assert not any("FOR UPDATE" in statement for statement in read.statements)


def test_what_is_kept_of_an_instance_is_small(url: str, shop: Shop) -> None:
    # So many that pages which are not full yet do not count.
    many = 150
    for _ in range(many):
        shop.purchase()
    before = stored(url)
    for _ in range(many):
        shop.purchase()
    completed = stored(url)
    for _ in range(many):
        shop.start()
    assert (completed - before) / many <= BYTES_COMPLETED
    assert (stored(url) - completed) / many <= BYTES_OPEN


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_an_instance_writes_little_into_the_log(shop: Shop) -> None:
    """SQLite's log holds whole pages, however little changes on them."""
    many, position = 20, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"
    with shop.flow.engine.connect() as connection:
        before = connection.execute(text(position)).scalar_one()
        for _ in range(many):
            shop.purchase()
        assert (connection.execute(text(position)).scalar_one() - before) / many <= BYTES_OF_LOG


def stored(url: str) -> int:
    """Bytes of all tables and indexes, as tight as the database makes them."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if url.startswith("sqlite"):
            connection.execute(text("VACUUM"))
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            size = pages * connection.execute(text("PRAGMA page_size")).scalar_one()
        else:
            connection.execute(text("VACUUM FULL"))
            size = connection.execute(text(ALL_RELATIONS)).scalar_one()
    engine.dispose()
    return int(size)
