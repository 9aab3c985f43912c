"""A disputed line waits: it is taken off its statement by a line against it, and comes back on a later one."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0024"
branch_labels = None
depends_on = None

ITSELF = "id = coalesce(return_id, dispute_id, reversal_id, redemption_id)"
SIGN = (
    "CASE WHEN (reversal_id IS NULL) = (dispute_id IS NULL) THEN amount_cents > 0 ELSE amount_cents < 0 END"
)
ITSELF_BEFORE = "id = coalesce(reversal_id, redemption_id)"
SIGN_BEFORE = "CASE WHEN reversal_id IS NULL THEN amount_cents > 0 ELSE amount_cents < 0 END"


def _stands(itself: str, sign: str) -> None:
    for name, condition in (("stands_for_itself", itself), ("sign", sign)):
        op.drop_constraint(op.f(f"ck_statement_line_{name}"), "statement_line", type_="check")
        op.create_check_constraint(op.f(f"ck_statement_line_{name}"), "statement_line", condition)


def upgrade() -> None:
    op.add_column("line_dispute", sa.Column("redemption_id", sa.Uuid(), nullable=True))
    op.add_column("line_dispute", sa.Column("return_id", sa.Uuid(), nullable=True))
    op.add_column("line_dispute", sa.Column("reversal_id", sa.Uuid(), nullable=True))
    for column, target in (("redemption_id", "redemption"), ("reversal_id", "reversal")):
        op.create_foreign_key(op.f(f"fk_line_dispute_{column}"), "line_dispute", target, [column], ["id"])
    op.create_unique_constraint(op.f("uq_line_dispute_return_id"), "line_dispute", ["return_id"])
    op.create_check_constraint(
        op.f("ck_line_dispute_waits_for_a_charge"),
        "line_dispute",
        "return_id IS NULL OR redemption_id IS NOT NULL",
    )
    waits = sa.text("return_id IS NOT NULL")
    op.create_index(
        "uq_line_dispute_taken_off",
        "line_dispute",
        ["statement_line_id"],
        unique=True,
        postgresql_where=waits,
    )
    op.create_index(
        "ix_line_dispute_waits", "line_dispute", ["organiser_id", "redemption_id"], postgresql_where=waits
    )
    op.add_column("statement_line", sa.Column("dispute_id", sa.Uuid(), nullable=True))
    op.add_column("statement_line", sa.Column("return_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_statement_line_dispute_id"), "statement_line", "line_dispute", ["dispute_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_statement_line_return_id"), "statement_line", "line_dispute", ["return_id"], ["return_id"]
    )
    op.create_check_constraint(
        op.f("ck_statement_line_off_or_back"), "statement_line", "dispute_id IS NULL OR return_id IS NULL"
    )
    _stands(ITSELF, SIGN)


def downgrade() -> None:
    _stands(ITSELF_BEFORE, SIGN_BEFORE)
    op.drop_constraint(op.f("ck_statement_line_off_or_back"), "statement_line", type_="check")
    for column in ("return_id", "dispute_id"):
        op.drop_constraint(op.f(f"fk_statement_line_{column}"), "statement_line", type_="foreignkey")
        op.drop_column("statement_line", column)
    op.drop_index("ix_line_dispute_waits", "line_dispute")
    op.drop_index("uq_line_dispute_taken_off", "line_dispute")
    op.drop_constraint(op.f("ck_line_dispute_waits_for_a_charge"), "line_dispute", type_="check")
    for column in ("reversal_id", "return_id", "redemption_id"):
        op.drop_column("line_dispute", column)
