"""Whether a database can be worked on."""

from __future__ import annotations

from sqlalchemy import Engine

from opsflow.db.base import PREFIX, SCHEMA
from opsflow.db.conflicts import translated
from opsflow.db.migrations import configuration
from opsflow.errors import ConfigurationInvalid

VERSION_TABLE = PREFIX + "schema_version"


def require_current(engine: Engine) -> None:
    """Raise DatabaseUnavailable, or ConfigurationInvalid where the schema is another one."""
    # Loaded late, as everything that makes schemas.
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with translated(), engine.connect() as connection:
        schema = None if engine.dialect.name == "sqlite" else SCHEMA
        options = {"version_table": VERSION_TABLE, "version_table_schema": schema}
        context = MigrationContext.configure(connection, opts=options)
        found = context.get_current_heads()
    if found != tuple(ScriptDirectory.from_config(configuration(engine)).get_heads()):
        raise ConfigurationInvalid(
            "The database has the schema of another version: run opsflow db upgrade."
        )
