"""Mechanism of storage: the declarative base, engines, and the unit of work."""

from opsflow.db.base import PREFIX, SCHEMA, Base
from opsflow.db.conflicts import add_if_missing
from opsflow.db.engine import open_engine
from opsflow.db.ids import new_id
from opsflow.db.rows import Rows, table_of
from opsflow.db.types import (
    KEY_LIMIT,
    Id,
    Moment,
    PlainText,
    id_of_octets,
    octets_of_id,
    require_key,
    require_storable,
)
from opsflow.db.unit import Database, Unit

__all__ = [
    "KEY_LIMIT",
    "PREFIX",
    "SCHEMA",
    "Base",
    "Database",
    "Id",
    "Moment",
    "PlainText",
    "Rows",
    "Unit",
    "add_if_missing",
    "id_of_octets",
    "new_id",
    "octets_of_id",
    "open_engine",
    "require_key",
    "require_storable",
    "table_of",
]
