"""the parents' own look at a transition form, its steps, and tasks that know their transition

Revision: 0005, after 0004
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

import services.chassis.columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = ("transition", "transition_blocked", "receive_transition")


def upgrade() -> None:
    op.create_table(
        "transition_looks",
        sa.Column("transition_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("guardian_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("seen_at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("objects", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["transition_id"],
            ["transitions.transition_id"],
            name=op.f("fk_transition_looks_transition_id_transitions"),
        ),
        sa.PrimaryKeyConstraint("transition_id", "guardian_id", name=op.f("pk_transition_looks")),
    )
    op.create_table(
        "transition_steps",
        sa.Column("step_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("transition_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("child_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", services.chassis.columns.Moment(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.String(length=30), nullable=True),
        sa.ForeignKeyConstraint(
            ["transition_id"],
            ["transitions.transition_id"],
            name=op.f("fk_transition_steps_transition_id_transitions"),
        ),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_transition_steps")),
    )
    with op.batch_alter_table("transition_steps", schema=None) as batch_op:
        batch_op.create_index("ix_transition_steps_child_at", ["child_id", "at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_transition_steps_transition_id"), ["transition_id"], unique=False
        )
    with op.batch_alter_table("transitions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("shown_at", services.chassis.columns.Moment(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("link_until", services.chassis.columns.Moment(timezone=True), nullable=True)
        )
    with op.batch_alter_table("concerns", schema=None) as batch_op:
        batch_op.add_column(sa.Column("round_id", sa.Uuid(as_uuid=False), nullable=True))
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("transition_id", sa.Uuid(as_uuid=False), nullable=True))
        batch_op.create_index(batch_op.f("ix_tasks_transition_id"), ["transition_id"], unique=False)
    _name_transitions()


def _name_transitions() -> None:
    """The tasks there are were known by their name alone: kind, transition and version."""
    tasks = sa.table(
        "tasks",
        sa.column("task_id", sa.Uuid(as_uuid=False)),
        sa.column("kind", sa.String),
        sa.column("once", sa.String),
        sa.column("transition_id", sa.Uuid(as_uuid=False)),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(tasks).where(tasks.c.kind.in_(KINDS))).all():
        connection.execute(
            tasks.update()
            .where(tasks.c.task_id == row.task_id)
            .values(transition_id=str(UUID(row.once.split(":")[1])))
        )


def downgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tasks_transition_id"))
        batch_op.drop_column("transition_id")
    with op.batch_alter_table("concerns", schema=None) as batch_op:
        batch_op.drop_column("round_id")
    with op.batch_alter_table("transition_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transition_steps_transition_id"))
        batch_op.drop_index("ix_transition_steps_child_at")
    op.drop_table("transition_steps")
    op.drop_table("transition_looks")
    with op.batch_alter_table("transitions", schema=None) as batch_op:
        batch_op.drop_column("link_until")
        batch_op.drop_column("shown_at")
        batch_op.drop_column("edition")
