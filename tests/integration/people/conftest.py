from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from opsflow.clock import ManualClock
from opsflow.db import Database, Unit, open_engine
from opsflow.events import Event
from opsflow.history import append
from opsflow.people import People

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Office:
    people: People
    database: Database
    clock: ManualClock
    announced: list[Event] = field(default_factory=list)


@pytest.fixture
def office(url: str, clock: ManualClock) -> Iterator[Office]:
    engine = open_engine(url)
    clock.move_to(NOW)
    announced: list[Event] = []

    def record(unit: Unit, event: Event) -> None:
        append(unit, event)
        announced.append(event)

    database = Database(engine, clock, record=record, route=lambda _unit, _event: None)
    yield Office(People(database), database, clock, announced)
    engine.dispose()
