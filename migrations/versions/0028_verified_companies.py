"""Whether a client company was found in the company register under its name and business id."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "client_person", sa.Column("identity_verified_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_client_person_identity_verified"),
        "client_person",
        "identity_verified_at IS NULL OR identity_hash IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_client_person_identity_verified"), "client_person", type_="check")
    op.drop_column("client_person", "identity_verified_at")
