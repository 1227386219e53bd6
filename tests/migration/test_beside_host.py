"""A host with Alembic migrations of its own on the same database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, text

from opsflow.db import open_engine
from opsflow.db.migrations import downgrade, upgrade
from tests.databases import Postgres, SQLite

ENV = """
from alembic import context
from sqlalchemy import Column, Integer, MetaData, String, Table

metadata = MetaData()
Table("invoice", metadata, Column("id", Integer, primary_key=True),
      Column("opsflow_instance", String(36)))

{include_name}

with context.config.attributes["engine"].connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, include_schemas={schemas}, {option}
    )
    with context.begin_transaction():
        context.run_migrations()
"""
SCRIPT = """
from alembic import op
import sqlalchemy as sa
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
def upgrade():
    ${upgrades}
def downgrade():
    ${downgrades}
"""


@pytest.fixture
def empty(databases: SQLite | Postgres) -> Iterator[Engine]:
    url = databases.empty()
    engine = open_engine(url)
    yield engine
    engine.dispose()
    databases.drop(url)


def line_of_the_guide() -> str:
    """What the guide tells a host to write into its env.py."""
    guide = Path(__file__).parents[2] / "docs/guide/embedding.md"
    page = guide.read_text(encoding="utf-8")
    start = page.index("def include_name(")
    return page[start : page.index("```", start)]


class Host:
    """A host's own migrations."""

    def __init__(self, folder: Path, engine: Engine, *, knows: bool, schemas: bool = False) -> None:
        self.folder = folder / "host"
        (self.folder / "versions").mkdir(parents=True)
        (self.folder / "script.py.mako").write_text(SCRIPT)
        (self.folder / "env.py").write_text(
            ENV.format(
                include_name=line_of_the_guide() if knows else "",
                option="include_name=include_name" if knows else "",
                schemas=schemas,
            )
        )
        self.config = Config()
        self.config.set_main_option("script_location", str(self.folder))
        self.config.set_main_option("path_separator", "os")
        self.config.attributes["engine"] = engine

    def generate(self, name: str) -> str:
        """The text of a migration that Alembic has written by itself."""
        command.revision(self.config, message=name, rev_id=name, autogenerate=True)
        [file] = (self.folder / "versions").glob(f"{name}_*.py")
        return file.read_text()

    def upgrade(self) -> None:
        command.upgrade(self.config, "head")


@pytest.mark.parametrize("schemas", [False, True])
def test_a_host_that_has_the_line_of_the_guide_sees_nothing_of_opsflow(
    empty: Engine, tmp_path: Path, schemas: bool
) -> None:
    upgrade(empty)
    host = Host(tmp_path, empty, knows=True, schemas=schemas)
    first = host.generate("one")
    assert "create_table('invoice'" in first
    assert "drop_table('opsflow" not in first.partition("def downgrade")[0]
    host.upgrade()
    second = host.generate("two")
    assert "op." not in second.partition("def upgrade")[2]


def test_a_host_on_sqlite_that_lacks_the_line_would_drop_our_tables(
    sqlite: SQLite, tmp_path: Path
) -> None:
    url = sqlite.migrated()
    engine = open_engine(url)
    assert "drop_table('opsflow_" in Host(tmp_path, engine, knows=False).generate("one")
    engine.dispose()
    sqlite.drop(url)


def test_neither_moves_the_version_of_the_other(empty: Engine, tmp_path: Path) -> None:
    host = Host(tmp_path, empty, knows=True)
    host.generate("one")
    host.upgrade()
    upgrade(empty)
    with empty.connect() as connection:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    assert versions == [("one",)]

    downgrade(empty, "base")
    assert inspect(empty).has_table("invoice")
    upgrade(empty)
    command.downgrade(host.config, "base")
    assert not inspect(empty).has_table("invoice")
    with empty.connect() as connection:
        assert connection.execute(text("SELECT * FROM alembic_version")).all() == []
