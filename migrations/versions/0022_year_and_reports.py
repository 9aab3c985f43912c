"""Years, reports and days to payment."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = (
    "year_close",
    "year_line",
    "carried_commitment",
    "year_accrual",
    "accrued_item",
    "council_report",
    "other_unit_cost",
)
PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON year_close TO registry_app",
    "ALTER TABLE year_close ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE year_close FORCE ROW LEVEL SECURITY",
    "CREATE POLICY year_close_in_sight ON year_close TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]))",
    "GRANT SELECT, INSERT ON year_line TO registry_app",
    "ALTER TABLE year_line ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE year_line FORCE ROW LEVEL SECURITY",
    "CREATE POLICY year_line_in_sight ON year_line TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER year_line_append_only BEFORE UPDATE OR DELETE ON year_line FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER year_line_no_truncate BEFORE TRUNCATE ON year_line FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON carried_commitment TO registry_app",
    "ALTER TABLE carried_commitment ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE carried_commitment FORCE ROW LEVEL SECURITY",
    "CREATE POLICY carried_commitment_in_sight ON carried_commitment TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER carried_commitment_append_only BEFORE UPDATE OR DELETE ON carried_commitment FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER carried_commitment_no_truncate BEFORE TRUNCATE ON carried_commitment FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON year_accrual TO registry_app",
    "ALTER TABLE year_accrual ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE year_accrual FORCE ROW LEVEL SECURITY",
    "CREATE POLICY year_accrual_in_sight ON year_accrual TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER year_accrual_append_only BEFORE UPDATE OR DELETE ON year_accrual FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER year_accrual_no_truncate BEFORE TRUNCATE ON year_accrual FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON accrued_item TO registry_app",
    "ALTER TABLE accrued_item ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE accrued_item FORCE ROW LEVEL SECURITY",
    "CREATE POLICY accrued_item_in_sight ON accrued_item TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER accrued_item_append_only BEFORE UPDATE OR DELETE ON accrued_item FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER accrued_item_no_truncate BEFORE TRUNCATE ON accrued_item FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON council_report TO registry_app",
    "ALTER TABLE council_report ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE council_report FORCE ROW LEVEL SECURITY",
    "CREATE POLICY council_report_in_sight ON council_report TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER council_report_append_only BEFORE UPDATE OR DELETE ON council_report FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER council_report_no_truncate BEFORE TRUNCATE ON council_report FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON other_unit_cost TO registry_app",
    "ALTER TABLE other_unit_cost ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE other_unit_cost FORCE ROW LEVEL SECURITY",
    "CREATE POLICY other_unit_cost_in_sight ON other_unit_cost TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER other_unit_cost_append_only BEFORE UPDATE OR DELETE ON other_unit_cost FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER other_unit_cost_no_truncate BEFORE TRUNCATE ON other_unit_cost FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
)
NEW_KINDS = ("carry", "accrue", "unaccrue")
NEW_ACCOUNTS = ("accrued",)

LOCKED_YEAR = """CREATE FUNCTION registry_refuse_closed_year() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of_year integer;
BEGIN
  of_year := CASE TG_TABLE_NAME
    WHEN 'transfer' THEN extract(year FROM (to_jsonb(NEW) ->> 'at')::timestamptz AT TIME ZONE 'Europe/Helsinki')
    WHEN 'month_close' THEN extract(year FROM (to_jsonb(NEW) ->> 'month')::date)
    ELSE (to_jsonb(NEW) ->> 'year')::integer END;
  IF EXISTS (SELECT FROM public.year_close c WHERE c.organiser_id = NEW.organiser_id AND c.year >= of_year
      AND c.closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the year % is closed', of_year USING ERRCODE = 'check_violation', CONSTRAINT = 'year_closed';
  END IF;
  RETURN NEW;
END $$"""
"""A closed year takes no transfer, no month and no more money on its budget lines. What a later reversal gives back to
one of its lines is a transfer of today."""

LOCKS = (
    # asked of old moments only: what happens now, as every redemption does, costs one comparison
    "CREATE TRIGGER transfer_year_closed BEFORE INSERT ON transfer FOR EACH ROW WHEN (NEW.at < date_trunc('year',"
    " transaction_timestamp() AT TIME ZONE 'Europe/Helsinki') AT TIME ZONE 'Europe/Helsinki')"
    " EXECUTE FUNCTION registry_refuse_closed_year()",
    "CREATE TRIGGER month_close_year_closed BEFORE INSERT ON month_close FOR EACH ROW"
    " EXECUTE FUNCTION registry_refuse_closed_year()",
    "CREATE TRIGGER budget_line_year_closed BEFORE UPDATE ON budget_line FOR EACH ROW WHEN (NEW.granted_cents >"
    " OLD.granted_cents OR NEW.allocated_cents IS DISTINCT FROM OLD.allocated_cents OR NEW.year <> OLD.year)"
    " EXECUTE FUNCTION registry_refuse_closed_year()",
    "CREATE TRIGGER budget_line_new_year_closed BEFORE INSERT ON budget_line FOR EACH ROW"
    " EXECUTE FUNCTION registry_refuse_closed_year()",
    "CREATE TRIGGER year_close_closed BEFORE UPDATE OR DELETE ON year_close FOR EACH ROW"
    " WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION registry_refuse_change()",
)


ONE_ROUTE = """CREATE FUNCTION registry_one_payment_route() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE in_force text;
BEGIN
  IF TG_TABLE_NAME = 'payment_order' THEN
    IF EXISTS (SELECT FROM public.payment p WHERE p.id = (to_jsonb(NEW) ->> 'payment_id')::uuid
        AND p.route = 'accounting') THEN
      RAISE EXCEPTION 'the accounting system has paid this' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  SELECT s.route INTO in_force FROM public.payment_setting s WHERE s.organiser_id = NEW.organiser_id
    AND s.confirmed_at IS NOT NULL AND s.ended_at IS NULL FOR SHARE;
  IF coalesce(to_jsonb(NEW) ->> 'route', 'accounting') <> coalesce(in_force, 'accounting') THEN
    RAISE EXCEPTION 'the organiser pays by %', coalesce(in_force, 'accounting') USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$"""
"""A payment leaves by the one way that is in force, which cannot change meanwhile; what the accounting system has paid
does not also go to the bank."""

ROUTES = (
    "CREATE TRIGGER payment_one_route BEFORE INSERT ON payment FOR EACH ROW WHEN (NEW.amount_cents > 0)"
    " EXECUTE FUNCTION registry_one_payment_route()",
    "CREATE TRIGGER payment_order_one_route BEFORE INSERT OR UPDATE ON payment_order FOR EACH ROW"
    " WHEN (NEW.payment_id IS NOT NULL) EXECUTE FUNCTION registry_one_payment_route()",
)


def _transfers(*, wider: bool) -> None:
    """The transfers of a year end, beside those that there are."""
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
    op.execute(LOCKED_YEAR)
    op.execute("REVOKE ALL ON FUNCTION registry_refuse_closed_year() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION registry_refuse_closed_year() TO registry_app, registry_lookup")
    op.add_column("payment", sa.Column("route", sa.Text(), nullable=True))
    op.add_column("payment", sa.Column("paid_on", sa.Date(), nullable=True))
    op.create_check_constraint(op.f("ck_payment_route"), "payment", "route IN ('accounting', 'bank_file')")
    op.add_column("payment_order", sa.Column("bank_status", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_payment_order_bank_status"), "payment_order", "bank_status ~ '^[A-Z]{4}$'"
    )
    op.add_column("organiser", sa.Column("business_id", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_organiser_business_id"), "organiser", "business_id ~ '^[0-9]{7}-[0-9]$'"
    )
    op.execute(ONE_ROUTE)
    op.execute("REVOKE ALL ON FUNCTION registry_one_payment_route() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION registry_one_payment_route() TO registry_app, registry_lookup")
    for trigger in (*LOCKS, *ROUTES):
        op.execute(trigger)


def downgrade() -> None:
    for table, trigger in (
        ("payment_order", "payment_order_one_route"),
        ("payment", "payment_one_route"),
        ("budget_line", "budget_line_new_year_closed"),
        ("budget_line", "budget_line_year_closed"),
        ("month_close", "month_close_year_closed"),
        ("transfer", "transfer_year_closed"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP FUNCTION registry_one_payment_route()")
    op.drop_column("payment_order", "bank_status")
    op.drop_column("payment", "paid_on")
    op.drop_column("payment", "route")
    op.drop_column("organiser", "business_id")
    _transfers(wider=False)
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION registry_refuse_closed_year()")


def _tables() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table(
        "year_close",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("closed_at >= started_at", name=op.f("ck_year_close_closed_after_start")),
        sa.CheckConstraint("year BETWEEN 2000 AND 2100", name=op.f("ck_year_close_year")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_year_close_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_close")),
        sa.UniqueConstraint("id", "organiser_id", name=op.f("uq_year_close_id_organiser_id")),
        sa.UniqueConstraint("organiser_id", "year", name=op.f("uq_year_close_organiser_id_year")),
        info={
            "rls": {"provider": None, "client": None, "account": None, "appended_by": (), "nullable": False},
            "append_only": False,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_table(
        "year_line",
        sa.Column("year_close_id", sa.Uuid(), nullable=False),
        sa.Column("from_line_id", sa.Uuid(), nullable=False),
        sa.Column("to_line_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("from_line_id <> to_line_id", name=op.f("ck_year_line_two_lines")),
        sa.ForeignKeyConstraint(["from_line_id"], ["budget_line.id"], name=op.f("fk_year_line_from_line_id")),
        sa.ForeignKeyConstraint(["to_line_id"], ["budget_line.id"], name=op.f("fk_year_line_to_line_id")),
        sa.ForeignKeyConstraint(
            ["year_close_id", "organiser_id"],
            ["year_close.id", "year_close.organiser_id"],
            name=op.f("fk_year_line_year_close_id_organiser_id"),
        ),
        sa.PrimaryKeyConstraint("year_close_id", "from_line_id", name=op.f("pk_year_line")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_table(
        "carried_commitment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("year_close_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("from_line_id", sa.Uuid(), nullable=False),
        sa.Column("to_line_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("carried_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_carried_commitment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["from_line_id"], ["budget_line.id"], name=op.f("fk_carried_commitment_from_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_line_id"], ["budget_line.id"], name=op.f("fk_carried_commitment_to_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_carried_commitment_transfer_id")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["voucher.id"], name=op.f("fk_carried_commitment_voucher_id")
        ),
        sa.ForeignKeyConstraint(
            ["year_close_id", "organiser_id"],
            ["year_close.id", "year_close.organiser_id"],
            name=op.f("fk_carried_commitment_year_close_id_organiser_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_commitment")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_carried_commitment_transfer_id")),
        sa.UniqueConstraint(
            "year_close_id", "voucher_id", name=op.f("uq_carried_commitment_year_close_id_voucher_id")
        ),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index(
        op.f("ix_carried_commitment_voucher_id"), "carried_commitment", ["voucher_id"], unique=False
    )
    op.create_table(
        "year_accrual",
        sa.Column("year_close_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("back_transfer_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(amount_cents = 0) = (transfer_id IS NULL) AND (transfer_id IS NULL) = (back_transfer_id IS NULL)",
            name=op.f("ck_year_accrual_in_ledger"),
        ),
        sa.ForeignKeyConstraint(
            ["back_transfer_id"], ["transfer.id"], name=op.f("fk_year_accrual_back_transfer_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_year_accrual_provider_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_year_accrual_transfer_id")),
        sa.ForeignKeyConstraint(
            ["year_close_id", "organiser_id"],
            ["year_close.id", "year_close.organiser_id"],
            name=op.f("fk_year_accrual_year_close_id_organiser_id"),
        ),
        sa.PrimaryKeyConstraint("year_close_id", "provider_id", name=op.f("pk_year_accrual")),
        sa.UniqueConstraint("back_transfer_id", name=op.f("uq_year_accrual_back_transfer_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_year_accrual_transfer_id")),
        sa.UniqueConstraint(
            "year_close_id",
            "provider_id",
            "organiser_id",
            name=op.f("uq_year_accrual_year_close_id_provider_id_organiser_id"),
        ),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_table(
        "accrued_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("year_close_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("vat_rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_accrued_item_amount_not_zero")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_accrued_item_service_id")),
        sa.ForeignKeyConstraint(
            ["year_close_id", "provider_id", "organiser_id"],
            ["year_accrual.year_close_id", "year_accrual.provider_id", "year_accrual.organiser_id"],
            name=op.f("fk_accrued_item_year_close_id_provider_id_organiser_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accrued_item")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index("ix_accrued_item_close", "accrued_item", ["year_close_id", "provider_id"], unique=False)
    op.create_table(
        "council_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "EXTRACT(day FROM quarter) = 1 AND EXTRACT(month FROM quarter) IN (1, 4, 7, 10)",
            name=op.f("ck_council_report_first_day"),
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_council_report_organiser_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_report")),
        sa.UniqueConstraint("organiser_id", "quarter", name=op.f("uq_council_report_organiser_id_quarter")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_table(
        "other_unit_cost",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("cost_cents", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("way IN ('own_production', 'purchase')", name=op.f("ck_other_unit_cost_way")),
        sa.CheckConstraint("length(source) > 0", name=op.f("ck_other_unit_cost_sourced")),
        sa.CheckConstraint("units > 0 AND cost_cents >= 0", name=op.f("ck_other_unit_cost_amounts")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_other_unit_cost_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_other_unit_cost")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    # ### end Alembic commands ###
