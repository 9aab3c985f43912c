"""How an organiser pays, payment batches and their files, what the bank says, and what it matched."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SIGHT = (
    "organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', "
    "true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', "
    "true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT "
    "nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT "
    "nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid ="
    " (SELECT nullif(current_setting('registry.client', true), '')::uuid) END"
)
TABLES = (
    "payment_setting",
    "payment_batch",
    "payment_file",
    "payment_order",
    "bank_file",
    "bank_statement",
    "bank_booking",
    "bank_match",
)
APPEND_ONLY = {"payment_file", "bank_file", "bank_statement", "bank_match"}

KINDS = "'grant', 'return', 'redeem', 'reserve', 'capture', 'release', 'reverse', 'approve_statement', 'approve_credit', 'pay', 'pay_returned', 'pay_again', 'difference_more', 'difference_less'"
KINDS_BEFORE = "'grant', 'return', 'redeem', 'reserve', 'capture', 'release', 'reverse', 'approve_statement', 'approve_credit', 'pay'"
ACCOUNTS = "'budget', 'available', 'reserved', 'captured', 'expense', 'payable', 'bank', 'difference'"
ACCOUNTS_BEFORE = "'budget', 'available', 'reserved', 'captured', 'expense', 'payable', 'bank'"
"""Transfers of four kinds more, and an account for the cents between bank and books."""


def upgrade() -> None:
    _tables()
    for table in TABLES:
        _protect(table, append_only=table in APPEND_ONLY)
    _transfers(KINDS, ACCOUNTS)


def downgrade() -> None:
    _transfers(KINDS_BEFORE, ACCOUNTS_BEFORE)
    for table in reversed(TABLES):
        op.drop_table(table)


def _protect(table: str, *, append_only: bool) -> None:
    op.execute(
        f"GRANT {'SELECT, INSERT' if append_only else 'SELECT, INSERT, UPDATE, DELETE'} ON {table} TO registry_app"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {table}_in_sight ON {table} TO registry_app USING ({SIGHT}) WITH CHECK ({SIGHT})"
    )
    if append_only:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()"
        )


def _transfers(kinds: str, accounts: str) -> None:
    checks = {
        "kind": f"kind IN ({kinds})",
        "from_account": f"from_account IN ({accounts})",
        "to_account": f"to_account IN ({accounts})",
    }
    for column, check in checks.items():
        op.drop_constraint(op.f(f"ck_transfer_{column}"), "transfer", type_="check")
        op.create_check_constraint(op.f(f"ck_transfer_{column}"), "transfer", check)


def _tables() -> None:
    op.create_table(
        "payment_setting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("debtor_name", sa.Text(), nullable=False),
        sa.Column("debtor_iban", sa.Text(), nullable=False),
        sa.Column("debtor_bic", sa.Text(), nullable=False),
        sa.Column("tolerance_cents", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "route <> 'bank_file' OR (debtor_iban <> '' AND debtor_name <> '')",
            name=op.f("ck_payment_setting_payer"),
        ),
        sa.CheckConstraint("route IN ('accounting', 'bank_file')", name=op.f("ck_payment_setting_route")),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_payment_setting_confirmed")
        ),
        sa.CheckConstraint(
            "confirmed_by IS DISTINCT FROM proposed_by", name=op.f("ck_payment_setting_four_eyes")
        ),
        sa.CheckConstraint("tolerance_cents BETWEEN 0 AND 100", name=op.f("ck_payment_setting_tolerance")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_payment_setting_organiser_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_setting")),
    )
    op.create_index(
        "uq_payment_setting_in_force",
        "payment_setting",
        ["organiser_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "uq_payment_setting_waiting",
        "payment_setting",
        ["organiser_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NULL AND ended_at IS NULL"),
    )
    op.create_table(
        "payment_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("debtor_name", sa.Text(), nullable=False),
        sa.Column("debtor_iban", sa.Text(), nullable=False),
        sa.Column("debtor_bic", sa.Text(), nullable=False),
        sa.Column("order_count", sa.BigInteger(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'drafted') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_payment_batch_decided"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by <> made_by", name=op.f("ck_payment_batch_four_eyes")
        ),
        sa.CheckConstraint(
            "state IN ('drafted', 'approved', 'withdrawn')", name=op.f("ck_payment_batch_state")
        ),
        sa.CheckConstraint("order_count > 0 AND total_cents > 0", name=op.f("ck_payment_batch_not_empty")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_payment_batch_organiser_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batch")),
        sa.UniqueConstraint("id", "organiser_id", name=op.f("uq_payment_batch_id_organiser_id")),
    )
    op.create_index("ix_payment_batch_organiser", "payment_batch", ["organiser_id", "made_at"], unique=False)
    op.create_table(
        "payment_file",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_payment_file_sha256")),
        sa.ForeignKeyConstraint(
            ["batch_id", "organiser_id"],
            ["payment_batch.id", "payment_batch.organiser_id"],
            name=op.f("fk_payment_file_batch_id_organiser_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_payment_file")),
    )
    op.create_table(
        "payment_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("payee_iban", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("matched_cents", sa.BigInteger(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('drafted', 'withdrawn')) = (payment_id IS NULL)",
            name=op.f("ck_payment_order_in_books"),
        ),
        sa.CheckConstraint(
            "state <> 'booked' OR matched_cents = amount_cents", name=op.f("ck_payment_order_booked_whole")
        ),
        sa.CheckConstraint(
            "state <> 'ordered' OR matched_cents < amount_cents",
            name=op.f("ck_payment_order_ordered_in_part"),
        ),
        sa.CheckConstraint(
            "state IN ('drafted', 'ordered', 'booked', 'returned', 'withdrawn')",
            name=op.f("ck_payment_order_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('drafted', 'withdrawn') OR matched_cents = 0",
            name=op.f("ck_payment_order_not_sent"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payment_order_amount_positive")),
        sa.CheckConstraint(
            "matched_cents BETWEEN 0 AND amount_cents", name=op.f("ck_payment_order_matched_once")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "organiser_id"],
            ["payment_batch.id", "payment_batch.organiser_id"],
            name=op.f("fk_payment_order_batch_id_organiser_id"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "organiser_id", "provider_id"],
            ["payment.id", "payment.organiser_id", "payment.provider_id"],
            name=op.f("fk_payment_order_payment_id_organiser_id_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
            name=op.f("fk_payment_order_statement_id_organiser_id_provider_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_order")),
        sa.UniqueConstraint("id", "organiser_id", name=op.f("uq_payment_order_id_organiser_id")),
    )
    op.create_index(op.f("ix_payment_order_batch_id"), "payment_order", ["batch_id"], unique=False)
    op.create_index("ix_payment_order_organiser", "payment_order", ["organiser_id", "state"], unique=False)
    op.create_index(op.f("ix_payment_order_payment_id"), "payment_order", ["payment_id"], unique=False)
    op.create_index(
        "uq_payment_order_live",
        "payment_order",
        ["statement_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('drafted', 'ordered', 'booked')"),
    )
    op.create_table(
        "bank_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_from", sa.Uuid(), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_bank_file_sha256")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_bank_file_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("id", "organiser_id", name=op.f("uq_bank_file_id_organiser_id")),
        sa.UniqueConstraint("organiser_id", "sha256", name=op.f("uq_bank_file_organiser_id_sha256")),
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("opening_cents", sa.BigInteger(), nullable=True),
        sa.Column("closing_cents", sa.BigInteger(), nullable=True),
        sa.Column("moved_cents", sa.BigInteger(), nullable=False),
        sa.Column("booking_count", sa.BigInteger(), nullable=False),
        sa.Column("new_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind = '054' OR closing_cents = opening_cents + moved_cents AND closing_cents IS NOT NULL",
            name=op.f("ck_bank_statement_adds_up"),
        ),
        sa.CheckConstraint("kind IN ('053', '054')", name=op.f("ck_bank_statement_kind")),
        sa.CheckConstraint("new_count BETWEEN 0 AND booking_count", name=op.f("ck_bank_statement_counts")),
        sa.ForeignKeyConstraint(
            ["file_id", "organiser_id"],
            ["bank_file.id", "bank_file.organiser_id"],
            name=op.f("fk_bank_statement_file_id_organiser_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint("id", "organiser_id", name=op.f("uq_bank_statement_id_organiser_id")),
    )
    op.create_index(op.f("ix_bank_statement_file_id"), "bank_statement", ["file_id"], unique=False)
    op.create_table(
        "bank_booking",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("bank_statement_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("own_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("payment_info_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=False),
        sa.Column("counterparty_iban", sa.Text(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("matched_cents", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "NOT settled OR matched_cents = 0", name=op.f("ck_bank_booking_settled_or_matched")
        ),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_bank_booking_amount_not_zero")),
        sa.CheckConstraint(
            "matched_cents BETWEEN 0 AND abs(amount_cents)", name=op.f("ck_bank_booking_matched_once")
        ),
        sa.ForeignKeyConstraint(
            ["bank_statement_id", "organiser_id"],
            ["bank_statement.id", "bank_statement.organiser_id"],
            name=op.f("fk_bank_booking_bank_statement_id_organiser_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_booking")),
        sa.UniqueConstraint("id", "organiser_id", name=op.f("uq_bank_booking_id_organiser_id")),
        sa.UniqueConstraint(
            "organiser_id", "account", "own_id", name=op.f("uq_bank_booking_organiser_id_account_own_id")
        ),
    )
    op.create_index(
        op.f("ix_bank_booking_bank_statement_id"), "bank_booking", ["bank_statement_id"], unique=False
    )
    op.create_index(
        "ix_bank_booking_open",
        "bank_booking",
        ["organiser_id", "booked_on"],
        unique=False,
        postgresql_where=sa.text("matched_cents < abs(amount_cents) AND NOT settled"),
    )
    op.create_table(
        "bank_match",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("booking_cents", sa.BigInteger(), nullable=False),
        sa.Column("order_cents", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("undoes", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'returned' OR booking_cents <> order_cents) = (transfer_id IS NOT NULL)",
            name=op.f("ck_bank_match_in_ledger"),
        ),
        sa.CheckConstraint("kind IN ('paid', 'returned')", name=op.f("ck_bank_match_kind")),
        sa.CheckConstraint(
            "step IN ('end_to_end', 'batch', 'reference', 'amount', 'group', 'instalments', 'hand')",
            name=op.f("ck_bank_match_step"),
        ),
        sa.CheckConstraint("abs(booking_cents - order_cents) <= 100", name=op.f("ck_bank_match_tolerance")),
        sa.CheckConstraint("booking_cents > 0 AND order_cents > 0", name=op.f("ck_bank_match_amounts")),
        sa.ForeignKeyConstraint(
            ["booking_id", "organiser_id"],
            ["bank_booking.id", "bank_booking.organiser_id"],
            name=op.f("fk_bank_match_booking_id_organiser_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "organiser_id"],
            ["payment_order.id", "payment_order.organiser_id"],
            name=op.f("fk_bank_match_order_id_organiser_id"),
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_bank_match_transfer_id")),
        sa.ForeignKeyConstraint(["undoes"], ["bank_match.id"], name=op.f("fk_bank_match_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_match")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_bank_match_transfer_id")),
        sa.UniqueConstraint("undoes", name=op.f("uq_bank_match_undoes")),
    )
    op.create_index(op.f("ix_bank_match_booking_id"), "bank_match", ["booking_id"], unique=False)
    op.create_index(op.f("ix_bank_match_order_id"), "bank_match", ["order_id"], unique=False)
