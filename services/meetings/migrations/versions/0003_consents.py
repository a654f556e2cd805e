"""further meetings, and the consents they rest on

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

import services.chassis.columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the event that told the state"),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(
            "ix_consents_child_purpose_state", ["child_id", "purpose", "state"], unique=False
        )

    op.create_table(
        "meeting_specialists",
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_meeting_specialists_meeting_id_meetings")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "staff_id", name=op.f("pk_meeting_specialists")),
    )
    with op.batch_alter_table("meeting_specialists", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_specialists_staff_id"), ["staff_id"], unique=False)

    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("follows", sa.Uuid(as_uuid=False), nullable=True))
        batch_op.add_column(sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=True))
        batch_op.add_column(
            sa.Column("suspended_at", services.chassis.columns.Moment(timezone=True), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_meetings_consent_id"), ["consent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meetings_follows"), ["follows"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetings_follows"))
        batch_op.drop_index(batch_op.f("ix_meetings_consent_id"))
        batch_op.drop_column("suspended_at")
        batch_op.drop_column("consent_id")
        batch_op.drop_column("follows")

    with op.batch_alter_table("meeting_specialists", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_specialists_staff_id"))

    op.drop_table("meeting_specialists")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_index("ix_consents_child_purpose_state")

    op.drop_table("consents")
