"""a child's change of institution

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

import services.chassis.columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transitions",
        sa.Column("transition_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("from_institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("from_group_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("to_institution_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("to_group_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("concern", sa.Boolean(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("policy", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("consent_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("released_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("released_by", sa.String(length=80), nullable=True),
        sa.Column("received_at", services.chassis.columns.Moment(timezone=True), nullable=True),
        sa.Column("received_by", sa.String(length=80), nullable=True),
        sa.Column("created_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("transition_id", name=op.f("pk_transitions")),
    )
    with op.batch_alter_table("transitions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transitions_child_id"), ["child_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_transitions_consent_id"), ["consent_id"], unique=False)
        batch_op.create_index(
            "ix_transitions_from_institution_state", ["from_institution_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_transitions_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(
            "ix_transitions_to_institution_state", ["to_institution_id", "state"], unique=False
        )
        batch_op.create_index(
            "uq_transitions_way",
            ["child_id", "from_institution_id", "to_institution_id", "starts_on"],
            unique=True,
        )


def downgrade() -> None:
    with op.batch_alter_table("transitions", schema=None) as batch_op:
        batch_op.drop_index("uq_transitions_way")
        batch_op.drop_index("ix_transitions_to_institution_state")
        batch_op.drop_index(batch_op.f("ix_transitions_meeting_id"))
        batch_op.drop_index("ix_transitions_from_institution_state")
        batch_op.drop_index(batch_op.f("ix_transitions_consent_id"))
        batch_op.drop_index(batch_op.f("ix_transitions_child_id"))

    op.drop_table("transitions")
