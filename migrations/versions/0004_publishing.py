"""What is published, and who owns it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = {"opsflow_release": "process_key", "opsflow_decision_release": "decision_key"}
PUBLISHED = sa.text("published_at IS NOT NULL")
FILL_DECISIONS = """
INSERT INTO opsflow_decision (key, name, created_at, latest_version)
SELECT one.decision_key, one.name, one.deployed_at,
    (SELECT MAX(version) FROM opsflow_decision_release WHERE decision_key = one.decision_key)
FROM opsflow_decision_release AS one WHERE one.version = 1
"""
FILL_OWNERS = (
    """
INSERT INTO opsflow_owner (kind, key, person, added_by, added_at)
SELECT 'process', process_key, deployed_by, deployed_by, deployed_at
FROM opsflow_release WHERE version = 1
""",
    """
INSERT INTO opsflow_owner (kind, key, person, added_by, added_at)
SELECT 'decision', decision_key, deployed_by, deployed_by, deployed_at
FROM opsflow_decision_release WHERE version = 1
""",
)
PUBLISH_LATEST = (
    """
UPDATE opsflow_release SET published_at = deployed_at, published_by = deployed_by
WHERE version = (
    SELECT latest_version FROM opsflow_process WHERE key = opsflow_release.process_key
)
""",
    """
UPDATE opsflow_decision_release SET published_at = deployed_at, published_by = deployed_by
WHERE version = (
    SELECT latest_version FROM opsflow_decision WHERE key = opsflow_decision_release.decision_key
)
""",
)


def upgrade() -> None:
    """Apply. The latest release of a key is published, and its first deployer owns it."""
    op.create_table(
        "opsflow_owner",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('process', 'decision')", name=op.f("ck_opsflow_owner_kind")),
        sa.PrimaryKeyConstraint("kind", "key", "person", name=op.f("pk_opsflow_owner")),
    )
    op.create_index(op.f("ix_opsflow_owner_person"), "opsflow_owner", ["person"])
    op.create_table(
        "opsflow_decision",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_opsflow_decision")),
    )
    op.execute(FILL_DECISIONS)
    for table in TABLES:
        op.add_column(table, sa.Column("published_at", sa.DateTime(timezone=True)))
        op.add_column(table, sa.Column("published_by", sa.Text()))
    for statement in (*FILL_OWNERS, *PUBLISH_LATEST):
        op.execute(statement)
    op.drop_column("opsflow_process", "owner")
    _bind_files_anew(with_key=True)
    for table, key in TABLES.items():
        op.create_index(
            f"uq_{table}_published",
            table,
            [key],
            unique=True,
            sqlite_where=PUBLISHED,
            postgresql_where=PUBLISHED,
        )


def downgrade() -> None:
    """Take back. The first of the owners is the owner."""
    for table in TABLES:
        op.drop_index(f"uq_{table}_published", table)
    _bind_files_anew(with_key=False)
    op.add_column(
        "opsflow_process", sa.Column("owner", sa.Text(), nullable=False, server_default="")
    )
    op.execute(
        "UPDATE opsflow_process SET owner = (SELECT deployed_by FROM opsflow_release "
        "WHERE process_key = opsflow_process.key AND version = 1)"
    )
    for table in TABLES:
        op.drop_column(table, "published_by")
        op.drop_column(table, "published_at")
    op.drop_table("opsflow_decision")
    op.drop_index(op.f("ix_opsflow_owner_person"), "opsflow_owner")
    op.drop_table("opsflow_owner")


def _bind_files_anew(*, with_key: bool) -> None:
    """Let a decision's releases refer to the decision, or no longer.

    SQLite makes the table anew for it, which it refuses while the files refer to the table.
    """
    bound = "fk_opsflow_decision_file_release_id"
    key = "fk_opsflow_decision_release_decision_key"
    with op.batch_alter_table("opsflow_decision_file") as files:
        files.drop_constraint(bound, type_="foreignkey")
    version = sa.CheckConstraint("version >= 1", name=op.f("ck_opsflow_decision_release_version"))
    with op.batch_alter_table("opsflow_decision_release", table_args=(version,)) as releases:
        if with_key:
            releases.create_foreign_key(key, "opsflow_decision", ["decision_key"], ["key"])
        else:
            releases.drop_constraint(key, type_="foreignkey")
    with op.batch_alter_table("opsflow_decision_file") as files:
        files.create_foreign_key(bound, "opsflow_decision_release", ["release_id"], ["id"])
