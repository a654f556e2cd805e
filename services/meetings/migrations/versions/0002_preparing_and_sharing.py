"""preparing a meeting step by step, interpreters ordered, minutes shared

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

import services.chassis.columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shared_minutes",
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("minutes_version", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("agreements", sa.JSON(), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("link_until", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("shared_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("shared_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_shared_minutes_meeting_id_meetings")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "edition", name=op.f("pk_shared_minutes")),
    )
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agenda_items", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("plan", sa.JSON(), nullable=True))
        batch_op.add_column(
            sa.Column("started_at", services.chassis.columns.Moment(timezone=True), nullable=True)
        )
    with op.batch_alter_table("meeting_guardians", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("interpreter_ordered", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column(
                "interpreter_age", sa.String(length=20), nullable=True, comment="adult or unproblematic"
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("meeting_guardians", schema=None) as batch_op:
        batch_op.drop_column("interpreter_age")
        batch_op.drop_column("interpreter_ordered")
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_column("started_at")
        batch_op.drop_column("plan")
        batch_op.drop_column("agenda_items")
    op.drop_table("shared_minutes")
