"""The declarative base: naming, types and the prefix of every table."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from opsflow.db.types import Exact, Moment, PlainText

PREFIX = "opsflow_"
"""Every table's name begins with it, so that tables of a host cannot collide."""
SCHEMA = "opsflow"
"""Where the tables are on PostgreSQL, beside those of a host; SQLite knows no schemas."""


class Base(DeclarativeBase):
    """Base of every table. Constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        schema=SCHEMA,
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map = {datetime: Moment, Decimal: Exact, str: PlainText}
