"""What a redemption tells of its event: what was done, and who was there."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("redemption", sa.Column("activity", sa.Text(), nullable=True))
    op.add_column("redemption", sa.Column("attended", sa.Text(), nullable=True))
    op.add_column("redemption", sa.Column("group_size", sa.BigInteger(), nullable=True))
    for name, condition in REDEMPTION_CHECKS.items():
        op.execute(f"ALTER TABLE redemption ADD CONSTRAINT ck_redemption_{name} CHECK ({condition})")


def downgrade() -> None:
    for name in REDEMPTION_CHECKS:
        op.drop_constraint(f"ck_redemption_{name}", "redemption")
    op.drop_column("redemption", "group_size")
    op.drop_column("redemption", "attended")
    op.drop_column("redemption", "activity")


REDEMPTION_CHECKS = {
    "activity": "activity IS NULL OR activity IN ('meeting', 'remote', 'group', 'workplace', 'training',"
    " 'assessment', 'writing', 'other')",
    "attended": "attended IS NULL OR attended IN ('client', 'client_and_other', 'group', 'nobody')",
    "group_size": "group_size IS NULL OR (attended = 'group' AND group_size BETWEEN 2 AND 500)",
}
