"""notices about a change of institution

Revision: 0004, after 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BEFORE = (
    "about IN ('concern', 'invitation', 'confirmation', 'cancellation', 'minutes', 'consent', 'withdrawal')"
)
AFTER = BEFORE.removesuffix(")") + ", 'transition')"


def _allow(condition: str) -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_notice_about"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_notice_about"), condition)


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE about = 'transition'")
    _allow(BEFORE)
