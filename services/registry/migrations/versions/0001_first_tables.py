"""The registry's tables

Revision: 0001, the first.
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
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("cpr_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("cpr_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column(
            "first_key",
            sa.String(length=250).with_variant(sa.String(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "last_key",
            sa.String(length=250).with_variant(sa.String(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("born", sa.Date(), nullable=True),
        sa.Column("expected", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("protected_address", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("digital_post_exempt", sa.Boolean(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("own_contact", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("sex IN ('f', 'm', 'u')", name=op.f("ck_child_sex")),
        sa.CheckConstraint(
            "born IS NOT NULL OR expected IS NOT NULL", name=op.f("ck_child_born_or_expected")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child")),
        sa.UniqueConstraint("cpr_hash", name=op.f("uq_child_cpr_hash")),
        sa.UniqueConstraint("source_id", name=op.f("uq_child_source_id")),
    )
    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_child_born"), ["born"], unique=False)
        batch_op.create_index(batch_op.f("ix_child_first_key"), ["first_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_child_last_key"), ["last_key"], unique=False)
        batch_op.create_index("ix_child_own_contact_born", ["own_contact", "born"], unique=False)

    op.create_table(
        "district",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district")),
        sa.UniqueConstraint("source_id", name=op.f("uq_district_source_id")),
    )
    op.create_table(
        "guardian",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("cpr_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("cpr_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("digital_post_exempt", sa.Boolean(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("protected_address", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
        sa.UniqueConstraint("cpr_hash", name=op.f("uq_guardian_cpr_hash")),
        sa.UniqueConstraint("source_id", name=op.f("uq_guardian_source_id")),
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

    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("source_id", name=op.f("uq_staff_source_id")),
    )
    op.create_table(
        "assignment",
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_kind", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('pedagogue', 'childminder', 'teacher', 'health_visitor', 'leader', "
            "'specialist', 'administration', 'operations')",
            name=op.f("ck_assignment_role"),
        ),
        sa.CheckConstraint(
            "unit_kind IN ('group', 'institution', 'district', 'municipality')",
            name=op.f("ck_assignment_unit_kind"),
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_assignment_staff_id_staff")),
        sa.PrimaryKeyConstraint(
            "staff_id", "role", "unit_kind", "unit_id", "valid_from", name=op.f("pk_assignment")
        ),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_unit_id_valid_to", ["unit_id", "valid_to"], unique=False)

    op.create_table(
        "custody",
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("guardian_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("custody", sa.String(length=10), nullable=False),
        sa.Column("lives_with", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("custody IN ('sole', 'joint', 'none')", name=op.f("ck_custody_custody")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_custody_child_id_child")),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["guardian.id"], name=op.f("fk_custody_guardian_id_guardian")
        ),
        sa.PrimaryKeyConstraint("child_id", "guardian_id", name=op.f("pk_custody")),
    )
    with op.batch_alter_table("custody", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_guardian_id"), ["guardian_id"], unique=False)

    op.create_table(
        "institution",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("district_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("authority_unit", sa.String(length=120), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('dagpleje', 'vuggestue', 'boernehave', 'school', 'health_visiting')",
            name=op.f("ck_institution_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_institution_district_id_district")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("source_id", name=op.f("uq_institution_source_id")),
    )
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_institution_district_id"), ["district_id"], unique=False)

    op.create_table(
        "care_group",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_care_group_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_group")),
        sa.UniqueConstraint("source_id", name=op.f("uq_care_group_source_id")),
    )
    with op.batch_alter_table("care_group", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_care_group_institution_id"), ["institution_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("group_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_enrolment_child_id_child")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["care_group.id"], name=op.f("fk_enrolment_group_id_care_group")
        ),
        sa.PrimaryKeyConstraint("child_id", "group_id", "valid_from", name=op.f("pk_enrolment")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index("ix_enrolment_group_id_valid_to", ["group_id", "valid_to"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index("ix_enrolment_group_id_valid_to")

    op.drop_table("enrolment")
    with op.batch_alter_table("care_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_care_group_institution_id"))

    op.drop_table("care_group")
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_institution_district_id"))

    op.drop_table("institution")
    with op.batch_alter_table("custody", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_custody_guardian_id"))

    op.drop_table("custody")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index("ix_assignment_unit_id_valid_to")

    op.drop_table("assignment")
    op.drop_table("staff")
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
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_handled_at"))

    op.drop_table("inbox")
    op.drop_table("guardian")
    op.drop_table("district")
    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.drop_index("ix_child_own_contact_born")
        batch_op.drop_index(batch_op.f("ix_child_last_key"))
        batch_op.drop_index(batch_op.f("ix_child_first_key"))
        batch_op.drop_index(batch_op.f("ix_child_born"))

    op.drop_table("child")
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.drop_index("ix_access_log_subject_at")
        batch_op.drop_index(batch_op.f("ix_access_log_at"))

    op.drop_table("access_log")
