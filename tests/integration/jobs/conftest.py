"""A database and an engine of workers: the embedded one on both, the distributed one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from opsflow.app import Opsflow
from tests.databases import Postgres, SQLite
from tests.integration.jobs.processes import BRIEF, CALLING, CHAIN, PARALLEL


@dataclass(frozen=True)
class Place:
    """A database, and whether its jobs are distributed."""

    url: str
    distributed: bool

    def open(self) -> Opsflow:
        return Opsflow(self.url, distributed=self.distributed)


@pytest.fixture(params=["embedded-sqlite", "embedded-postgres", "distributed-postgres"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Each engine of workers on each database that it works on, with processes deployed."""
    engine, _, database = request.param.partition("-")
    server: SQLite | Postgres = request.getfixturevalue(database)
    made = Place(server.migrated(), engine == "distributed")
    with made.open() as flow:
        flow.migrate()
        for each in (BRIEF, CALLING, CHAIN, PARALLEL):
            flow.definitions.deploy(each, by="ann", responsibility="open")
    yield made
    server.drop(made.url)
