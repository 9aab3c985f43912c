"""VAT by service and provider: its category and reason with every price, choice, redemption and line of a statement."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = ("admission", "admission_price", "assignment", "redemption", "statement_line")
CHECK = (
    "vat_category IS NULL OR (vat_category IN ('S', 'E', 'AE', 'Z', 'O')"
    " AND (vat_category = 'S') = (vat_rate_bp > 0)"
    " AND (vat_category IN ('S', 'Z')) = (vat_reason IS NULL) AND vat_reason IS DISTINCT FROM '')"
)


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("vat_category", sa.Text()))
        op.add_column(table, sa.Column("vat_reason", sa.Text()))
        op.create_check_constraint(op.f(f"ck_{table}_vat_category"), table, CHECK)
    op.add_column("admission", sa.Column("vat_since", sa.Date()))
    op.add_column("accrued_item", sa.Column("vat_category", sa.Text()))


def downgrade() -> None:
    op.drop_column("accrued_item", "vat_category")
    op.drop_column("admission", "vat_since")
    for table in reversed(TABLES):
        op.drop_constraint(op.f(f"ck_{table}_vat_category"), table)
        op.drop_column(table, "vat_reason")
        op.drop_column(table, "vat_category")
