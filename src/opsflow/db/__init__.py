"""Mechanism of storage: the declarative base, engines, and the unit of work."""

from opsflow.db.base import PREFIX, Base
from opsflow.db.engine import open_engine
from opsflow.db.ids import new_id
from opsflow.db.unit import Database, Unit

__all__ = ["PREFIX", "Base", "Database", "Unit", "new_id", "open_engine"]
