"""The migrations: the schema they make is the one the code declares, up and down, with data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from opsflow.app import METADATA, Opsflow
from opsflow.db import PREFIX, open_engine
from opsflow.db.migrations import configuration, downgrade, upgrade
from tests.databases import Postgres, SQLite
from tests.models import APPROVED_ORDER


@pytest.fixture
def empty(databases: SQLite | Postgres) -> Iterator[Engine]:
    """An engine on a database without tables."""
    url = databases.empty()
    engine = open_engine(url)
    yield engine
    engine.dispose()
    databases.drop(url)


def tables(engine: Engine) -> set[str]:
    return {name for name in inspect(engine).get_table_names() if name.startswith(PREFIX)}


def test_the_newest_schema_is_what_the_code_declares(empty: Engine) -> None:
    upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": f"{PREFIX}schema_version",
                "compare_type": True,
                "include_object": lambda _o, name, kind, _r, _c: (
                    kind != "table" or (name or "").startswith(PREFIX)
                ),
            },
        )
        assert compare_metadata(context, METADATA) == []


def test_checks_and_partial_indexes_are_made_too(empty: Engine) -> None:
    """Autogenerate does not compare these."""
    upgrade(empty)
    inspector = inspect(empty)
    for table in METADATA.sorted_tables:
        declared = {str(check.name) for check in table.constraints if hasattr(check, "sqltext")}
        made = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert declared <= made, table.name
        indexes = {str(index.name) for index in table.indexes}
        assert indexes <= {index["name"] for index in inspector.get_indexes(table.name)}


def test_everything_can_be_taken_back_and_made_again(empty: Engine) -> None:
    upgrade(empty)
    made = tables(empty)
    downgrade(empty, "base")
    assert tables(empty) <= {f"{PREFIX}schema_version"}
    upgrade(empty)
    assert tables(empty) == made


def test_migrating_again_keeps_the_data(flow: Opsflow) -> None:
    flow.definitions.deploy(APPROVED_ORDER, by="ann")
    run = flow.instances.start("order", by="ann")
    flow.migrate()
    assert flow.instances.get(run.id).is_running
    assert flow.history.verify().holds


def test_tables_of_the_host_are_left_alone(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE invoice (number integer)"))
    upgrade(empty)
    downgrade(empty, "base")
    assert "invoice" in inspect(empty).get_table_names()


def test_there_is_one_line_of_migrations(empty: Engine) -> None:
    command.heads(configuration(empty))
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory.from_config(configuration(empty)).get_heads()) == 1
