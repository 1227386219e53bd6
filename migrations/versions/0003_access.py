"""Tokens, and who was granted which access role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""

    op.create_table(
        "opsflow_access_grant",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", "role", name=op.f("pk_opsflow_access_grant")),
    )
    with op.batch_alter_table("opsflow_access_grant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_access_grant_role_person"), ["role", "person"], unique=False
        )

    op.create_table(
        "opsflow_access_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)",
            name=op.f("ck_opsflow_access_token_revoked"),
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_opsflow_access_token_span")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_opsflow_access_token_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_access_token")),
        sa.UniqueConstraint("sha256", name=op.f("uq_opsflow_access_token_sha256")),
    )
    with op.batch_alter_table("opsflow_access_token", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_access_token_person_id"), ["person", "id"], unique=False
        )


def downgrade() -> None:
    """Take back."""

    with op.batch_alter_table("opsflow_access_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_access_token_person_id"))

    op.drop_table("opsflow_access_token")
    with op.batch_alter_table("opsflow_access_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_access_grant_role_person"))

    op.drop_table("opsflow_access_grant")
