"""the relay's fence, in place of a lease of each event

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox_fence",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="1: there is one row"),
        sa.Column("token", sa.Uuid(as_uuid=False), nullable=False, comment="of the relay that may publish"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_fence")),
    )
    op.drop_index("ix_outbox_published_at", "outbox")


def downgrade() -> None:
    op.create_index("ix_outbox_published_at", "outbox", ["published_at"], unique=False)
    op.drop_table("outbox_fence")
