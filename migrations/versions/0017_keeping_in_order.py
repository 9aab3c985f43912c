"""Coaches are part of an approval: who is not under one, and changes that are about a coach. Papers may be asked for
again while a provider is admitted. Decisions in force are public; whom nobody knows begins by an address that answers.

The program before this one adds coaches at once and asks for no paper again. One index makes room for another: a provider
may have several changes waiting, one of the offer and one for each coach.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FORMS = "form IN ('company', 'sole_trader', 'association', 'foundation', 'public_body', 'unknown')"
WAITING = sa.text("state = 'submitted'")
DECISIONS = (
    "GRANT SELECT (id, subject_kind, subject_id, kind, reference, replaces, sent_on, regime_digest, service_id)"
    " ON decision TO registry_lookup",
    "CREATE POLICY decision_lookup ON decision FOR SELECT TO registry_lookup USING (true)",
    "GRANT SELECT (id, state, decision_id) ON admission TO registry_lookup",
    "GRANT SELECT (service_id, digest, version, document) ON service_regime TO registry_lookup",
    """CREATE FUNCTION registry_decisions_in_force(wanted uuid[]) RETURNS TABLE (
  admission_id uuid, kind text, reference text, decided_on date, basis jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT m.id, d.kind, d.reference, d.sent_on,
    (SELECT r.document -> 'basis' FROM service_regime r
     WHERE r.service_id = d.service_id AND r.digest = d.regime_digest ORDER BY r.version DESC LIMIT 1)
  FROM admission m CROSS JOIN LATERAL (
    SELECT g.kind, g.reference, g.sent_on, g.service_id, g.regime_digest FROM decision g WHERE g.id = m.decision_id
    UNION ALL
    (SELECT s.kind, s.reference, s.sent_on, s.service_id, s.regime_digest FROM decision s WHERE m.state = 'suspended' AND s.subject_id = m.id AND s.subject_kind = 'admission'
       AND s.kind = 'suspended' AND NOT EXISTS (SELECT FROM decision l WHERE l.replaces = s.id)
     ORDER BY s.sent_on DESC, s.id DESC LIMIT 1)
    UNION ALL
    (SELECT c.kind, c.reference, c.sent_on, c.service_id, c.regime_digest FROM decision c WHERE c.subject_id = m.id AND c.subject_kind = 'admission'
       AND c.kind = 'changed' AND NOT EXISTS (SELECT FROM decision l WHERE l.replaces = c.id)
     ORDER BY c.sent_on DESC, c.id DESC LIMIT 1)) d
  WHERE m.id = ANY (wanted) AND m.state IN ('active', 'suspended') $$""",
    "ALTER FUNCTION registry_decisions_in_force(uuid[]) OWNER TO registry_lookup",
    "REVOKE ALL ON FUNCTION registry_decisions_in_force(uuid[]) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION registry_decisions_in_force(uuid[]) TO registry_app, registry_lookup",
)
"""Which decision an approval rests on is public while it stands; what the decision says is not."""

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON coach_outside TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON mailed_link TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON representation TO registry_app",
    "ALTER TABLE representation ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE representation FORCE ROW LEVEL SECURITY",
    "CREATE POLICY representation_in_sight ON representation TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
)


def upgrade() -> None:
    op.create_table(
        "coach_outside",
        sa.Column("admission_id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["admission_id"], ["admission.id"], name=op.f("fk_coach_outside_admission_id")
        ),
        sa.ForeignKeyConstraint(["coach_id"], ["coach.id"], name=op.f("fk_coach_outside_coach_id")),
        sa.PrimaryKeyConstraint("admission_id", "coach_id", name=op.f("pk_coach_outside")),
    )
    op.create_index("ix_coach_outside_coach", "coach_outside", ["coach_id"])
    op.add_column("admission_change", sa.Column("coach_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_admission_change_coach_id"), "admission_change", "coach", ["coach_id"], ["id"]
    )
    op.create_index(
        "ix_admission_change_coach",
        "admission_change",
        ["coach_id"],
        postgresql_where=sa.text("coach_id IS NOT NULL"),
    )
    op.create_index(
        "uq_admission_change_waiting",
        "admission_change",
        ["admission_id", "coach_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=WAITING,
    )
    op.drop_index("uq_admission_change_open", table_name="admission_change")
    op.add_column(
        "service_keeping",
        sa.Column("papers_again", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    _joining()
    for statement in (*PROTECTION, *DECISIONS):
        op.execute(statement)


def _joining() -> None:
    op.add_column(
        "account",
        sa.Column("signs_in_by_mail", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_table(
        "mailed_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('join', 'sign_in', 'refused')", name=op.f("ck_mailed_link_purpose")),
        sa.CheckConstraint("language IN ('fi', 'sv', 'en')", name=op.f("ck_mailed_link_language")),
        sa.CheckConstraint(
            "purpose <> 'sign_in' OR account_id IS NOT NULL",
            name=op.f("ck_mailed_link_sign_in_names_account"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_mailed_link_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mailed_link_token_hash")),
    )
    op.create_index(
        "ix_mailed_link_waiting",
        "mailed_link",
        ["created_at"],
        postgresql_where=sa.text("mailed_at IS NULL"),
    )
    op.create_table(
        "representation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("municipality_code", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'accepted', 'refused')", name=op.f("ck_representation_state")),
        sa.CheckConstraint(FORMS, name=op.f("ck_representation_form")),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_representation_decided")
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (provider_id IS NOT NULL)", name=op.f("ck_representation_accepted")
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR length(reason) > 0", name=op.f("ck_representation_refusal_has_reason")
        ),
        sa.CheckConstraint(
            "decided_by IS DISTINCT FROM account_id", name=op.f("ck_representation_not_by_oneself")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_representation_organiser_id")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_representation_account_id")),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipality.code"], name=op.f("fk_representation_municipality_code")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_representation_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representation")),
    )
    op.create_index(
        "uq_representation_asked",
        "representation",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index("ix_representation_queue", "representation", ["organiser_id", "state", "asked_at"])


def downgrade() -> None:
    op.drop_table("representation")
    op.drop_table("mailed_link")
    op.drop_column("account", "signs_in_by_mail")
    op.execute("DROP FUNCTION registry_decisions_in_force(uuid[])")
    op.execute("REVOKE SELECT (service_id, digest, version, document) ON service_regime FROM registry_lookup")
    op.execute("REVOKE SELECT (id, state, decision_id) ON admission FROM registry_lookup")
    op.execute("DROP POLICY decision_lookup ON decision")
    op.execute(
        "REVOKE SELECT (id, subject_kind, subject_id, kind, reference, replaces, sent_on, regime_digest, service_id)"
        " ON decision FROM registry_lookup"
    )
    op.drop_column("service_keeping", "papers_again")
    # what waits of coaches is withdrawn: the program before this one knows one waiting change of an approval
    op.execute(
        "UPDATE admission_change SET state = 'withdrawn', decided_at = now()"
        " WHERE coach_id IS NOT NULL AND state = 'submitted'"
    )
    op.create_index(
        "uq_admission_change_open",
        "admission_change",
        ["admission_id"],
        unique=True,
        postgresql_where=WAITING,
    )
    op.drop_index("uq_admission_change_waiting", table_name="admission_change")
    op.drop_index("ix_admission_change_coach", table_name="admission_change")
    op.drop_constraint(op.f("fk_admission_change_coach_id"), "admission_change")
    op.drop_column("admission_change", "coach_id")
    op.drop_table("coach_outside")
