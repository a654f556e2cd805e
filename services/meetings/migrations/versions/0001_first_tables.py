"""first tables

Revision: 0001, after
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
        "agenda_versions",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("stored_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("stored_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("kind", "version", name=op.f("pk_agenda_versions")),
    )
    op.create_table(
        "bookings",
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "slot_start",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="half-hours since 1970 in UTC",
        ),
        sa.Column("hold_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "slot_start", name=op.f("pk_bookings")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bookings_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "children",
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_children")),
    )
    op.create_table(
        "concerns",
        sa.Column("concern_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("track", sa.String(length=20), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("concern_id", name=op.f("pk_concerns")),
    )
    with op.batch_alter_table("concerns", schema=None) as batch_op:
        batch_op.create_index("ix_concerns_child_standing", ["child_id", "standing"], unique=False)

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
        "institutions",
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("district_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_institutions")),
    )
    op.create_table(
        "meetings",
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("track", sa.String(length=20), nullable=False),
        sa.Column("concern_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("round_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("group_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("invite_by", sa.Date(), nullable=False),
        sa.Column("hold_by", sa.Date(), nullable=False),
        sa.Column("attempt_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="how often it looked in vain"),
        sa.Column("invitation", sa.Integer(), nullable=False),
        sa.Column("invited_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("answer_by", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column(
            "chased", sa.Integer(), nullable=False, comment="the last invitation whose silence was noticed"
        ),
        sa.Column("link_until", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("starts_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("ends_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("place", sa.String(length=20), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("in_calendars", sa.Boolean(), nullable=False),
        sa.Column("accepted_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("agenda_version", sa.Integer(), nullable=True),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=True),
        sa.Column("end_reason", sa.String(length=30), nullable=True),
        sa.Column("end_note", sa.Text(), nullable=True),
        sa.Column("created_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("correlation_id", sa.String(length=80), nullable=False),
        sa.Column("traceparent", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_meetings")),
    )
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meetings_child_id"), ["child_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meetings_concern_id"), ["concern_id"], unique=False)
        batch_op.create_index("ix_meetings_institution_state", ["institution_id", "state"], unique=False)
        batch_op.create_index("ix_meetings_state_hold_by", ["state", "hold_by"], unique=False)
        batch_op.create_index(
            "ix_meetings_to_invite",
            ["attempt_at"],
            unique=False,
            sqlite_where=sa.text("state = 'required'"),
            postgresql_where=sa.text("state = 'required'"),
        )
        batch_op.create_index(
            "uq_meetings_open",
            ["child_id", "track", "kind"],
            unique=True,
            sqlite_where=sa.text("state NOT IN ('closed', 'cancelled')"),
            postgresql_where=sa.text("state NOT IN ('closed', 'cancelled')"),
        )

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
        "settings_versions",
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("stored_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("stored_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("scope", "version", name=op.f("pk_settings_versions")),
    )
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff")),
    )
    op.create_table(
        "tasks",
        sa.Column("task_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("once", sa.String(length=120), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("group_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("done_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("once", name=op.f("uq_tasks_once")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tasks_child_id"), ["child_id"], unique=False)
        batch_op.create_index(
            "ix_tasks_institution_state_due", ["institution_id", "state", "due"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_tasks_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index("ix_tasks_staff_state_due", ["staff_id", "state", "due"], unique=False)

    op.create_table(
        "agreements",
        sa.Column("agreement_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_agreements_meeting_id_meetings")
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_agreements")),
    )
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.String(length=36), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.staff_id"], name=op.f("fk_assignments_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", "number", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index("ix_assignments_unit_role", ["unit_id", "role"], unique=False)

    op.create_table(
        "breaches",
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("deadline", sa.String(length=10), nullable=False),
        sa.Column("breach_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("found_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_breaches_meeting_id_meetings")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "deadline", name=op.f("pk_breaches")),
    )
    op.create_table(
        "enrolments",
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("group_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("district_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.child_id"], name=op.f("fk_enrolments_child_id_children")
        ),
        sa.PrimaryKeyConstraint("child_id", "number", name=op.f("pk_enrolments")),
    )
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolments_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolments_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolments_institution_id"), ["institution_id"], unique=False)

    op.create_table(
        "guardians",
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("guardian_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("custody", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.child_id"], name=op.f("fk_guardians_child_id_children")
        ),
        sa.PrimaryKeyConstraint("child_id", "guardian_id", name=op.f("pk_guardians")),
    )
    op.create_table(
        "meeting_guardians",
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("guardian_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("answered_invitation", sa.Integer(), nullable=False),
        sa.Column("answered_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("proposal_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("interpreter_language", sa.String(length=10), nullable=True),
        sa.Column("wishes", sa.Text(), nullable=True),
        sa.Column("points", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_meeting_guardians_meeting_id_meetings")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "guardian_id", name=op.f("pk_meeting_guardians")),
    )
    op.create_table(
        "meeting_staff",
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("capacity", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_meeting_staff_meeting_id_meetings")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "staff_id", name=op.f("pk_meeting_staff")),
    )
    with op.batch_alter_table("meeting_staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_staff_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "minutes",
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("written_by", sa.String(length=80), nullable=False),
        sa.Column("written_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_minutes_meeting_id_meetings")
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_minutes")),
    )
    op.create_table(
        "proposals",
        sa.Column("proposal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("invitation", sa.Integer(), nullable=False),
        sa.Column("starts_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("ends_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_proposals_meeting_id_meetings")
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposals")),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "steps",
        sa.Column("step_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.String(length=30), nullable=True),
        sa.Column("invitation", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_steps_meeting_id_meetings")
        ),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_steps")),
    )
    with op.batch_alter_table("steps", schema=None) as batch_op:
        batch_op.create_index("ix_steps_child_at", ["child_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_steps_meeting_id"), ["meeting_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_steps_meeting_id"))
        batch_op.drop_index("ix_steps_child_at")

    op.drop_table("steps")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_meeting_id"))

    op.drop_table("proposals")
    op.drop_table("minutes")
    with op.batch_alter_table("meeting_staff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_staff_staff_id"))

    op.drop_table("meeting_staff")
    op.drop_table("meeting_guardians")
    op.drop_table("guardians")
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolments_institution_id"))
        batch_op.drop_index(batch_op.f("ix_enrolments_group_id"))
        batch_op.drop_index(batch_op.f("ix_enrolments_district_id"))

    op.drop_table("enrolments")
    op.drop_table("breaches")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index("ix_assignments_unit_role")

    op.drop_table("assignments")
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agreements_meeting_id"))

    op.drop_table("agreements")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_tasks_staff_state_due")
        batch_op.drop_index(batch_op.f("ix_tasks_meeting_id"))
        batch_op.drop_index("ix_tasks_institution_state_due")
        batch_op.drop_index(batch_op.f("ix_tasks_child_id"))

    op.drop_table("tasks")
    op.drop_table("staff")
    op.drop_table("settings_versions")
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
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_meetings_open",
            sqlite_where=sa.text("state NOT IN ('closed', 'cancelled')"),
            postgresql_where=sa.text("state NOT IN ('closed', 'cancelled')"),
        )
        batch_op.drop_index(
            "ix_meetings_to_invite",
            sqlite_where=sa.text("state = 'required'"),
            postgresql_where=sa.text("state = 'required'"),
        )
        batch_op.drop_index("ix_meetings_state_hold_by")
        batch_op.drop_index("ix_meetings_institution_state")
        batch_op.drop_index(batch_op.f("ix_meetings_concern_id"))
        batch_op.drop_index(batch_op.f("ix_meetings_child_id"))

    op.drop_table("meetings")
    op.drop_table("institutions")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_handled_at"))

    op.drop_table("inbox")
    with op.batch_alter_table("concerns", schema=None) as batch_op:
        batch_op.drop_index("ix_concerns_child_standing")

    op.drop_table("concerns")
    op.drop_table("children")
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bookings_meeting_id"))

    op.drop_table("bookings")
    op.drop_table("agenda_versions")
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.drop_index("ix_access_log_subject_at")
        batch_op.drop_index(batch_op.f("ix_access_log_at"))

    op.drop_table("access_log")
