"""Claims on providers for what no payment nets."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0025"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON claim TO registry_app",
    "ALTER TABLE claim ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE claim FORCE ROW LEVEL SECURITY",
    "CREATE POLICY claim_in_sight ON claim TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT ON claim_receipt TO registry_app",
    "ALTER TABLE claim_receipt ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE claim_receipt FORCE ROW LEVEL SECURITY",
    "CREATE POLICY claim_receipt_in_sight ON claim_receipt TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER claim_receipt_append_only BEFORE UPDATE OR DELETE ON claim_receipt FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER claim_receipt_no_truncate BEFORE TRUNCATE ON claim_receipt FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON claim_write_off TO registry_app",
    "ALTER TABLE claim_write_off ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE claim_write_off FORCE ROW LEVEL SECURITY",
    "CREATE POLICY claim_write_off_in_sight ON claim_write_off TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON claimed_statement TO registry_app",
    "ALTER TABLE claimed_statement ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE claimed_statement FORCE ROW LEVEL SECURITY",
    "CREATE POLICY claimed_statement_in_sight ON claimed_statement TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
)


NEW_KINDS = ("receive", "receive_undone", "write_off", "recover")
NEW_ACCOUNTS = ("loss",)

NETTED_OR_CLAIMED = """CREATE FUNCTION registry_netted_or_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE taken boolean;
BEGIN
  IF TG_TABLE_NAME = 'paid_statement' THEN
    taken := EXISTS (SELECT FROM public.claimed_statement c WHERE c.statement_id = NEW.statement_id AND c.standing);
  ELSE
    taken := EXISTS (SELECT FROM public.paid_statement p WHERE p.statement_id = NEW.statement_id);
  END IF;
  IF taken THEN
    RAISE EXCEPTION 'a credit is netted or claimed, not both' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'netted_or_claimed';
  END IF;
  RETURN NEW;
END $$"""
"""What a provider owes leaves the books once: taken along by a payment, or claimed from it."""

TRIGGERS = (
    "CREATE TRIGGER paid_statement_not_claimed BEFORE INSERT ON paid_statement FOR EACH ROW WHEN (NEW.amount_cents < 0)"
    " EXECUTE FUNCTION registry_netted_or_claimed()",
    "CREATE TRIGGER claimed_statement_not_netted BEFORE INSERT OR UPDATE ON claimed_statement FOR EACH ROW"
    " WHEN (NEW.standing) EXECUTE FUNCTION registry_netted_or_claimed()",
)


def _transfers(*, wider: bool) -> None:
    """Transfers of claims, beside those that there are."""
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
    _tables()
    for statement in PROTECTION:
        op.execute(statement)
    _transfers(wider=True)
    op.add_column(
        "payment_setting",
        sa.Column("claim_days", sa.BigInteger(), server_default=sa.text("30"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_payment_setting_claim_days"), "payment_setting", "claim_days BETWEEN 14 AND 90"
    )
    op.execute(NETTED_OR_CLAIMED)
    op.execute("REVOKE ALL ON FUNCTION registry_netted_or_claimed() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION registry_netted_or_claimed() TO registry_app, registry_lookup")
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    # a letter has gone out: that is not forgotten because a program is taken back
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM claim) THEN RAISE EXCEPTION 'there are claims'; END IF; END $$"
    )
    op.execute("DROP TRIGGER paid_statement_not_claimed ON paid_statement")
    for table in ("claim_receipt", "claimed_statement", "claim_write_off", "claim"):
        op.drop_table(table)
    op.execute("DROP FUNCTION registry_netted_or_claimed()")
    op.drop_column("payment_setting", "claim_days")
    _transfers(wider=False)


def _tables() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table(
        "claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("received_cents", sa.BigInteger(), nullable=False),
        sa.Column("written_off_cents", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("payee_iban", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        sa.Column("cancelled_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL) AND (cancelled_at IS NULL) = (cancelled_by IS NULL) AND (cancelled_at IS NULL) = (cancelled_why IS NULL)",
            name=op.f("ck_claim_cancelled_why"),
        ),
        sa.CheckConstraint(
            "CASE state WHEN 'paid' THEN received_cents = amount_cents WHEN 'written_off' THEN written_off_cents > 0 AND received_cents + written_off_cents = amount_cents WHEN 'partly_paid' THEN received_cents + written_off_cents BETWEEN 1 AND amount_cents - 1 ELSE received_cents + written_off_cents = 0 END",
            name=op.f("ck_claim_state_of_sums"),
        ),
        sa.CheckConstraint("payee_name <> '' AND payee_iban <> ''", name=op.f("ck_claim_payee")),
        sa.CheckConstraint(
            "state IN ('claimed', 'partly_paid', 'paid', 'written_off', 'cancelled')",
            name=op.f("ck_claim_state"),
        ),
        sa.CheckConstraint(
            "amount_cents > 0 AND received_cents >= 0 AND written_off_cents >= 0 AND received_cents + written_off_cents <= amount_cents",
            name=op.f("ck_claim_settled_once"),
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_claim_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_claim_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint(
            "id", "organiser_id", "provider_id", name=op.f("uq_claim_id_organiser_id_provider_id")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_claim_number")),
        sa.UniqueConstraint("organiser_id", "reference", name=op.f("uq_claim_organiser_id_reference")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index("ix_claim_organiser", "claim", ["organiser_id", "state", "due_on"], unique=False)
    op.create_index("ix_claim_provider", "claim", ["provider_id", "made_at"], unique=False)
    op.create_table(
        "claim_write_off",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_cents > 0 AND reason <> ''", name=op.f("ck_claim_write_off_reasoned")),
        sa.CheckConstraint(
            "coalesce(outcome = 'approved', false) = (transfer_id IS NOT NULL)",
            name=op.f("ck_claim_write_off_in_ledger"),
        ),
        sa.CheckConstraint(
            "outcome <> 'approved' OR decided_by <> proposed_by", name=op.f("ck_claim_write_off_four_eyes")
        ),
        sa.CheckConstraint("outcome IN ('approved', 'refused')", name=op.f("ck_claim_write_off_outcome")),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL) AND (outcome IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_claim_write_off_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["claim_id", "organiser_id", "provider_id"],
            ["claim.id", "claim.organiser_id", "claim.provider_id"],
            name=op.f("fk_claim_write_off_claim_id_organiser_id_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_claim_write_off_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_write_off")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_claim_write_off_transfer_id")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index(op.f("ix_claim_write_off_claim_id"), "claim_write_off", ["claim_id"], unique=False)
    op.create_index(
        "uq_claim_write_off_waiting",
        "claim_write_off",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "claimed_statement",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_claimed_statement_amount_positive")),
        sa.ForeignKeyConstraint(
            ["claim_id", "organiser_id", "provider_id"],
            ["claim.id", "claim.organiser_id", "claim.provider_id"],
            name=op.f("fk_claimed_statement_claim_id_organiser_id_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
            name=op.f("fk_claimed_statement_statement_id_organiser_id_provider_id"),
        ),
        sa.PrimaryKeyConstraint("claim_id", "statement_id", name=op.f("pk_claimed_statement")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index(
        "uq_claimed_statement_standing",
        "claimed_statement",
        ["statement_id"],
        unique=True,
        postgresql_where=sa.text("standing"),
    )
    op.create_table(
        "claim_receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("recovered_cents", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("recovery_transfer_id", sa.Uuid(), nullable=True),
        sa.Column("undoes", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(step = 'told') = (booking_id IS NULL)", name=op.f("ck_claim_receipt_by_bank_or_told")
        ),
        sa.CheckConstraint("step IN ('reference', 'hand', 'told')", name=op.f("ck_claim_receipt_step")),
        sa.CheckConstraint(
            "(recovered_cents > 0) = (recovery_transfer_id IS NOT NULL)",
            name=op.f("ck_claim_receipt_in_ledger"),
        ),
        sa.CheckConstraint(
            "cents > 0 AND recovered_cents BETWEEN 0 AND cents", name=op.f("ck_claim_receipt_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id", "organiser_id"],
            ["bank_booking.id", "bank_booking.organiser_id"],
            name=op.f("fk_claim_receipt_booking_id_organiser_id"),
        ),
        sa.ForeignKeyConstraint(
            ["claim_id", "organiser_id", "provider_id"],
            ["claim.id", "claim.organiser_id", "claim.provider_id"],
            name=op.f("fk_claim_receipt_claim_id_organiser_id_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recovery_transfer_id"], ["transfer.id"], name=op.f("fk_claim_receipt_recovery_transfer_id")
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_claim_receipt_transfer_id")),
        sa.ForeignKeyConstraint(["undoes"], ["claim_receipt.id"], name=op.f("fk_claim_receipt_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_receipt")),
        sa.UniqueConstraint("recovery_transfer_id", name=op.f("uq_claim_receipt_recovery_transfer_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_claim_receipt_transfer_id")),
        sa.UniqueConstraint("undoes", name=op.f("uq_claim_receipt_undoes")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index(op.f("ix_claim_receipt_booking_id"), "claim_receipt", ["booking_id"], unique=False)
    op.create_index(op.f("ix_claim_receipt_claim_id"), "claim_receipt", ["claim_id"], unique=False)
