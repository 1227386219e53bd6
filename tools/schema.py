"""Writes the first migration anew from the tables in the code: ``python -m tools.schema``.

Until the first release only: from then on a migration is never changed. A schema that is
written anew gets a new number, so that a database of the old one is told apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.script import Script

from opsflow.db import open_engine
from opsflow.db.migrations import configuration, migrations_folder

NUMBER = "0016"
NAME = "0001_schema.py"
"""The file's name says its place, the number its edition."""

TRIGGERS = '''

MESSAGE = "the history is append-only"


def _refuse_changes() -> None:
    """The database itself refuses to change or remove a record of the history."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER opsflow_event_no_{verb.lower()} BEFORE {verb} ON opsflow_event "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION opsflow.opsflow_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER opsflow_event_append_only BEFORE UPDATE OR DELETE "
        "ON opsflow.opsflow_event FOR EACH ROW EXECUTE FUNCTION opsflow.opsflow_event_refuse()"
    )
    op.execute(
        "CREATE TRIGGER opsflow_event_no_truncate BEFORE TRUNCATE ON opsflow.opsflow_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION opsflow.opsflow_event_refuse()"
    )
'''


def write() -> Path:
    """Replace every migration by one; the file that was written."""
    versions = migrations_folder() / "versions"
    here = Path(__file__).parents[1]
    if versions.parents[1] != here:
        raise SystemExit(f"opsflow is imported from elsewhere than {here}: set PYTHONPATH to src.")
    for old in versions.glob("*.py"):
        old.unlink()
    made = command.revision(
        configuration(open_engine("sqlite://")), "Schema", autogenerate=True, rev_id=NUMBER
    )
    assert isinstance(made, Script)
    text = Path(made.path).read_text()
    Path(made.path).unlink()
    upgrade, downgrade = text.split("\n\n\ndef downgrade")
    path = versions / NAME
    path.write_text(
        f"{upgrade}\n    _refuse_changes()\n\n\ndef downgrade{downgrade}"
        '    if op.get_bind().dialect.name == "postgresql":\n'
        '        op.execute("DROP FUNCTION opsflow.opsflow_event_refuse()")\n' + TRIGGERS
    )
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{write()}\n")
