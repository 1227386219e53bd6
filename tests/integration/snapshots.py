"""Everything a database holds, to show that nothing has changed."""

from __future__ import annotations

from sqlalchemy import select

from opsflow.app import METADATA, Opsflow


def contents(flow: Opsflow) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    found = {}
    with flow.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            rows = connection.execute(select(table))
            found[table.name] = sorted((tuple(row) for row in rows), key=repr)
    return found
