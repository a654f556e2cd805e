"""notices about minutes

Revision: 0002, after 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BEFORE = "about IN ('concern', 'invitation', 'confirmation', 'cancellation')"
AFTER = "about IN ('concern', 'invitation', 'confirmation', 'cancellation', 'minutes')"


def _allow(condition: str) -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_notice_about"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_notice_about"), condition)


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE about = 'minutes'")
    _allow(BEFORE)
