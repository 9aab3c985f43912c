"""What came in beyond a claim can be set aside, for it is sent back outside the vouchers' books."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_NAME = "ck_bank_booking_settled_or_matched"


def upgrade() -> None:
    op.drop_constraint(op.f(_NAME), "bank_booking", type_="check")
    op.create_check_constraint(
        op.f(_NAME), "bank_booking", "NOT settled OR matched_cents = 0 OR amount_cents > matched_cents"
    )


def downgrade() -> None:
    # a rest that was set aside is an exception again
    op.execute("UPDATE bank_booking SET settled = false WHERE settled AND matched_cents > 0")
    op.drop_constraint(op.f(_NAME), "bank_booking", type_="check")
    op.create_check_constraint(op.f(_NAME), "bank_booking", "NOT settled OR matched_cents = 0")
