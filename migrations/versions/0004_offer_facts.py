"""What a provider states of how it works: one person all along, and with whom it has experience."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EXPERIENCE = "experience <@ ARRAY['first_job', 'studies_unfinished', 'long_unemployed', 'new_in_finland', 'health', 'learning', 'family_leave', 'over_50']"


def upgrade() -> None:
    op.add_column("admission", sa.Column("same_coach", sa.Boolean(), nullable=True))
    op.add_column(
        "admission",
        sa.Column("experience", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.create_check_constraint(op.f("ck_admission_experience"), "admission", EXPERIENCE)


def downgrade() -> None:
    op.drop_constraint("ck_admission_experience", "admission")
    op.drop_column("admission", "experience")
    op.drop_column("admission", "same_coach")
