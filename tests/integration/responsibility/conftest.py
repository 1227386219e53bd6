from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from opsflow.clock import ManualClock
from opsflow.db import Database, Unit, open_engine
from opsflow.errors import NotFound
from opsflow.events import Event
from opsflow.history import append
from opsflow.people import People
from opsflow.responsibility import Matrix, Responsibility, Row, Source, Subject

T1, T2, T3, I1, I2, R1 = (str(UUID(int=number)) for number in range(1, 7))

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

SIGN = Row(
    node_id="sign",
    label="Sign",
    responsible=("buyer",),
    accountable=("boss",),
    consulted=("legal", "tax"),
    informed=("desk",),
    consult_required=True,
    consult_within="P2D",
    source=Source.MATRIX,
)
PAY = replace(SIGN, node_id="pay", label="Pay", consulted=("legal",), consult_required=False)
MATRIX = Matrix("buying", {"sign": SIGN, "pay": PAY}, (frozenset({"sign", "pay"}),))

ROLES = {
    "ada": "buyer",
    "bob": "buyer",
    "cyd": "boss",
    "lea": "legal",
    "tom": "tax",
    "dee": "desk",
}


@dataclass
class Desk:
    responsibility: Responsibility
    people: People
    database: Database
    clock: ManualClock
    tasks: dict[str, Subject]
    announced: list[Event] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)

    def task(self, task_id: str) -> Subject:
        if task_id not in self.tasks:
            raise NotFound("task", task_id)
        return self.tasks[task_id]

    def change(self, task_id: str, **changes: str | bool | None) -> Subject:
        self.tasks[task_id] = replace(self.tasks[task_id], **changes)  # type: ignore[arg-type]
        return self.tasks[task_id]


def subject(task_id: str, node_id: str, instance_id: str = I1) -> Subject:
    return Subject(
        task_id=task_id,
        instance_id=instance_id,
        release_id=R1,
        process_key="buying",
        node_id=node_id,
        state="offered",
    )


@pytest.fixture
def desk(url: str, clock: ManualClock) -> Iterator[Desk]:
    engine = open_engine(url)
    clock.move_to(NOW)
    announced: list[Event] = []
    locked: list[str] = []

    def record(unit: Unit, event: Event) -> None:
        append(unit, event)
        announced.append(event)

    database = Database(engine, clock, record=record, route=lambda _unit, _event: None)
    people = People(database)
    made: list[Desk] = []
    responsibility = Responsibility(
        database,
        people,
        matrix_of_release=lambda _release_id: MATRIX,
        subject_of=lambda task_id: made[0].task(task_id),
        lock=lambda _unit, instance_id: locked.append(instance_id),
    )
    tasks = {T1: subject(T1, "sign"), T2: subject(T2, "pay")}
    made.append(Desk(responsibility, people, database, clock, tasks, announced, locked))
    with database.transaction():
        for role in sorted(set(ROLES.values())):
            people.add_role(role)
        for person, role in ROLES.items():
            people.add_person(person, name=person.title())
            people.grant(person, role)
    announced.clear()
    yield made[0]
    engine.dispose()
