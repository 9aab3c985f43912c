"""The way after the choice: the first meeting, days given back for waiting, reminders, and who acts for a client.

Run beside the program before it: that one proposes no meeting, gives no days back and reminds as it did.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT ON reminder TO registry_app",
    "ALTER TABLE reminder ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE reminder FORCE ROW LEVEL SECURITY",
    "CREATE POLICY reminder_in_sight ON reminder TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER reminder_append_only BEFORE UPDATE OR DELETE ON reminder FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER reminder_no_truncate BEFORE TRUNCATE ON reminder FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON voucher_extension TO registry_app",
    "ALTER TABLE voucher_extension ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE voucher_extension FORCE ROW LEVEL SECURITY",
    "CREATE POLICY voucher_extension_in_sight ON voucher_extension TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER voucher_extension_append_only BEFORE UPDATE OR DELETE ON voucher_extension FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER voucher_extension_no_truncate BEFORE TRUNCATE ON voucher_extension FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
)


def _functions(mark: str, taken: str) -> tuple[str, ...]:
    """Who a session and a role grant stand for, with or without the guardian's mark."""
    return (
        "DROP FUNCTION registry_session(bytea, timestamptz)",
        "DROP FUNCTION registry_role_grant(uuid)",
        f"""CREATE FUNCTION registry_role_grant(wanted uuid) RETURNS TABLE (
  role_grant_id uuid, account_id uuid, role text, organiser_id uuid, provider_id uuid, client_id uuid,
  display_name text, language text, organisers uuid[]{mark})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT g.id, g.account_id, g.role, g.organiser_id, g.provider_id, g.client_id, a.display_name, a.language,
    CASE WHEN g.provider_id IS NULL THEN ARRAY[g.organiser_id] ELSE registry_provider_organisers(g.provider_id) END{taken}
  FROM role_grant g JOIN account a ON a.id = g.account_id
  WHERE g.id = wanted AND g.ended_at IS NULL AND a.disabled_at IS NULL $$""",
        f"""CREATE FUNCTION registry_session(wanted bytea, at timestamptz) RETURNS TABLE (
  session_id uuid, role_grant_id uuid, account_id uuid, role text, organiser_id uuid, provider_id uuid,
  client_id uuid, display_name text, language text, organisers uuid[]{mark})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT s.id, g.role_grant_id, g.account_id, g.role, g.organiser_id, g.provider_id, g.client_id,
    g.display_name, g.language, g.organisers{taken}
  FROM sign_in_session s, registry_role_grant(s.role_grant_id) g
  WHERE s.token_hash = wanted AND s.ended_at IS NULL AND s.expires_at > at $$""",
        "ALTER FUNCTION registry_role_grant(uuid) OWNER TO registry_lookup",
        "ALTER FUNCTION registry_session(bytea, timestamptz) OWNER TO registry_lookup",
        "REVOKE ALL ON FUNCTION registry_role_grant(uuid), registry_session(bytea, timestamptz) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION registry_role_grant(uuid), registry_session(bytea, timestamptz)"
        " TO registry_app, registry_lookup",
    )


def upgrade() -> None:
    op.add_column("assignment", sa.Column("said_by", sa.Text(), nullable=True))
    op.add_column("assignment", sa.Column("first_meeting_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("assignment", sa.Column("first_meeting_place", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_assignment_said_by"),
        "assignment",
        "said_by IS NULL OR (said_by IN ('client', 'guardian') AND channel <> 'self')",
    )
    op.create_check_constraint(
        op.f("ck_assignment_first_meeting"),
        "assignment",
        "first_meeting_place IS NULL OR first_meeting_at IS NOT NULL",
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('expiring_30', 'expiring_7', 'review_after', 'review_half_year')",
            name=op.f("ck_reminder_kind"),
        ),
        sa.CheckConstraint("num_nonnulls(provider_id, last_day) = 1", name=op.f("ck_reminder_about")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_reminder_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_reminder_provider_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_reminder_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
    )
    op.create_index(
        "uq_reminder",
        "reminder",
        ["voucher_id", "kind", "provider_id", "last_day"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "voucher_extension",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("valid_until_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('silent', 'declined', 'late')", name=op.f("ck_voucher_extension_reason")
        ),
        sa.CheckConstraint(
            "days > 0 AND valid_until_after > valid_until_before", name=op.f("ck_voucher_extension_longer")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_voucher_extension_assignment_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_voucher_extension_organiser_id")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_voucher_extension_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_extension")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_voucher_extension_assignment_id")),
    )
    op.create_index(op.f("ix_voucher_extension_voucher_id"), "voucher_extension", ["voucher_id"])
    for statement in (*PROTECTION, *_functions(", guardian boolean", ", g.guardian")):
        op.execute(statement)


def downgrade() -> None:
    for statement in _functions("", ""):
        op.execute(statement)
    op.drop_table("voucher_extension")
    op.drop_table("reminder")
    op.drop_constraint(op.f("ck_assignment_first_meeting"), "assignment")
    op.drop_constraint(op.f("ck_assignment_said_by"), "assignment")
    op.drop_column("assignment", "first_meeting_place")
    op.drop_column("assignment", "first_meeting_at")
    op.drop_column("assignment", "said_by")
