"""Alembic's entry: runs the migrations on the connection it is given."""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy import Enum, Text, TypeDecorator
from sqlalchemy.schema import CreateSchema

from opsflow.app import METADATA
from opsflow.db import PREFIX, SCHEMA
from opsflow.db.types import Exact, Id, Moment

VERSION_TABLE = PREFIX + "schema_version"


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Leave the host's own tables alone."""
    return kind != "table" or (name or "").startswith(PREFIX)


def _render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write plain types, so that a migration stays what it was when the code moves on."""
    if kind == "type" and isinstance(item, TypeDecorator) and isinstance(item.impl, Text):
        return "sa.Text()"
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')"
    if kind == "type" and isinstance(item, Id):
        return "sa.Uuid().with_variant(sa.BLOB(), 'sqlite')"
    if kind == "type" and isinstance(item, Exact):
        return "sa.Numeric().with_variant(sa.String(60), 'sqlite')"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def _reflected(name: str | None, kind: str, _parents: object) -> bool:
    """Look into no schema of the host's."""
    return kind != "schema" or name in (SCHEMA, None)


with context.config.attributes["connection"].connect() as connection:
    has_schemas = connection.dialect.name == "postgresql"
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        version_table=VERSION_TABLE,
        version_table_schema=SCHEMA if has_schemas else None,
        include_schemas=has_schemas,
        include_name=_reflected,
        include_object=_ours,
        render_item=_render,
        compare_type=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        if has_schemas:
            connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
        context.run_migrations()
