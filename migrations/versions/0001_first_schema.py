"""First schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""

    op.create_table(
        "opsflow_blob",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_opsflow_blob")),
    )
    op.create_table(
        "opsflow_consultation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL) AND (answered_at IS NULL) = (answer IS NULL)",
            name=op.f("ck_opsflow_consultation_answered"),
        ),
        sa.CheckConstraint(
            "answered_at IS NULL OR closed_at IS NOT NULL",
            name=op.f("ck_opsflow_consultation_closed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_consultation")),
    )
    with op.batch_alter_table("opsflow_consultation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_opsflow_consultation_open",
            ["role"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_consultation_task_id"), ["task_id"], unique=False
        )
        batch_op.create_index(
            "uq_opsflow_consultation_by_matrix",
            ["task_id", "role"],
            unique=True,
            sqlite_where=sa.text("asked_by IS NULL"),
            postgresql_where=sa.text("asked_by IS NULL"),
        )

    op.create_table(
        "opsflow_decision_release",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("decision_key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deployed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_opsflow_decision_release_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_decision_release")),
        sa.UniqueConstraint(
            "decision_key",
            "content_hash",
            name=op.f("uq_opsflow_decision_release_decision_key_content_hash"),
        ),
        sa.UniqueConstraint(
            "decision_key", "version", name=op.f("uq_opsflow_decision_release_decision_key_version")
        ),
    )
    op.create_table(
        "opsflow_early_message",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=True),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_early_message")),
    )
    with op.batch_alter_table("opsflow_early_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_early_message_expires_at"), ["expires_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_early_message_name_id"), ["name", "id"], unique=False
        )

    op.create_table(
        "opsflow_performance",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("process_key", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("on_behalf_of <> person", name=op.f("ck_opsflow_performance_behalf")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_performance")),
    )
    with op.batch_alter_table("opsflow_performance", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_performance_instance_id_node_id"),
            ["instance_id", "node_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_performance_instance_id_task_id"),
            ["instance_id", "task_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_performance_person_at"), ["person", "at"], unique=False
        )

    op.create_table(
        "opsflow_person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("id <> ''", name=op.f("ck_opsflow_person_id")),
        sa.CheckConstraint("id <> 'system'", name=op.f("ck_opsflow_person_reserved")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_person")),
    )
    op.create_table(
        "opsflow_process",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_opsflow_process")),
    )
    op.create_table(
        "opsflow_stream",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_opsflow_stream")),
    )
    op.create_table(
        "opsflow_unit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_opsflow_unit_parent")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["opsflow_unit.id"], name=op.f("fk_opsflow_unit_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_unit")),
    )
    with op.batch_alter_table("opsflow_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opsflow_unit_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "opsflow_absence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_opsflow_absence_span")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["opsflow_person.id"], name=op.f("fk_opsflow_absence_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_absence")),
    )
    with op.batch_alter_table("opsflow_absence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_absence_person_id_starts_at"),
            ["person_id", "starts_at"],
            unique=False,
        )

    op.create_table(
        "opsflow_decision_file",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["opsflow_decision_release.id"],
            name=op.f("fk_opsflow_decision_file_release_id"),
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["opsflow_blob.sha256"], name=op.f("fk_opsflow_decision_file_sha256")
        ),
        sa.PrimaryKeyConstraint("release_id", "path", name=op.f("pk_opsflow_decision_file")),
    )
    op.create_table(
        "opsflow_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream"], ["opsflow_stream.name"], name=op.f("fk_opsflow_event_stream")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_event")),
        sa.UniqueConstraint("stream", "position", name=op.f("uq_opsflow_event_stream_position")),
    )
    with op.batch_alter_table("opsflow_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_event_person_at"), ["person", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_opsflow_event_type_at"), ["type", "at"], unique=False)

    op.create_table(
        "opsflow_release",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("process_key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deployed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("mode IN ('matrix', 'open')", name=op.f("ck_opsflow_release_mode")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_opsflow_release_version")),
        sa.ForeignKeyConstraint(
            ["process_key"], ["opsflow_process.key"], name=op.f("fk_opsflow_release_process_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_release")),
        sa.UniqueConstraint(
            "process_key",
            "content_hash",
            "mode",
            name=op.f("uq_opsflow_release_process_key_content_hash_mode"),
        ),
        sa.UniqueConstraint(
            "process_key", "version", name=op.f("uq_opsflow_release_process_key_version")
        ),
    )
    op.create_table(
        "opsflow_role",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=True),
        sa.CheckConstraint("id <> ''", name=op.f("ck_opsflow_role_id")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["opsflow_unit.id"], name=op.f("fk_opsflow_role_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_role")),
    )
    with op.batch_alter_table("opsflow_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opsflow_role_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "opsflow_instance",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("process_key", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("request_hash", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'running') = (ended_at IS NULL)", name=op.f("ck_opsflow_instance_ended")
        ),
        sa.CheckConstraint(
            "status IN ('running', 'completed', 'cancelled')",
            name=op.f("ck_opsflow_instance_status"),
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["opsflow_release.id"], name=op.f("fk_opsflow_instance_release_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_instance")),
        sa.UniqueConstraint(
            "process_key",
            "idempotency_key",
            name=op.f("uq_opsflow_instance_process_key_idempotency_key"),
        ),
    )
    with op.batch_alter_table("opsflow_instance", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_instance_business_key"), ["business_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_instance_process_key_status_id"),
            ["process_key", "status", "id"],
            unique=False,
        )

    op.create_table(
        "opsflow_membership",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from",
            name=op.f("ck_opsflow_membership_span"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["opsflow_person.id"], name=op.f("fk_opsflow_membership_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["opsflow_role.id"], name=op.f("fk_opsflow_membership_role_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_membership")),
    )
    with op.batch_alter_table("opsflow_membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_membership_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_membership_role_id_person_id"),
            ["role_id", "person_id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_opsflow_membership_unending",
            ["person_id", "role_id"],
            unique=True,
            sqlite_where=sa.text("valid_until IS NULL"),
            postgresql_where=sa.text("valid_until IS NULL"),
        )

    op.create_table(
        "opsflow_release_file",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["opsflow_release.id"], name=op.f("fk_opsflow_release_file_release_id")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["opsflow_blob.sha256"], name=op.f("fk_opsflow_release_file_sha256")
        ),
        sa.PrimaryKeyConstraint("release_id", "path", name=op.f("pk_opsflow_release_file")),
    )
    op.create_table(
        "opsflow_start_event",
        sa.Column("process_key", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("watched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("index", sa.Integer(), nullable=True),
        sa.Column("left", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["opsflow_release.id"], name=op.f("fk_opsflow_start_event_release_id")
        ),
        sa.PrimaryKeyConstraint(
            "process_key", "node_id", "position", name=op.f("pk_opsflow_start_event")
        ),
    )
    with op.batch_alter_table("opsflow_start_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opsflow_start_event_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_opsflow_start_event_kind_name"), ["kind", "name"], unique=False
        )

    op.create_table(
        "opsflow_substitution",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("substitute_id", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_opsflow_substitution_span")),
        sa.CheckConstraint(
            "substitute_id <> person_id", name=op.f("ck_opsflow_substitution_other")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["opsflow_person.id"], name=op.f("fk_opsflow_substitution_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["opsflow_role.id"], name=op.f("fk_opsflow_substitution_role_id")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"],
            ["opsflow_person.id"],
            name=op.f("fk_opsflow_substitution_substitute_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_substitution")),
    )
    with op.batch_alter_table("opsflow_substitution", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_substitution_person_id_starts_at"),
            ["person_id", "starts_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_substitution_substitute_id_starts_at"),
            ["substitute_id", "starts_at"],
            unique=False,
        )

    op.create_table(
        "opsflow_incident",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["opsflow_instance.id"], name=op.f("fk_opsflow_incident_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_incident")),
    )
    with op.batch_alter_table("opsflow_incident", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_incident_instance_id_step_id"),
            ["instance_id", "step_id"],
            unique=False,
        )

    op.create_table(
        "opsflow_search_value",
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["opsflow_instance.id"],
            name=op.f("fk_opsflow_search_value_instance_id"),
        ),
        sa.PrimaryKeyConstraint("instance_id", "name", name=op.f("pk_opsflow_search_value")),
    )
    with op.batch_alter_table("opsflow_search_value", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_search_value_name_moment"), ["name", "moment"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_search_value_name_number"), ["name", "number"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_search_value_name_text"), ["name", "text"], unique=False
        )

    op.create_table(
        "opsflow_task",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("process_key", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("open_to_all", sa.Boolean(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("assignee_role", sa.Text(), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)",
            name=op.f("ck_opsflow_task_cancelled"),
        ),
        sa.CheckConstraint(
            "(state = 'completed') = (completed_at IS NOT NULL)",
            name=op.f("ck_opsflow_task_completed"),
        ),
        sa.CheckConstraint(
            "(state NOT IN ('claimed', 'in_review', 'completed') OR assignee IS NOT NULL) AND (state NOT IN ('blocked', 'offered') OR assignee IS NULL)",
            name=op.f("ck_opsflow_task_assignee"),
        ),
        sa.CheckConstraint(
            "state IN ('blocked', 'offered', 'claimed', 'in_review', 'completed', 'cancelled')",
            name=op.f("ck_opsflow_task_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('in_review', 'completed') OR submitted_at IS NOT NULL",
            name=op.f("ck_opsflow_task_submitted"),
        ),
        sa.CheckConstraint(
            "assignee IS NULL OR claimed_at IS NOT NULL", name=op.f("ck_opsflow_task_claimed")
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 100", name=op.f("ck_opsflow_task_priority")),
        sa.CheckConstraint("round >= 1 AND revision >= 1", name=op.f("ck_opsflow_task_counters")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["opsflow_instance.id"], name=op.f("fk_opsflow_task_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["opsflow_release.id"], name=op.f("fk_opsflow_task_release_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_task")),
    )
    with op.batch_alter_table("opsflow_task", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_task_assignee_state_id"),
            ["assignee", "state", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_task_instance_id_id"), ["instance_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_opsflow_task_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_opsflow_task_open_step",
            ["instance_id", "step_id"],
            unique=True,
            sqlite_where=sa.text("state NOT IN ('completed', 'cancelled')"),
            postgresql_where=sa.text("state NOT IN ('completed', 'cancelled')"),
        )

    op.create_table(
        "opsflow_waiting_event",
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("correlation", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["opsflow_instance.id"],
            name=op.f("fk_opsflow_waiting_event_instance_id"),
        ),
        sa.PrimaryKeyConstraint(
            "instance_id", "step_id", "position", name=op.f("pk_opsflow_waiting_event")
        ),
    )
    with op.batch_alter_table("opsflow_waiting_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_waiting_event_due_at"), ["due_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_opsflow_waiting_event_kind_name"), ["kind", "name"], unique=False
        )

    op.create_table(
        "opsflow_deviation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_role", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_opsflow_deviation_decided")
        ),
        sa.CheckConstraint(
            "kind IN ('out_of_limits', 'skipped')", name=op.f("ck_opsflow_deviation_kind")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_opsflow_deviation_reason")),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'sent_back', 'withdrawn')",
            name=op.f("ck_opsflow_deviation_state"),
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["opsflow_instance.id"], name=op.f("fk_opsflow_deviation_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["opsflow_task.id"], name=op.f("fk_opsflow_deviation_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_deviation")),
    )
    with op.batch_alter_table("opsflow_deviation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_deviation_instance_id"), ["instance_id"], unique=False
        )
        batch_op.create_index(
            "uq_opsflow_deviation_open",
            ["task_id", "step_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "opsflow_gate",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("gate_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('approved', 'rejected')) = (decided_at IS NOT NULL)",
            name=op.f("ck_opsflow_gate_decided"),
        ),
        sa.CheckConstraint("at IN ('entry', 'exit')", name=op.f("ck_opsflow_gate_at")),
        sa.CheckConstraint(
            "rule IN ('all', 'any', 'quorum', 'sequence')", name=op.f("ck_opsflow_gate_rule")
        ),
        sa.CheckConstraint(
            "state <> 'open' OR content_hash IS NOT NULL", name=op.f("ck_opsflow_gate_content")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'open', 'approved', 'rejected', 'void')",
            name=op.f("ck_opsflow_gate_state"),
        ),
        sa.CheckConstraint("round >= 0 AND needed >= 0", name=op.f("ck_opsflow_gate_counters")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["opsflow_instance.id"], name=op.f("fk_opsflow_gate_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["opsflow_task.id"], name=op.f("fk_opsflow_gate_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_gate")),
        sa.UniqueConstraint("task_id", "gate_id", name=op.f("uq_opsflow_gate_task_id_gate_id")),
    )
    with op.batch_alter_table("opsflow_gate", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_gate_instance_id_state"), ["instance_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_opsflow_gate_state_id"), ["state", "id"], unique=False)

    op.create_table(
        "opsflow_notice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("text <> ''", name=op.f("ck_opsflow_notice_text")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["opsflow_instance.id"], name=op.f("fk_opsflow_notice_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["opsflow_task.id"], name=op.f("fk_opsflow_notice_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_notice")),
    )
    with op.batch_alter_table("opsflow_notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_notice_person_id"), ["person", "id"], unique=False
        )
        batch_op.create_index(
            "ix_opsflow_notice_unread",
            ["person"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )

    op.create_table(
        "opsflow_task_attachment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_opsflow_task_attachment_size")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["opsflow_blob.sha256"], name=op.f("fk_opsflow_task_attachment_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["opsflow_task.id"], name=op.f("fk_opsflow_task_attachment_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_task_attachment")),
    )
    with op.batch_alter_table("opsflow_task_attachment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_task_attachment_task_id_id"), ["task_id", "id"], unique=False
        )

    op.create_table(
        "opsflow_task_candidate",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["opsflow_task.id"], name=op.f("fk_opsflow_task_candidate_task_id")
        ),
        sa.PrimaryKeyConstraint("task_id", "person", name=op.f("pk_opsflow_task_candidate")),
    )
    with op.batch_alter_table("opsflow_task_candidate", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_task_candidate_person_task_id"),
            ["person", "task_id"],
            unique=False,
        )

    op.create_table(
        "opsflow_task_comment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_opsflow_task_comment_text")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["opsflow_task.id"], name=op.f("fk_opsflow_task_comment_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_task_comment")),
    )
    with op.batch_alter_table("opsflow_task_comment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_task_comment_task_id_id"), ["task_id", "id"], unique=False
        )

    op.create_table(
        "opsflow_task_offer",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["opsflow_task.id"], name=op.f("fk_opsflow_task_offer_task_id")
        ),
        sa.PrimaryKeyConstraint("task_id", "role", name=op.f("pk_opsflow_task_offer")),
    )
    with op.batch_alter_table("opsflow_task_offer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_task_offer_role_task_id"), ["role", "task_id"], unique=False
        )

    op.create_table(
        "opsflow_gate_seat",
        sa.Column("gate_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("veto", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "source IN ('base', 'tier', 'veto')", name=op.f("ck_opsflow_gate_seat_source")
        ),
        sa.ForeignKeyConstraint(
            ["gate_id"], ["opsflow_gate.id"], name=op.f("fk_opsflow_gate_seat_gate_id")
        ),
        sa.PrimaryKeyConstraint("gate_id", "position", name=op.f("pk_opsflow_gate_seat")),
    )
    with op.batch_alter_table("opsflow_gate_seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opsflow_gate_seat_role"), ["role"], unique=False)

    op.create_table(
        "opsflow_procedure_record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("number", sa.Numeric().with_variant(sa.String(60), "sqlite"), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("minimum", sa.Numeric().with_variant(sa.String(60), "sqlite"), nullable=True),
        sa.Column("maximum", sa.Numeric().with_variant(sa.String(60), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("deviation_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state = 'done' OR number IS NULL", name=op.f("ck_opsflow_procedure_record_skipped")
        ),
        sa.CheckConstraint(
            "state IN ('done', 'skipped')", name=op.f("ck_opsflow_procedure_record_state")
        ),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_opsflow_procedure_record_seconds")),
        sa.ForeignKeyConstraint(
            ["deviation_id"],
            ["opsflow_deviation.id"],
            name=op.f("fk_opsflow_procedure_record_deviation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["opsflow_task.id"], name=op.f("fk_opsflow_procedure_record_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_procedure_record")),
        sa.UniqueConstraint(
            "task_id", "step_id", name=op.f("uq_opsflow_procedure_record_task_id_step_id")
        ),
    )
    op.create_table(
        "opsflow_vote",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("gate_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "choice <> 'reject' OR reason <> ''", name=op.f("ck_opsflow_vote_reason")
        ),
        sa.CheckConstraint(
            "choice IN ('approve', 'reject', 'abstain')", name=op.f("ck_opsflow_vote_choice")
        ),
        sa.CheckConstraint(
            "(void_at IS NULL) = (void_reason IS NULL)", name=op.f("ck_opsflow_vote_void")
        ),
        sa.ForeignKeyConstraint(
            ["gate_id"], ["opsflow_gate.id"], name=op.f("fk_opsflow_vote_gate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_vote")),
    )
    with op.batch_alter_table("opsflow_vote", schema=None) as batch_op:
        batch_op.create_index(
            "uq_opsflow_vote_person",
            ["gate_id", "person"],
            unique=True,
            sqlite_where=sa.text("void_at IS NULL"),
            postgresql_where=sa.text("void_at IS NULL"),
        )
        batch_op.create_index(
            "uq_opsflow_vote_seat",
            ["gate_id", "seat"],
            unique=True,
            sqlite_where=sa.text("void_at IS NULL"),
            postgresql_where=sa.text("void_at IS NULL"),
        )

    op.create_table(
        "opsflow_evidence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_opsflow_evidence_size")),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["opsflow_procedure_record.id"],
            name=op.f("fk_opsflow_evidence_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["opsflow_blob.sha256"], name=op.f("fk_opsflow_evidence_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opsflow_evidence")),
    )
    with op.batch_alter_table("opsflow_evidence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opsflow_evidence_record_id"), ["record_id"], unique=False
        )


def downgrade() -> None:
    """Take back."""

    with op.batch_alter_table("opsflow_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_evidence_record_id"))

    op.drop_table("opsflow_evidence")
    with op.batch_alter_table("opsflow_vote", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_opsflow_vote_seat",
            sqlite_where=sa.text("void_at IS NULL"),
            postgresql_where=sa.text("void_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_opsflow_vote_person",
            sqlite_where=sa.text("void_at IS NULL"),
            postgresql_where=sa.text("void_at IS NULL"),
        )

    op.drop_table("opsflow_vote")
    op.drop_table("opsflow_procedure_record")
    with op.batch_alter_table("opsflow_gate_seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_gate_seat_role"))

    op.drop_table("opsflow_gate_seat")
    with op.batch_alter_table("opsflow_task_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_task_offer_role_task_id"))

    op.drop_table("opsflow_task_offer")
    with op.batch_alter_table("opsflow_task_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_task_comment_task_id_id"))

    op.drop_table("opsflow_task_comment")
    with op.batch_alter_table("opsflow_task_candidate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_task_candidate_person_task_id"))

    op.drop_table("opsflow_task_candidate")
    with op.batch_alter_table("opsflow_task_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_task_attachment_task_id_id"))

    op.drop_table("opsflow_task_attachment")
    with op.batch_alter_table("opsflow_notice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_opsflow_notice_unread",
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_opsflow_notice_person_id"))

    op.drop_table("opsflow_notice")
    with op.batch_alter_table("opsflow_gate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_gate_state_id"))
        batch_op.drop_index(batch_op.f("ix_opsflow_gate_instance_id_state"))

    op.drop_table("opsflow_gate")
    with op.batch_alter_table("opsflow_deviation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_opsflow_deviation_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_opsflow_deviation_instance_id"))

    op.drop_table("opsflow_deviation")
    with op.batch_alter_table("opsflow_waiting_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_waiting_event_kind_name"))
        batch_op.drop_index(batch_op.f("ix_opsflow_waiting_event_due_at"))

    op.drop_table("opsflow_waiting_event")
    with op.batch_alter_table("opsflow_task", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_opsflow_task_open_step",
            sqlite_where=sa.text("state NOT IN ('completed', 'cancelled')"),
            postgresql_where=sa.text("state NOT IN ('completed', 'cancelled')"),
        )
        batch_op.drop_index(batch_op.f("ix_opsflow_task_state_id"))
        batch_op.drop_index(batch_op.f("ix_opsflow_task_instance_id_id"))
        batch_op.drop_index(batch_op.f("ix_opsflow_task_assignee_state_id"))

    op.drop_table("opsflow_task")
    with op.batch_alter_table("opsflow_search_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_search_value_name_text"))
        batch_op.drop_index(batch_op.f("ix_opsflow_search_value_name_number"))
        batch_op.drop_index(batch_op.f("ix_opsflow_search_value_name_moment"))

    op.drop_table("opsflow_search_value")
    with op.batch_alter_table("opsflow_incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_incident_instance_id_step_id"))

    op.drop_table("opsflow_incident")
    with op.batch_alter_table("opsflow_substitution", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_substitution_substitute_id_starts_at"))
        batch_op.drop_index(batch_op.f("ix_opsflow_substitution_person_id_starts_at"))

    op.drop_table("opsflow_substitution")
    with op.batch_alter_table("opsflow_start_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_start_event_kind_name"))
        batch_op.drop_index(batch_op.f("ix_opsflow_start_event_due_at"))

    op.drop_table("opsflow_start_event")
    op.drop_table("opsflow_release_file")
    with op.batch_alter_table("opsflow_membership", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_opsflow_membership_unending",
            sqlite_where=sa.text("valid_until IS NULL"),
            postgresql_where=sa.text("valid_until IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_opsflow_membership_role_id_person_id"))
        batch_op.drop_index(batch_op.f("ix_opsflow_membership_person_id"))

    op.drop_table("opsflow_membership")
    with op.batch_alter_table("opsflow_instance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_instance_process_key_status_id"))
        batch_op.drop_index(batch_op.f("ix_opsflow_instance_business_key"))

    op.drop_table("opsflow_instance")
    with op.batch_alter_table("opsflow_role", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_role_unit_id"))

    op.drop_table("opsflow_role")
    op.drop_table("opsflow_release")
    with op.batch_alter_table("opsflow_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_event_type_at"))
        batch_op.drop_index(batch_op.f("ix_opsflow_event_person_at"))

    op.drop_table("opsflow_event")
    op.drop_table("opsflow_decision_file")
    with op.batch_alter_table("opsflow_absence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_absence_person_id_starts_at"))

    op.drop_table("opsflow_absence")
    with op.batch_alter_table("opsflow_unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_unit_parent_id"))

    op.drop_table("opsflow_unit")
    op.drop_table("opsflow_stream")
    op.drop_table("opsflow_process")
    op.drop_table("opsflow_person")
    with op.batch_alter_table("opsflow_performance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_performance_person_at"))
        batch_op.drop_index(batch_op.f("ix_opsflow_performance_instance_id_task_id"))
        batch_op.drop_index(batch_op.f("ix_opsflow_performance_instance_id_node_id"))

    op.drop_table("opsflow_performance")
    with op.batch_alter_table("opsflow_early_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opsflow_early_message_name_id"))
        batch_op.drop_index(batch_op.f("ix_opsflow_early_message_expires_at"))

    op.drop_table("opsflow_early_message")
    op.drop_table("opsflow_decision_release")
    with op.batch_alter_table("opsflow_consultation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_opsflow_consultation_by_matrix",
            sqlite_where=sa.text("asked_by IS NULL"),
            postgresql_where=sa.text("asked_by IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_opsflow_consultation_task_id"))
        batch_op.drop_index(
            "ix_opsflow_consultation_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("opsflow_consultation")
    op.drop_table("opsflow_blob")
