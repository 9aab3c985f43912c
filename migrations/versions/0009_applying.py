"""Draft applications, papers, sites, bank accounts, and what the company register said.

The program before this one neither writes nor reads them; it takes every person of a provider for its office.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON application_draft TO registry_app",
    "ALTER TABLE application_draft ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE application_draft FORCE ROW LEVEL SECURITY",
    "CREATE POLICY application_draft_in_sight ON application_draft TO registry_app USING (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE false END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE false END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON bank_account TO registry_app",
    "ALTER TABLE bank_account ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE bank_account FORCE ROW LEVEL SECURITY",
    "CREATE POLICY bank_account_in_sight ON bank_account TO registry_app USING (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE registry_provider_organisers(provider_id) && (SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[] END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE registry_provider_organisers(provider_id) && (SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[] END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON coach_detail TO registry_app",
    "ALTER TABLE coach_detail ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE coach_detail FORCE ROW LEVEL SECURITY",
    "CREATE POLICY coach_detail_in_sight ON coach_detail TO registry_app USING (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE registry_provider_organisers(provider_id) && (SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[] END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE registry_provider_organisers(provider_id) && (SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[] END)",
    "GRANT SELECT, INSERT ON company_lookup TO registry_app",
    "CREATE TRIGGER company_lookup_append_only BEFORE UPDATE OR DELETE ON company_lookup FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER company_lookup_no_truncate BEFORE TRUNCATE ON company_lookup FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON evidence_check TO registry_app",
    "ALTER TABLE evidence_check ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE evidence_check FORCE ROW LEVEL SECURITY",
    "CREATE POLICY evidence_check_in_sight ON evidence_check TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER evidence_check_append_only BEFORE UPDATE OR DELETE ON evidence_check FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER evidence_check_no_truncate BEFORE TRUNCATE ON evidence_check FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON evidence_paper TO registry_app",
    "ALTER TABLE evidence_paper ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE evidence_paper FORCE ROW LEVEL SECURITY",
    "CREATE POLICY evidence_paper_in_sight ON evidence_paper TO registry_app USING (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE EXISTS (SELECT FROM evidence_share s WHERE s.paper_id = id) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE EXISTS (SELECT FROM evidence_share s WHERE s.paper_id = id) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON evidence_share TO registry_app",
    "ALTER TABLE evidence_share ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE evidence_share FORCE ROW LEVEL SECURITY",
    "CREATE POLICY evidence_share_in_sight ON evidence_share TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON site TO registry_app",
    "ALTER TABLE site ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE site FORCE ROW LEVEL SECURITY",
    "CREATE POLICY site_in_sight ON site TO registry_app USING (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE registry_provider_organisers(provider_id) && (SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[] END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE registry_provider_organisers(provider_id) && (SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[] END)",
)


def upgrade() -> None:
    _tables()
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_role_grant_duty_at_provider"), "role_grant")
    op.drop_column("role_grant", "duty")
    op.drop_column("application", "details")
    # who sees a paper is read from its shares
    for table in ("evidence_paper", "evidence_check"):
        op.execute(f"DROP POLICY IF EXISTS {table}_in_sight ON {table}")
    op.drop_table("evidence_share")
    op.drop_table("evidence_check")
    op.drop_table("coach_detail")
    op.drop_table("site")
    op.drop_table("evidence_paper")
    op.drop_table("bank_account")
    op.drop_table("application_draft")
    op.drop_table("company_lookup")


def _tables() -> None:
    op.create_table(
        "company_lookup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'unreachable') = (reason IS NOT NULL)", name=op.f("ck_company_lookup_reason")
        ),
        sa.CheckConstraint(
            "(outcome IN ('found', 'stated')) = (facts IS NOT NULL)", name=op.f("ck_company_lookup_facts")
        ),
        sa.CheckConstraint(
            "outcome IN ('found', 'not_found', 'unreachable', 'stated')",
            name=op.f("ck_company_lookup_outcome"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_lookup")),
        info={"rls": None, "append_only": True, "keeps": "while in the register, then 10 years"},
    )
    op.create_index(
        "ix_company_lookup_newest",
        "company_lookup",
        ["business_id", sa.literal_column("asked_at DESC")],
        unique=False,
    )
    op.create_table(
        "application_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_application_draft_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_draft")),
        info={
            "rls": {"known_to": "false"},
            "append_only": False,
            "keeps": "half a year after the last change",
        },
    )
    op.create_index(
        "uq_application_draft_open",
        "application_draft",
        ["provider_id"],
        unique=True,
        postgresql_where=sa.text("submitted_at IS NULL"),
    )
    op.create_table(
        "bank_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'replaced') = (ended_at IS NOT NULL)", name=op.f("ck_bank_account_ended")
        ),
        sa.CheckConstraint(
            "(state = 'requested') = (decided_at IS NULL)", name=op.f("ck_bank_account_decided")
        ),
        sa.CheckConstraint("iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$'", name=op.f("ck_bank_account_iban")),
        sa.CheckConstraint(
            "state IN ('requested', 'in_force', 'refused', 'withdrawn', 'replaced')",
            name=op.f("ck_bank_account_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('in_force', 'replaced', 'refused') OR (decided_by IS NOT NULL AND decided_by IS DISTINCT FROM requested_by)",
            name=op.f("ck_bank_account_four_eyes"),
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_bank_account_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
        info={
            "rls": {"known_to": "registry_provider_organisers(provider_id) && {organisers}"},
            "append_only": False,
            "keeps": "10 years after the last payment",
        },
    )
    op.create_index(
        "uq_bank_account_in_force",
        "bank_account",
        ["provider_id"],
        unique=True,
        postgresql_where=sa.text("state = 'in_force'"),
    )
    op.create_index(
        "uq_bank_account_requested",
        "bank_account",
        ["provider_id"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "evidence_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("file_kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_evidence_paper_digest")),
        sa.CheckConstraint("file_kind IN ('pdf', 'png', 'jpeg')", name=op.f("ck_evidence_paper_file_kind")),
        sa.CheckConstraint(
            "kind IN ('tax_debt', 'pension_insurance', 'collective_agreement', 'accident_insurance', 'liability_insurance', 'register_extract')",
            name=op.f("ck_evidence_paper_kind"),
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= issued_on", name=op.f("ck_evidence_paper_term")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_evidence_paper_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_paper")),
        info={
            "rls": {"known_to": "EXISTS (SELECT FROM evidence_share s WHERE s.paper_id = id)"},
            "append_only": False,
            "keeps": "while in the register, then as the file of the application that it went with",
        },
    )
    op.create_index("ix_evidence_paper_provider", "evidence_paper", ["provider_id", "kind"], unique=False)
    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("municipality_code", sa.Text(), nullable=False),
        sa.Column("accessibility", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipality.code"], name=op.f("fk_site_municipality_code")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_site_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        info={
            "rls": {"known_to": "registry_provider_organisers(provider_id) && {organisers}"},
            "append_only": False,
            "keeps": "while in use, then with the applications",
        },
    )
    op.create_index(op.f("ix_site_provider_id"), "site", ["provider_id"], unique=False)
    op.create_table(
        "coach_detail",
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("surname", sa.Text(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["coach_id"], ["coach.id"], name=op.f("fk_coach_detail_coach_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_coach_detail_provider_id")),
        sa.PrimaryKeyConstraint("coach_id", name=op.f("pk_coach_detail")),
        info={
            "rls": {"known_to": "registry_provider_organisers(provider_id) && {organisers}"},
            "append_only": False,
            "keeps": "while working for the provider",
        },
    )
    op.create_index(op.f("ix_coach_detail_provider_id"), "coach_detail", ["provider_id"], unique=False)
    op.create_table(
        "evidence_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict <> 'not_accepted' OR length(note) > 0", name=op.f("ck_evidence_check_reason")
        ),
        sa.CheckConstraint("verdict IN ('accepted', 'not_accepted')", name=op.f("ck_evidence_check_verdict")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_evidence_check_organiser_id")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["evidence_paper.id"], name=op.f("fk_evidence_check_paper_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_evidence_check_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_check")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": True,
            "keeps": "while in the register, then as the file of the application that it went with",
        },
    )
    op.create_index(
        "ix_evidence_check_paper",
        "evidence_check",
        ["paper_id", "organiser_id", sa.literal_column("checked_at DESC")],
        unique=False,
    )
    op.create_table(
        "evidence_share",
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("shared_by", sa.Uuid(), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_evidence_share_organiser_id")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["evidence_paper.id"], name=op.f("fk_evidence_share_paper_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_evidence_share_provider_id")),
        sa.PrimaryKeyConstraint("paper_id", "organiser_id", name=op.f("pk_evidence_share")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "while in the register, then as the file of the application that it went with",
        },
    )
    op.create_index(
        "ix_evidence_share_provider", "evidence_share", ["provider_id", "organiser_id"], unique=False
    )
    op.add_column("application", sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("role_grant", sa.Column("duty", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_role_grant_duty_at_provider"),
        "role_grant",
        "duty IS NULL OR (provider_id IS NOT NULL AND duty IN ('office', 'coach'))",
    )
