"""the kinds of information that a consent names

Those of consents told before come when they are read anew (``trivsel projection rebuild meetings``); until
then a consent to share a record opens nothing.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "information", sa.JSON(), server_default="[]", nullable=False, comment="kinds, as codes"
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_column("information")
