"""The ledger of the jobs, and notes at incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0002"
branch_labels = None
depends_on = None

DUE = sa.text("due_at IS NOT NULL AND held_at IS NULL")
LEASED = sa.text("lease_until IS NOT NULL")
OF_STEP = sa.text("step_id IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    op.add_column("opsflow_incident", sa.Column("note", sa.Text(), nullable=True))
    op.create_table(
        "opsflow_job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=True),
        sa.Column("step_id", sa.Text(), nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("business_key", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retries_left", sa.Integer(), nullable=True),
        sa.Column("backoff", sa.Double(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("engine_ref", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('timer', 'queued', 'running', 'incident')", name=op.f("ck_opsflow_job_state")
        ),
        sa.CheckConstraint("kind IN ('service', 'call')", name=op.f("ck_opsflow_job_kind")),
        sa.CheckConstraint(
            "(state IN ('timer', 'queued')) = (due_at IS NOT NULL)",
            name=op.f("ck_opsflow_job_due"),
        ),
        sa.CheckConstraint(
            "(state = 'running') = (lease_until IS NOT NULL)", name=op.f("ck_opsflow_job_lease")
        ),
        sa.CheckConstraint(
            "(lease_until IS NULL) = (lease_owner IS NULL) "
            "AND (lease_until IS NULL) = (secret IS NULL)",
            name=op.f("ck_opsflow_job_owner"),
        ),
        sa.CheckConstraint(
            "step_id IS NULL OR instance_id IS NOT NULL", name=op.f("ck_opsflow_job_step")
        ),
        sa.CheckConstraint(
            "attempt >= 0 AND failures >= 0 AND retries_left >= 0",
            name=op.f("ck_opsflow_job_counts"),
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["opsflow_instance.id"], name=op.f("fk_opsflow_job_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_job")),
    )
    with op.batch_alter_table("opsflow_job", schema=None) as batch_op:
        batch_op.create_index(
            "ix_opsflow_job_due", ["due_at", "id"], sqlite_where=DUE, postgresql_where=DUE
        )
        batch_op.create_index(
            "ix_opsflow_job_lease", ["lease_until"], sqlite_where=LEASED, postgresql_where=LEASED
        )
        batch_op.create_index(
            "uq_opsflow_job_step",
            ["instance_id", "step_id"],
            unique=True,
            sqlite_where=OF_STEP,
            postgresql_where=OF_STEP,
        )


def downgrade() -> None:
    """Take back."""
    op.drop_table("opsflow_job")
    with op.batch_alter_table("opsflow_incident", schema=None) as batch_op:
        batch_op.drop_column("note")
