"""The database itself refuses to change or remove an event of the history."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MESSAGE = "the history is append-only"


def upgrade() -> None:
    """A trigger per forbidden verb; PostgreSQL needs a function for them."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER opsflow_event_no_{verb.lower()} BEFORE {verb} ON opsflow_event "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION opsflow_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER opsflow_event_append_only BEFORE UPDATE OR DELETE ON opsflow_event "
        "FOR EACH ROW EXECUTE FUNCTION opsflow_event_refuse()"
    )
    op.execute(
        "CREATE TRIGGER opsflow_event_no_truncate BEFORE TRUNCATE ON opsflow_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION opsflow_event_refuse()"
    )


def downgrade() -> None:
    """Take the triggers away."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER opsflow_event_no_{verb.lower()}")
        return
    op.execute("DROP TRIGGER opsflow_event_append_only ON opsflow_event")
    op.execute("DROP TRIGGER opsflow_event_no_truncate ON opsflow_event")
    op.execute("DROP FUNCTION opsflow_event_refuse()")
