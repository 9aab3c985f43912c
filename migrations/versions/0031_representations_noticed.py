"""A request to act for an organisation is reminded of, after the days that the organiser says."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("representation", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "organiser",
        sa.Column("representation_days", sa.BigInteger(), server_default=sa.text("7"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_organiser_representation_days"), "organiser", "representation_days BETWEEN 1 AND 60"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_organiser_representation_days"), "organiser", type_="check")
    op.drop_column("organiser", "representation_days")
    op.drop_column("representation", "reminded_at")
