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
        "children",
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("born", sa.Date(), nullable=True),
        sa.Column(
            "language", sa.String(length=10), nullable=False, comment="what a young person is written to in"
        ),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_children")),
    )
    op.create_table(
        "consents",
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("group_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("information", sa.JSON(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False, comment="unit_id, kind and name of each"),
        sa.Column("legal_basis", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column(
            "edition", sa.Integer(), nullable=False, comment="how often signatories have been written to"
        ),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("answer_by", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("link_until", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("granted_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=True),
        sa.Column("supersedes", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("correlation_id", sa.String(length=80), nullable=False),
        sa.Column("traceparent", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(
            "ix_consents_answer_by",
            ["answer_by"],
            unique=False,
            sqlite_where=sa.text("state IN ('requested', 'partial')"),
            postgresql_where=sa.text("state IN ('requested', 'partial')"),
        )
        batch_op.create_index(
            "ix_consents_child_purpose_state", ["child_id", "purpose", "state"], unique=False
        )
        batch_op.create_index("ix_consents_institution_state", ["institution_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_consents_supersedes"), ["supersedes"], unique=False)
        batch_op.create_index(
            "ix_consents_valid_to",
            ["valid_to"],
            unique=False,
            sqlite_where=sa.text("state = 'granted'"),
            postgresql_where=sa.text("state = 'granted'"),
        )

    op.create_table(
        "exchanges",
        sa.Column("exchange_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("information", sa.JSON(), nullable=False),
        sa.Column("necessity", sa.Text(), nullable=False),
        sa.Column("exceptional_reason", sa.Text(), nullable=True),
        sa.Column("consent_sought", sa.Boolean(), nullable=False),
        sa.Column("parents_told", sa.Boolean(), nullable=False),
        sa.Column("registered_by", sa.String(length=80), nullable=False),
        sa.Column("registered_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("basis <> 'ssd' OR sequence <= 2", name=op.f("ck_exchanges_no_third")),
        sa.PrimaryKeyConstraint("exchange_id", name=op.f("pk_exchanges")),
        sa.UniqueConstraint(
            "child_id",
            "basis",
            "first_on",
            "sequence",
            name=op.f("uq_exchanges_child_id_basis_first_on_sequence"),
        ),
    )
    with op.batch_alter_table("exchanges", schema=None) as batch_op:
        batch_op.create_index("ix_exchanges_child_held_on", ["child_id", "held_on"], unique=False)

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
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("stored_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("stored_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_settings_versions")),
    )
    op.create_table(
        "steps",
        sa.Column("step_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("exchange_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_steps")),
    )
    with op.batch_alter_table("steps", schema=None) as batch_op:
        batch_op.create_index("ix_steps_child_at", ["child_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_steps_consent_id"), ["consent_id"], unique=False)

    op.create_table(
        "template_versions",
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("stored_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("stored_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("language", "version", name=op.f("pk_template_versions")),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("subscriber", sa.String(length=40), nullable=False),
        sa.Column("withdrawn_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("due_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("acknowledged_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.consent_id"], name=op.f("fk_acknowledgements_consent_id_consents")
        ),
        sa.PrimaryKeyConstraint("consent_id", "subscriber", name=op.f("pk_acknowledgements")),
    )
    with op.batch_alter_table("acknowledgements", schema=None) as batch_op:
        batch_op.create_index(
            "ix_acknowledgements_missing",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("acknowledged_at IS NULL"),
            postgresql_where=sa.text("acknowledged_at IS NULL"),
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
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.child_id"], name=op.f("fk_guardians_child_id_children")
        ),
        sa.PrimaryKeyConstraint("child_id", "guardian_id", name=op.f("pk_guardians")),
    )
    op.create_table(
        "reminders",
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("after_days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sent_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.consent_id"], name=op.f("fk_reminders_consent_id_consents")
        ),
        sa.PrimaryKeyConstraint("consent_id", "kind", "after_days", name=op.f("pk_reminders")),
    )
    op.create_table(
        "scans",
        sa.Column("scan_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.consent_id"], name=op.f("fk_scans_consent_id_consents")
        ),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_scans")),
    )
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scans_consent_id"), ["consent_id"], unique=False)

    op.create_table(
        "shown_texts",
        sa.Column("text_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signatory_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False, comment="0 is our own text"),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.consent_id"], name=op.f("fk_shown_texts_consent_id_consents")
        ),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_shown_texts")),
        sa.UniqueConstraint(
            "consent_id",
            "signatory_id",
            "text_hash",
            name=op.f("uq_shown_texts_consent_id_signatory_id_text_hash"),
        ),
    )
    op.create_table(
        "signatories",
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signatory_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column(
            "language", sa.String(length=10), nullable=False, comment="her own, whether or not we write it"
        ),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("text_id", sa.Uuid(as_uuid=False), nullable=False, comment="the text she is shown now"),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.consent_id"], name=op.f("fk_signatories_consent_id_consents")
        ),
        sa.PrimaryKeyConstraint("consent_id", "signatory_id", name=op.f("pk_signatories")),
    )
    op.create_table(
        "signatures",
        sa.Column("signature_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signatory_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column(
            "signed_on", sa.Date(), nullable=False, comment="the day on the paper, else the day of the answer"
        ),
        sa.Column("method", sa.String(length=10), nullable=False, comment="link, oidc, paper or word"),
        sa.Column(
            "assurance",
            sa.String(length=40),
            nullable=False,
            comment="local, or what an identity provider gave",
        ),
        sa.Column("evidence", sa.String(length=64), nullable=True, comment="digest of the provider's token"),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("noted_by", sa.String(length=80), nullable=True, comment="the staff who noted it for her"),
        sa.Column("scan_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.consent_id"], name=op.f("fk_signatures_consent_id_consents")
        ),
        sa.PrimaryKeyConstraint("signature_id", name=op.f("pk_signatures")),
    )
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signatures_consent_id"), ["consent_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signatures_consent_id"))

    op.drop_table("signatures")
    op.drop_table("signatories")
    op.drop_table("shown_texts")
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scans_consent_id"))

    op.drop_table("scans")
    op.drop_table("reminders")
    op.drop_table("guardians")
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolments_institution_id"))
        batch_op.drop_index(batch_op.f("ix_enrolments_group_id"))
        batch_op.drop_index(batch_op.f("ix_enrolments_district_id"))

    op.drop_table("enrolments")
    with op.batch_alter_table("acknowledgements", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_acknowledgements_missing",
            sqlite_where=sa.text("acknowledged_at IS NULL"),
            postgresql_where=sa.text("acknowledged_at IS NULL"),
        )

    op.drop_table("acknowledgements")
    op.drop_table("template_versions")
    with op.batch_alter_table("steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_steps_consent_id"))
        batch_op.drop_index("ix_steps_child_at")

    op.drop_table("steps")
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
    op.drop_table("institutions")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_handled_at"))

    op.drop_table("inbox")
    with op.batch_alter_table("exchanges", schema=None) as batch_op:
        batch_op.drop_index("ix_exchanges_child_held_on")

    op.drop_table("exchanges")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_consents_valid_to",
            sqlite_where=sa.text("state = 'granted'"),
            postgresql_where=sa.text("state = 'granted'"),
        )
        batch_op.drop_index(batch_op.f("ix_consents_supersedes"))
        batch_op.drop_index("ix_consents_institution_state")
        batch_op.drop_index("ix_consents_child_purpose_state")
        batch_op.drop_index(
            "ix_consents_answer_by",
            sqlite_where=sa.text("state IN ('requested', 'partial')"),
            postgresql_where=sa.text("state IN ('requested', 'partial')"),
        )

    op.drop_table("consents")
    op.drop_table("children")
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.drop_index("ix_access_log_subject_at")
        batch_op.drop_index(batch_op.f("ix_access_log_at"))

    op.drop_table("access_log")
