"""The first tables: the projection of children, concerns and meetings, notices, and the chassis' own.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

import services.chassis.columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=True),
        sa.Column(
            "action",
            sa.String(length=20),
            nullable=False,
            comment="read, search, add, change, delete or export",
        ),
        sa.Column(
            "kind", sa.String(length=40), nullable=False, comment="what was read: child, ratings, minutes ..."
        ),
        sa.Column("subject", sa.String(length=80), nullable=False, comment="the child's or the object's id"),
        sa.Column("correlation_id", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_access_log")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_log_at"), ["at"], unique=False)
        batch_op.create_index("ix_access_log_subject_at", ["subject", "at"], unique=False)

    op.create_table(
        "child",
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_child")),
    )
    op.create_table(
        "concern",
        sa.Column("concern_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint("state IN ('raised', 'withheld', 'settled')", name=op.f("ck_concern_state")),
        sa.PrimaryKeyConstraint("concern_id", name=op.f("pk_concern")),
    )
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.create_index(
            "ix_concern_withheld",
            ["child_id"],
            unique=False,
            sqlite_where=sa.text("state = 'withheld'"),
            postgresql_where=sa.text("state = 'withheld'"),
        )

    op.create_table(
        "enrolment",
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("group_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("district_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("child_id", "position", name=op.f("pk_enrolment")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index("ix_enrolment_district_id", ["district_id"], unique=False)
        batch_op.create_index("ix_enrolment_group_id", ["group_id"], unique=False)
        batch_op.create_index("ix_enrolment_institution_id", ["institution_id"], unique=False)

    op.create_table(
        "guardianship",
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("guardian_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("custody", sa.String(length=10), nullable=False),
        sa.Column("digital_post_exempt", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", "guardian_id", name=op.f("pk_guardianship")),
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String(length=120), nullable=False),
        sa.Column(
            "event_id", sa.String(length=120), nullable=False, comment="text: others choose their own ids"
        ),
        sa.Column("handled_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_handled_at"), ["handled_at"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint("state IN ('invited', 'confirmed', 'cancelled')", name=op.f("ck_meeting_state")),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_meeting")),
    )
    op.create_table(
        "notice",
        sa.Column("notice_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("guardian_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column(
            "code", sa.String(length=30), nullable=True, comment="why it failed, waits or is held back"
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column(
            "due_at",
            services.chassis.columns.Moment(timezone=True),
            nullable=False,
            comment="to be sent then; if leased: lease's end",
        ),
        sa.Column("lease_token", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column(
            "done_at",
            services.chassis.columns.Moment(timezone=True),
            nullable=True,
            comment="sent, failed, printed, held back",
        ),
        sa.Column("language", sa.String(length=12), nullable=True),
        sa.Column("template_version", sa.String(length=40), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=True, comment="SHA-256 of the words"),
        sa.Column("letter", sa.JSON(none_as_null=True), nullable=True, comment="subject, text, html"),
        sa.Column("correlation_id", sa.String(length=80), nullable=False),
        sa.Column("causation_id", sa.String(length=120), nullable=True),
        sa.Column("traceparent", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "about IN ('concern', 'invitation', 'confirmation', 'cancellation')", name=op.f("ck_notice_about")
        ),
        sa.CheckConstraint("channel IN ('email', 'letter')", name=op.f("ck_notice_channel")),
        sa.CheckConstraint(
            "state IN ('intended', 'leased', 'sent', 'failed', 'suppressed', 'to_print', 'printed')",
            name=op.f("ck_notice_state"),
        ),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "about",
            "subject_id",
            "edition",
            "guardian_id",
            name=op.f("uq_notice_about_subject_id_edition_guardian_id"),
        ),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_state_created_at", ["state", "created_at"], unique=False)
        batch_op.create_index("ix_notice_child_id_created_at", ["child_id", "created_at"], unique=False)
        batch_op.create_index(
            "ix_notice_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('intended', 'leased')"),
            postgresql_where=sa.text("state IN ('intended', 'leased')"),
        )
        batch_op.create_index(
            "ix_notice_lease_token",
            ["lease_token"],
            unique=False,
            sqlite_where=sa.text("lease_token IS NOT NULL"),
            postgresql_where=sa.text("lease_token IS NOT NULL"),
        )
        batch_op.create_index("ix_notice_subject_id", ["subject_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False, comment="the event's id"),
        sa.Column("aggregate_type", sa.String(length=40), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("aggregate_version", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False, comment="the CloudEvents extension attributes"),
        sa.Column("expected", sa.Integer(), nullable=False, comment="1: an unroutable event is an alarm"),
        sa.Column("occurred_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "available_at",
            services.chassis.columns.Moment(timezone=True),
            nullable=True,
            comment="set while the event is parked after a failure",
        ),
        sa.Column("lease_token", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("lease_until", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=80), nullable=True),
        sa.Column("published_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "aggregate_type",
            "aggregate_id",
            "aggregate_version",
            "type",
            name=op.f("uq_outbox_aggregate_type_aggregate_id_aggregate_version_type"),
        ),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_parked",
            ["aggregate_type", "aggregate_id"],
            unique=False,
            sqlite_where=sa.text("published_at IS NULL AND available_at IS NOT NULL"),
            postgresql_where=sa.text("published_at IS NULL AND available_at IS NOT NULL"),
        )
        batch_op.create_index("ix_outbox_published_at", ["published_at"], unique=False)
        batch_op.create_index(
            "ix_outbox_unpublished",
            ["seq"],
            unique=False,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_unpublished",
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )
        batch_op.drop_index("ix_outbox_published_at")
        batch_op.drop_index(
            "ix_outbox_parked",
            sqlite_where=sa.text("published_at IS NULL AND available_at IS NOT NULL"),
            postgresql_where=sa.text("published_at IS NULL AND available_at IS NOT NULL"),
        )

    op.drop_table("outbox")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notice_lease_token",
            sqlite_where=sa.text("lease_token IS NOT NULL"),
            postgresql_where=sa.text("lease_token IS NOT NULL"),
        )
        batch_op.drop_index("ix_notice_subject_id")
        batch_op.drop_index(
            "ix_notice_due",
            sqlite_where=sa.text("state IN ('intended', 'leased')"),
            postgresql_where=sa.text("state IN ('intended', 'leased')"),
        )
        batch_op.drop_index("ix_notice_child_id_created_at")
        batch_op.drop_index("ix_notice_state_created_at")

    op.drop_table("notice")
    op.drop_table("meeting")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_handled_at"))

    op.drop_table("inbox")
    op.drop_table("guardianship")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index("ix_enrolment_institution_id")
        batch_op.drop_index("ix_enrolment_group_id")
        batch_op.drop_index("ix_enrolment_district_id")

    op.drop_table("enrolment")
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_concern_withheld",
            sqlite_where=sa.text("state = 'withheld'"),
            postgresql_where=sa.text("state = 'withheld'"),
        )

    op.drop_table("concern")
    op.drop_table("child")
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.drop_index("ix_access_log_subject_at")
        batch_op.drop_index(batch_op.f("ix_access_log_at"))

    op.drop_table("access_log")
