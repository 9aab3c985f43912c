"""What many rows at once need: finding the statement of a CSV invoice by what its lines refer to, and room beside a voucher
for its next version, so that a draw on it touches no index."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE statement_line ADD COLUMN reference text NOT NULL"
        " GENERATED ALWAYS AS (right(replace(redemption_id::text, '-', ''), 12)) STORED"
    )
    op.execute("CREATE INDEX ix_statement_line_reference ON statement_line (reference)")
    op.execute("ALTER TABLE voucher SET (fillfactor = 85)")


def downgrade() -> None:
    op.execute("ALTER TABLE voucher RESET (fillfactor)")
    op.execute("ALTER TABLE statement_line DROP COLUMN reference")
