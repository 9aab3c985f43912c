"""E-invoices received and made: what they are written in, consents to self-billing, and disputed lines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON line_dispute TO registry_app",
    "ALTER TABLE line_dispute ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE line_dispute FORCE ROW LEVEL SECURITY",
    "CREATE POLICY line_dispute_in_sight ON line_dispute TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON self_billing_consent TO registry_app",
    "ALTER TABLE self_billing_consent ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE self_billing_consent FORCE ROW LEVEL SECURITY",
    "CREATE POLICY self_billing_consent_in_sight ON self_billing_consent TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
)


def upgrade() -> None:
    op.add_column("invoice", sa.Column("syntax", sa.Text(), nullable=True))
    op.add_column("invoice", sa.Column("payable_cents", sa.BigInteger(), nullable=True))
    op.add_column("invoice", sa.Column("vat", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column(
        "invoice", sa.Column("self_billed", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_check_constraint(op.f("ck_invoice_syntax"), "invoice", "syntax IN ('csv', 'ubl', 'finvoice')")
    op.create_table(
        "line_dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("statement_line_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('upheld', 'rejected', 'withdrawn')", name=op.f("ck_line_dispute_outcome")
        ),
        sa.CheckConstraint(
            "outcome NOT IN ('upheld', 'rejected') OR answer <> ''", name=op.f("ck_line_dispute_answered_why")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_line_dispute_reasoned")),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_line_dispute_decided")),
        sa.ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
            name=op.f("fk_line_dispute_statement_id_organiser_id_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_line_id"], ["statement_line.id"], name=op.f("fk_line_dispute_statement_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_dispute")),
    )
    op.create_index("ix_line_dispute_statement", "line_dispute", ["statement_id"], unique=False)
    op.create_index(
        "uq_line_dispute_waiting",
        "line_dispute",
        ["statement_line_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "self_billing_consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("vat_id", sa.Text(), nullable=True),
        sa.Column("untaxed_category", sa.Text(), nullable=False),
        sa.Column("untaxed_reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "untaxed_category = 'Z' OR untaxed_reason <> ''", name=op.f("ck_self_billing_consent_untaxed_why")
        ),
        sa.CheckConstraint(
            "untaxed_category IN ('E', 'AE', 'Z', 'O')", name=op.f("ck_self_billing_consent_untaxed_category")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_self_billing_consent_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_self_billing_consent_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_billing_consent")),
    )
    op.create_index(
        "uq_self_billing_consent_standing",
        "self_billing_consent",
        ["organiser_id", "provider_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("self_billing_consent")
    op.drop_table("line_dispute")
    op.drop_constraint(op.f("ck_invoice_syntax"), "invoice")
    for column in ("self_billed", "vat", "payable_cents", "syntax"):
        op.drop_column("invoice", column)
