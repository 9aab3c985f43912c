"""What a redemption tells of its event; alarms about redemptions, holds, and the limits that organisers set."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON redemption_alarm TO registry_app",
    "ALTER TABLE redemption_alarm ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE redemption_alarm FORCE ROW LEVEL SECURITY",
    "CREATE POLICY redemption_alarm_in_sight ON redemption_alarm TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON redemption_hold TO registry_app",
    "ALTER TABLE redemption_hold ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE redemption_hold FORCE ROW LEVEL SECURITY",
    "CREATE POLICY redemption_hold_in_sight ON redemption_hold TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON redemption_threshold TO registry_app",
    "ALTER TABLE redemption_threshold ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE redemption_threshold FORCE ROW LEVEL SECURITY",
    "CREATE POLICY redemption_threshold_in_sight ON redemption_threshold TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
)


def upgrade() -> None:
    op.add_column("redemption", sa.Column("activity", sa.Text(), nullable=True))
    op.add_column("redemption", sa.Column("attended", sa.Text(), nullable=True))
    op.add_column("redemption", sa.Column("group_size", sa.BigInteger(), nullable=True))
    for name, condition in REDEMPTION_CHECKS.items():
        op.execute(f"ALTER TABLE redemption ADD CONSTRAINT ck_redemption_{name} CHECK ({condition})")
    _tables()
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    for table in ("redemption_hold", "redemption_alarm", "redemption_threshold"):
        op.drop_table(table)
    for name in REDEMPTION_CHECKS:
        op.drop_constraint(f"ck_redemption_{name}", "redemption")
    op.drop_column("redemption", "group_size")
    op.drop_column("redemption", "attended")
    op.drop_column("redemption", "activity")


REDEMPTION_CHECKS = {
    "activity": "activity IS NULL OR activity IN ('meeting', 'remote', 'group', 'workplace', 'training',"
    " 'assessment', 'writing', 'other')",
    "attended": "attended IS NULL OR attended IN ('client', 'client_and_other', 'group', 'nobody')",
    "group_size": "group_size IS NULL OR (attended = 'group' AND group_size BETWEEN 2 AND 500)",
}


def _tables() -> None:
    op.create_table(
        "redemption_threshold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("sign", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_redemption_threshold_decided")
        ),
        sa.CheckConstraint(
            "sign IN ('day_number', 'day_value', 'hour_number', 'device_number', 'person_day', 'wrong_codes', 'night', 'two_places', 'round_sums')",
            name=op.f("ck_redemption_threshold_sign"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_redemption_threshold_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_by IS DISTINCT FROM asked_by",
            name=op.f("ck_redemption_threshold_four_eyes"),
        ),
        sa.CheckConstraint("value > 0", name=op.f("ck_redemption_threshold_positive")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_redemption_threshold_organiser_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_threshold")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_index(
        "uq_redemption_threshold_asked",
        "redemption_threshold",
        ["organiser_id", "sign"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "redemption_alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("sign", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("limit_then", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_redemption_alarm_decided")
        ),
        sa.CheckConstraint(
            "sign IN ('day_number', 'day_value', 'hour_number', 'device_number', 'person_day', 'wrong_codes', 'night', 'two_places', 'round_sums')",
            name=op.f("ck_redemption_alarm_sign"),
        ),
        sa.CheckConstraint("state = 'open' OR note <> ''", name=op.f("ck_redemption_alarm_noted")),
        sa.CheckConstraint(
            "state IN ('open', 'explained', 'confirmed')", name=op.f("ck_redemption_alarm_state")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_redemption_alarm_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_redemption_alarm_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_alarm")),
        sa.UniqueConstraint(
            "organiser_id",
            "provider_id",
            "sign",
            "subject",
            name=op.f("uq_redemption_alarm_organiser_id_provider_id_sign_subject"),
        ),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "3 years after it was decided",
        },
    )
    op.create_table(
        "redemption_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("alarm_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=True),
        sa.CheckConstraint("placed_by IS NULL OR reason <> ''", name=op.f("ck_redemption_hold_reasoned")),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_why IS NULL)",
            name=op.f("ck_redemption_hold_lifted_by_a_person"),
        ),
        sa.CheckConstraint(
            "placed_by IS NOT NULL OR alarm_id IS NOT NULL", name=op.f("ck_redemption_hold_from_somewhere")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_redemption_hold_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_redemption_hold_provider_id")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_redemption_hold_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_hold")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_index(
        "uq_redemption_hold_standing",
        "redemption_hold",
        ["organiser_id", "provider_id", sa.literal_column("coalesce(voucher_id, provider_id)")],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
