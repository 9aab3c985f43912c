"""What an allowance's coming months bring is set aside in the budget.

A voucher from before has nothing set aside; it catches up with its next month, where its line has room.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0023"
branch_labels = None
depends_on = None

NEW_KINDS = ("commit", "uncommit")
NEW_ACCOUNTS = ("committed",)


def _transfers(*, wider: bool) -> None:
    """Transfers of what is set aside, beside those that there are."""
    bind = op.get_bind()
    for column, new in (("kind", NEW_KINDS), ("from_account", NEW_ACCOUNTS), ("to_account", NEW_ACCOUNTS)):
        name = f"ck_transfer_{column}"
        text = bind.execute(
            sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
            {"name": name},
        ).scalar_one()
        before = [value for value in re.findall(r"'([a-z_]+)'", text) if value not in new]
        allowed = [*before, *new] if wider else before
        op.drop_constraint(op.f(name), "transfer", type_="check")
        values = ", ".join(f"'{value}'" for value in allowed)
        op.create_check_constraint(op.f(name), "transfer", f"{column} IN ({values})")


def upgrade() -> None:
    _transfers(wider=True)
    op.add_column(
        "voucher", sa.Column("committed_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_voucher_committed"),
        "voucher",
        "committed_cents = 0 OR (committed_cents > 0 AND allowance_cents IS NOT NULL AND ended_at IS NULL)",
    )
    op.add_column(
        "carried_commitment",
        sa.Column("committed_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.alter_column("carried_commitment", "transfer_id", nullable=True)
    op.drop_constraint(op.f("ck_carried_commitment_amount_positive"), "carried_commitment", type_="check")
    op.create_check_constraint(
        op.f("ck_carried_commitment_amount_positive"),
        "carried_commitment",
        "amount_cents >= 0 AND committed_cents >= 0 AND amount_cents + committed_cents > 0"
        " AND (transfer_id IS NULL) = (amount_cents = 0)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_carried_commitment_amount_positive"), "carried_commitment", type_="check")
    op.create_check_constraint(
        op.f("ck_carried_commitment_amount_positive"), "carried_commitment", "amount_cents > 0"
    )
    op.alter_column("carried_commitment", "transfer_id", nullable=False)
    op.drop_column("carried_commitment", "committed_cents")
    op.drop_constraint(op.f("ck_voucher_committed"), "voucher", type_="check")
    op.drop_column("voucher", "committed_cents")
    _transfers(wider=False)
