"""Vouchers are raised, lowered and given more days: each change a record of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT ON voucher_change TO registry_app",
    "ALTER TABLE voucher_change ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE voucher_change FORCE ROW LEVEL SECURITY",
    "CREATE POLICY voucher_change_in_sight ON voucher_change TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER voucher_change_append_only BEFORE UPDATE OR DELETE ON voucher_change FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER voucher_change_no_truncate BEFORE TRUNCATE ON voucher_change FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
)


def upgrade() -> None:
    op.create_table(
        "voucher_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("units", sa.BigInteger(), nullable=True),
        sa.Column("days", sa.BigInteger(), nullable=True),
        sa.Column("valid_until_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('raised', 'lowered', 'extended')", name=op.f("ck_voucher_change_kind")),
        sa.CheckConstraint(
            "CASE kind WHEN 'extended' THEN days > 0 AND valid_until_after > valid_until_before AND cents IS NULL"
            " ELSE cents > 0 AND days IS NULL AND valid_until_after IS NULL END",
            name=op.f("ck_voucher_change_what_it_changes"),
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_voucher_change_organiser_id")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_voucher_change_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_change")),
    )
    op.create_index(op.f("ix_voucher_change_voucher_id"), "voucher_change", ["voucher_id"])
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("voucher_change")
