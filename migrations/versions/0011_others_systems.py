"""Change feed of the register, systems that sign in by themselves, webhooks, and the sandbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON api_client TO registry_app",
    "ALTER TABLE api_client ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE api_client FORCE ROW LEVEL SECURITY",
    "CREATE POLICY api_client_in_sight ON api_client TO registry_app USING ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON register_change TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON register_entry TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_attempt TO registry_app",
    "ALTER TABLE webhook_attempt ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE webhook_attempt FORCE ROW LEVEL SECURITY",
    "CREATE POLICY webhook_attempt_in_sight ON webhook_attempt TO registry_app USING ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_delivery TO registry_app",
    "ALTER TABLE webhook_delivery ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE webhook_delivery FORCE ROW LEVEL SECURITY",
    "CREATE POLICY webhook_delivery_in_sight ON webhook_delivery TO registry_app USING ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoint TO registry_app",
    "ALTER TABLE webhook_endpoint ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE webhook_endpoint FORCE ROW LEVEL SECURITY",
    "CREATE POLICY webhook_endpoint_in_sight ON webhook_endpoint TO registry_app USING ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
)

FUNCTION = """CREATE OR REPLACE FUNCTION registry_token(wanted bytea, at timestamptz) RETURNS TABLE (
  token_id uuid, name text, role text, organiser_id uuid, provider_id uuid, scopes text[], organisers uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT {who}, t.name, t.role, t.organiser_id, t.provider_id, t.scopes,
    CASE WHEN t.provider_id IS NULL THEN ARRAY[t.organiser_id] ELSE registry_provider_organisers(t.provider_id) END
  FROM api_token t WHERE t.token_hash = wanted AND t.revoked_at IS NULL AND t.expires_at > at $$"""
# A system that signs in anew every hour is one and the same to the audit trail and to idempotency keys.
SYSTEM = "coalesce(t.api_client_id, t.id)"


def _token(who: str) -> None:
    op.execute("SET LOCAL ROLE registry_lookup")
    op.execute(FUNCTION.format(who=who))
    op.execute("SET LOCAL ROLE registry_owner")


def upgrade() -> None:
    _tables()
    for statement in PROTECTION:
        op.execute(statement)
    _token(SYSTEM)


def downgrade() -> None:
    _token("t.id")
    op.drop_index("ix_application_open", table_name="application")
    op.drop_index("uq_organiser_sandbox", table_name="organiser", postgresql_where=sa.text("sandbox"))
    op.drop_column("organiser", "sandbox")
    op.drop_constraint(op.f("fk_api_token_api_client_id"), "api_token", type_="foreignkey")
    op.drop_index(op.f("ix_api_token_api_client_id"), table_name="api_token")
    op.drop_column("api_token", "api_client_id")
    op.drop_column("admission", "languages_verified")
    op.drop_index("ix_webhook_attempt_delivery", table_name="webhook_attempt")
    op.drop_table("webhook_attempt")
    op.drop_index("ix_webhook_delivery_endpoint", table_name="webhook_delivery")
    op.drop_index(
        "ix_webhook_delivery_due",
        table_name="webhook_delivery",
        postgresql_where=sa.text("delivered_at IS NULL AND failed_at IS NULL"),
    )
    op.drop_table("webhook_delivery")
    op.drop_index(op.f("ix_webhook_endpoint_provider_id"), table_name="webhook_endpoint")
    op.drop_table("webhook_endpoint")
    op.drop_index("ix_api_client_owner", table_name="api_client")
    op.drop_table("api_client")
    op.drop_table("register_entry")
    op.drop_index("ix_register_change_admission", table_name="register_change")
    op.drop_table("register_change")


def _tables() -> None:
    op.create_table(
        "register_change",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("admission_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("entry", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "(kind = 'left') = (entry IS NULL)", name=op.f("ck_register_change_left_says_nothing")
        ),
        sa.CheckConstraint(
            "kind IN ('admitted', 'changed', 'price', 'suspended', 'reinstated', 'left')",
            name=op.f("ck_register_change_kind"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_register_change")),
        info={
            "rls": None,
            "append_only": False,
            "keeps": "90 days after a newer change of the same approval",
        },
    )
    op.create_index(
        "ix_register_change_admission", "register_change", ["admission_id", "position"], unique=False
    )
    op.create_table(
        "register_entry",
        sa.Column("admission_id", sa.Uuid(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("entry", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("admission_id", name=op.f("pk_register_entry")),
        info={"rls": None, "append_only": False, "keeps": "while in the register"},
    )
    op.create_table(
        "api_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(old_secret_hash IS NULL) = (old_secret_until IS NULL)",
            name=op.f("ck_api_client_old_secret_ends"),
        ),
        sa.CheckConstraint(
            "(organiser_id IS NULL) <> (provider_id IS NULL)", name=op.f("ck_api_client_one_owner")
        ),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_api_client_some_scope")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_api_client_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_api_client_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": True,
            },
            "append_only": False,
            "keeps": "2 years after it was revoked",
        },
    )
    op.create_index("ix_api_client_owner", "api_client", ["organiser_id", "provider_id"], unique=False)
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("secret_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_why", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(disabled_at IS NULL) = (disabled_why IS NULL)", name=op.f("ck_webhook_endpoint_disabled_why")
        ),
        sa.CheckConstraint(
            "(failures > 0) = (failing_since IS NOT NULL)", name=op.f("ck_webhook_endpoint_failing_since")
        ),
        sa.CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)",
            name=op.f("ck_webhook_endpoint_old_secret_ends"),
        ),
        sa.CheckConstraint("cardinality(events) > 0", name=op.f("ck_webhook_endpoint_some_event")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_webhook_endpoint_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_webhook_endpoint_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": True,
            },
            "append_only": False,
            "keeps": "2 years after it ended",
        },
    )
    op.create_index(
        op.f("ix_webhook_endpoint_provider_id"), "webhook_endpoint", ["provider_id"], unique=False
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "delivered_at IS NULL OR failed_at IS NULL", name=op.f("ck_webhook_delivery_one_fate")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_webhook_delivery_endpoint_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_webhook_delivery_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_webhook_delivery_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": True,
            },
            "append_only": False,
            "keeps": "30 days",
        },
    )
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at IS NULL AND failed_at IS NULL"),
    )
    op.create_index(
        "ix_webhook_delivery_endpoint", "webhook_delivery", ["endpoint_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_delivery.id"],
            name=op.f("fk_webhook_attempt_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_webhook_attempt_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_webhook_attempt_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempt")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": True,
            },
            "append_only": False,
            "keeps": "30 days",
        },
    )
    op.create_index("ix_webhook_attempt_delivery", "webhook_attempt", ["delivery_id", "at"], unique=False)
    op.add_column(
        "admission",
        sa.Column(
            "languages_verified", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
    )
    op.add_column("api_token", sa.Column("api_client_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_api_token_api_client_id"), "api_token", ["api_client_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_api_token_api_client_id"), "api_token", "api_client", ["api_client_id"], ["id"]
    )
    op.add_column(
        "organiser", sa.Column("sandbox", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index(
        "ix_application_open",
        "application",
        ["organiser_id", "state", "due_on"],
        unique=False,
        postgresql_include=["provider_id"],
        postgresql_where=sa.text("submitted_at IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("ck_organiser_sandbox_is_fictional"), "organiser", "NOT sandbox OR fictional"
    )
    op.create_index(
        "uq_organiser_sandbox", "organiser", ["sandbox"], unique=True, postgresql_where=sa.text("sandbox")
    )
