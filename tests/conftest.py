"""Fixtures for every test: both databases, a clock that is moved, an opsflow on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from tests.databases import Postgres, SQLite, postgres_server

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning: where every test's clock stands at first."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run."""
    with postgres_server() as url:
        server = Postgres(url)
        yield server
        server.close()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SQLite:
    """One folder of SQLite files for the whole run."""
    return SQLite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> SQLite | Postgres:
    """Each kind of database in turn."""
    name = "sqlite" if request.param == "sqlite" else "postgres"
    server: SQLite | Postgres = request.getfixturevalue(name)
    return server


@pytest.fixture
def url(databases: SQLite | Postgres) -> Iterator[str]:
    """URL of a fresh database with the newest schema."""
    made = databases.migrated()
    yield made
    databases.drop(made)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at START until it is moved."""
    return ManualClock(START)


@pytest.fixture
def flow(url: str, clock: ManualClock) -> Iterator[Opsflow]:
    """An opsflow on a fresh database."""
    with Opsflow(url, clock=clock) as opened:
        yield opened
