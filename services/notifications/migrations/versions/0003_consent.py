"""notices about consent

Revision: 0003, after 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BEFORE = "about IN ('concern', 'invitation', 'confirmation', 'cancellation', 'minutes')"
AFTER = (
    "about IN ('concern', 'invitation', 'confirmation', 'cancellation', 'minutes', 'consent', 'withdrawal')"
)


def _allow(condition: str) -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_notice_about"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_notice_about"), condition)


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE about IN ('consent', 'withdrawal')")
    _allow(BEFORE)
