"""Visits taken without a network: the devices that take them, and what became of each; two signs that follow."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON offline_device TO registry_app",
    "ALTER TABLE offline_device ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE offline_device FORCE ROW LEVEL SECURITY",
    "CREATE POLICY offline_device_in_sight ON offline_device TO registry_app USING (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE false END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE false END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON offline_visit TO registry_app",
    "ALTER TABLE offline_visit ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE offline_visit FORCE ROW LEVEL SECURITY",
    "CREATE POLICY offline_visit_in_sight ON offline_visit TO registry_app USING (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) END)",
)
SIGNS_BEFORE = (
    "'day_number', 'day_value', 'hour_number', 'device_number', 'person_day', 'wrong_codes', 'night', 'two_places',"
    " 'round_sums'"
)
SIGNS = (
    "'day_number', 'day_value', 'hour_number', 'device_number', 'scanned_hour', 'device_clock', 'person_day',"
    " 'wrong_codes', 'night', 'two_places', 'round_sums'"
)
WITH_SIGNS = ("redemption_alarm", "redemption_threshold")


def _signs(which: str) -> None:
    for table in WITH_SIGNS:
        op.drop_constraint(f"ck_{table}_sign", table)
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_sign CHECK (sign IN ({which}))")


def upgrade() -> None:
    _signs(SIGNS)
    op.create_table(
        "offline_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("clock_off_seconds", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_offline_device_counted")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_offline_device_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_device")),
    )
    op.create_index("ix_offline_device_account", "offline_device", ["account_id", "provider_id"])
    op.create_table(
        "offline_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("presentation_id", sa.Uuid(), nullable=True),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_cents", sa.BigInteger(), nullable=True),
        sa.Column("activity", sa.Text(), nullable=True),
        sa.Column("attended", sa.Text(), nullable=True),
        sa.Column("group_size", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_off_seconds", sa.BigInteger(), nullable=False),
        sa.Column("clock_wrong", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('received', 'recorded', 'refused', 'closed')", name=op.f("ck_offline_visit_state")
        ),
        sa.CheckConstraint(
            "(state = 'recorded') = (redemption_id IS NOT NULL)", name=op.f("ck_offline_visit_recorded")
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'closed') OR code <> ''", name=op.f("ck_offline_visit_refused")
        ),
        sa.CheckConstraint("(state = 'closed') = (note IS NOT NULL)", name=op.f("ck_offline_visit_closed")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_offline_visit_provider_id")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["offline_device.id"], name=op.f("fk_offline_visit_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_offline_visit_organiser_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_visit")),
        sa.UniqueConstraint("provider_id", "line_id", name=op.f("uq_offline_visit_provider_id_line_id")),
    )
    op.create_index("ix_offline_visit_provider", "offline_visit", ["provider_id", "received_at"])
    op.create_index("ix_offline_visit_redemption", "offline_visit", ["redemption_id"])
    op.create_index("ix_offline_visit_device", "offline_visit", ["device_id", "taken_at"])
    op.create_index(
        "ix_offline_visit_received",
        "offline_visit",
        ["received_at"],
        postgresql_where=sa.text("state = 'received'"),
    )
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("offline_visit")
    op.drop_table("offline_device")
    _signs(SIGNS_BEFORE)
