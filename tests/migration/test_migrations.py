"""The migrations: the schema they make is the one the code declares, up and down, with data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BLANK_SCHEMA, Engine, MetaData, inspect, text

from opsflow.app import METADATA, Opsflow
from opsflow.db import PREFIX, open_engine
from opsflow.db.migrations import configuration, downgrade, upgrade
from opsflow.errors import ConfigurationInvalid
from tests.databases import Postgres, SQLite, enter_schema, schema_of
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
    names = inspect(engine).get_table_names(schema_of(engine))
    return {name for name in names if name.startswith(PREFIX)}


def declared(engine: Engine) -> MetaData:
    """The tables of the code as the database has them: SQLite knows no schemas."""
    if schema_of(engine):
        return METADATA
    plain = MetaData(naming_convention=METADATA.naming_convention)
    for table in METADATA.sorted_tables:
        table.to_metadata(plain, schema=None, referred_schema_fn=lambda *_: BLANK_SCHEMA)
    return plain


def test_the_newest_schema_is_what_the_code_declares(empty: Engine) -> None:
    upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": f"{PREFIX}schema_version",
                "version_table_schema": schema_of(empty),
                "include_schemas": schema_of(empty) is not None,
                "include_name": lambda name, kind, _: kind != "schema" or name == schema_of(empty),
                "compare_type": True,
                "include_object": lambda _o, name, kind, _r, _c: (
                    kind != "table" or (name or "").startswith(PREFIX)
                ),
            },
        )
        assert compare_metadata(context, declared(empty)) == []


def test_checks_and_partial_indexes_are_made_too(empty: Engine) -> None:
    """Autogenerate does not compare these."""
    upgrade(empty)
    inspector, schema = inspect(empty), schema_of(empty)
    for table in METADATA.sorted_tables:
        checks = {str(check.name) for check in table.constraints if hasattr(check, "sqltext")}
        made = {check["name"] for check in inspector.get_check_constraints(table.name, schema)}
        assert checks <= made, table.name
        indexes = {str(index.name) for index in table.indexes}
        assert indexes <= {index["name"] for index in inspector.get_indexes(table.name, schema)}


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
    names = inspect(empty).get_table_names()
    assert "invoice" in names
    if schema_of(empty):
        assert names == ["invoice"], "our tables are among those of the host"


def test_the_schema_of_another_version_is_refused(empty: Engine) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        enter_schema(connection).execute(
            text(f"UPDATE {PREFIX}schema_version SET version_num = '0002'")
        )
    with pytest.raises(ConfigurationInvalid, match="another version of opsflow"):
        upgrade(empty)


def test_there_is_one_line_of_migrations(empty: Engine) -> None:
    command.heads(configuration(empty))
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory.from_config(configuration(empty)).get_heads()) == 1
