"""Legal regimes, rule books, checklists, hearings, decisions and appeals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON appeal TO registry_app",
    "ALTER TABLE appeal ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE appeal FORCE ROW LEVEL SECURITY",
    "CREATE POLICY appeal_in_sight ON appeal TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON checklist_mark TO registry_app",
    "ALTER TABLE checklist_mark ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE checklist_mark FORCE ROW LEVEL SECURITY",
    "CREATE POLICY checklist_mark_in_sight ON checklist_mark TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT ON decision TO registry_app",
    "ALTER TABLE decision ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE decision FORCE ROW LEVEL SECURITY",
    "CREATE POLICY decision_in_sight ON decision TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE ON decision FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER decision_no_truncate BEFORE TRUNCATE ON decision FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON decision_document TO registry_app",
    "ALTER TABLE decision_document ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE decision_document FORCE ROW LEVEL SECURITY",
    "CREATE POLICY decision_document_in_sight ON decision_document TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON hearing TO registry_app",
    "ALTER TABLE hearing ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE hearing FORCE ROW LEVEL SECURITY",
    "CREATE POLICY hearing_in_sight ON hearing TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON impartiality_declaration TO registry_app",
    "ALTER TABLE impartiality_declaration ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE impartiality_declaration FORCE ROW LEVEL SECURITY",
    "CREATE POLICY impartiality_declaration_in_sight ON impartiality_declaration TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT ON regime_confirmation TO registry_app",
    "CREATE TRIGGER regime_confirmation_append_only BEFORE UPDATE OR DELETE ON regime_confirmation FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER regime_confirmation_no_truncate BEFORE TRUNCATE ON regime_confirmation FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON rule_book TO registry_app",
    "CREATE TRIGGER rule_book_append_only BEFORE UPDATE OR DELETE ON rule_book FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER rule_book_no_truncate BEFORE TRUNCATE ON rule_book FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON service_regime TO registry_app",
    "CREATE TRIGGER service_regime_append_only BEFORE UPDATE OR DELETE ON service_regime FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER service_regime_no_truncate BEFORE TRUNCATE ON service_regime FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
)


OPEN = "state IN ('draft', 'submitted', 'more_information', 'hearing', 'heard')"
OPEN_BEFORE = "state IN ('draft', 'submitted', 'more_information', 'hearing')"
STATES = "state IN ('draft', 'submitted', 'more_information', 'hearing', 'heard', 'approved', 'rejected', 'withdrawn')"
STATES_BEFORE = (
    "state IN ('draft', 'submitted', 'more_information', 'hearing', 'approved', 'rejected', 'withdrawn')"
)


def upgrade() -> None:
    _tables()
    op.add_column(
        "application",
        sa.Column("due_on", sa.Date(), server_default=sa.text("(CURRENT_DATE + 28)"), nullable=False),
    )
    op.add_column(
        "application",
        sa.Column("before_records", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index("ix_application_due", "application", ["organiser_id", "due_on", "id"])
    op.add_column("admission", sa.Column("decision_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_admission_decision_id"), "admission", "decision", ["decision_id"], ["id"])
    op.create_index(op.f("ix_admission_decision_id"), "admission", ["decision_id"])
    _states(STATES, OPEN)
    # the owner is bound by row-level security too; what was decided before has no record, and says so
    op.execute("ALTER TABLE application NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE application SET before_records = true WHERE decided_at IS NOT NULL")
    op.execute(
        "UPDATE application SET due_on = (submitted_at AT TIME ZONE 'Europe/Helsinki')::date + 28"
        " WHERE submitted_at IS NOT NULL"
    )
    op.execute("ALTER TABLE application FORCE ROW LEVEL SECURITY")
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    _states(STATES_BEFORE, OPEN_BEFORE)
    op.drop_column("admission", "decision_id")
    op.drop_column("application", "before_records")
    op.drop_column("application", "due_on")
    op.drop_table("appeal")
    op.drop_table("decision_document")
    op.drop_table("decision")
    op.drop_table("hearing")
    op.drop_table("checklist_mark")
    op.drop_table("impartiality_declaration")
    op.drop_table("regime_confirmation")
    op.drop_table("service_regime")
    op.drop_table("rule_book")


def _states(states: str, open_: str) -> None:
    """An application has one state more: a wider CHECK, and an index that counts it among the open ones."""
    op.drop_constraint(op.f("ck_application_state"), "application", type_="check")
    op.create_check_constraint(op.f("ck_application_state"), "application", states)
    op.drop_index("uq_application_open", table_name="application")
    op.create_index(
        "uq_application_open",
        "application",
        ["provider_id", "service_id"],
        unique=True,
        postgresql_where=sa.text(open_),
    )


def _tables() -> None:
    op.create_table(
        "impartiality_declaration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("body_running", sa.Text(), nullable=False),
        sa.Column("body_deciding", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ground IS NULL OR ground IN ('party', 'represents', 'benefit', 'employment', 'board', 'directs', 'other')",
            name=op.f("ck_impartiality_declaration_ground"),
        ),
        sa.CheckConstraint(
            "subject_kind IN ('application', 'admission', 'appeal')",
            name=op.f("ck_impartiality_declaration_subject_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_impartiality_declaration_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_impartiality_declaration_organiser_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_impartiality_declaration")),
    )
    op.create_index(
        "ix_impartiality_declaration_subject",
        "impartiality_declaration",
        ["subject_id", "account_id"],
        unique=False,
    )
    op.create_table(
        "hearing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("points", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "subject_kind IN ('application', 'admission', 'appeal')", name=op.f("ck_hearing_subject_kind")
        ),
        sa.CheckConstraint(
            "answer IS NULL OR closed_at IS NOT NULL", name=op.f("ck_hearing_answered_is_closed")
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_hearing_said")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_hearing_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_hearing_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearing")),
    )
    op.create_index(
        "ix_hearing_due", "hearing", ["due_on"], unique=False, postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_index(op.f("ix_hearing_provider_id"), "hearing", ["provider_id"], unique=False)
    op.create_index("ix_hearing_subject", "hearing", ["subject_id"], unique=False)
    op.create_index(
        "uq_hearing_open",
        "hearing",
        ["subject_kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "regime_confirmation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("points_settled", sa.BigInteger(), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("office_email", sa.Text(), nullable=False),
        sa.Column("office_postal_address", sa.Text(), nullable=False),
        sa.Column("office_closes", sa.Time(), nullable=False),
        sa.Column("court_name", sa.Text(), nullable=False),
        sa.Column("court_email", sa.Text(), nullable=False),
        sa.Column("court_postal_address", sa.Text(), nullable=False),
        sa.Column("court_closes", sa.Time(), nullable=False),
        sa.Column("decide_within_days", sa.BigInteger(), nullable=False),
        sa.Column("hearing_days", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_regime_confirmation_digest")),
        sa.CheckConstraint(
            "decide_within_days BETWEEN 1 AND 120", name=op.f("ck_regime_confirmation_decide_within")
        ),
        sa.CheckConstraint("hearing_days BETWEEN 5 AND 60", name=op.f("ck_regime_confirmation_hearing_days")),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_regime_confirmation_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regime_confirmation")),
    )
    op.create_index(
        op.f("ix_regime_confirmation_service_id"), "regime_confirmation", ["service_id"], unique=False
    )
    op.create_table(
        "rule_book",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "jsonb_typeof(points) = 'array' AND jsonb_array_length(points) > 0",
            name=op.f("ck_rule_book_points"),
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_rule_book_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_book")),
        sa.UniqueConstraint("service_id", "version", name=op.f("uq_rule_book_service_id_version")),
    )
    op.create_index("ix_rule_book_newest", "rule_book", ["service_id", "published_at"], unique=False)
    op.create_table(
        "service_regime",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_service_regime_digest")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_service_regime_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_regime")),
        sa.UniqueConstraint("service_id", "version", name=op.f("uq_service_regime_service_id_version")),
    )
    op.create_table(
        "checklist_mark",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=True),
        sa.Column("noted_by", sa.Uuid(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mark IS NULL OR mark IN ('met', 'not_met', 'not_applicable')",
            name=op.f("ck_checklist_mark_mark"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_checklist_mark_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_checklist_mark_organiser_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "code", name=op.f("pk_checklist_mark")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("hearing_id", sa.Uuid(), nullable=True),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rule_book_version", sa.Text(), nullable=True),
        sa.Column("regime_digest", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("notice_by", sa.Text(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "NOT kind IN ('rejected', 'removed', 'suspended') OR hearing_id IS NOT NULL",
            name=op.f("ck_decision_adverse_is_heard"),
        ),
        sa.CheckConstraint(
            "digest ~ '^[0-9a-f]{64}$' AND regime_digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_decision_digest")
        ),
        sa.CheckConstraint(
            "kind IN ('approved', 'rejected', 'suspended', 'reinstated', 'removed', 'appeal_rejected', 'appeal_not_examined')",
            name=op.f("ck_decision_kind"),
        ),
        sa.CheckConstraint("language IN ('fi', 'sv', 'en')", name=op.f("ck_decision_language")),
        sa.CheckConstraint(
            "notice_by IN ('electronic', 'letter', 'received')", name=op.f("ck_decision_notice_by")
        ),
        sa.CheckConstraint(
            "subject_kind IN ('application', 'admission')", name=op.f("ck_decision_subject_kind")
        ),
        sa.CheckConstraint(
            "sent_on <= noticed_on AND noticed_on < last_day", name=op.f("ck_decision_period")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_decision_decided_by")),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearing.id"], name=op.f("fk_decision_hearing_id")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_decision_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_decision_provider_id")),
        sa.ForeignKeyConstraint(["replaces"], ["decision.id"], name=op.f("fk_decision_replaces")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_decision_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("reference", name=op.f("uq_decision_reference")),
        sa.UniqueConstraint("replaces", name=op.f("uq_decision_replaces")),
    )
    op.create_index(op.f("ix_decision_provider_id"), "decision", ["provider_id"], unique=False)
    op.create_index("ix_decision_subject", "decision", ["subject_id"], unique=False)
    op.create_index(
        "uq_decision_first",
        "decision",
        ["subject_id"],
        unique=True,
        postgresql_where=sa.text(
            "subject_kind = 'application' AND replaces IS NULL AND kind IN ('approved', 'rejected')"
        ),
    )
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("came_by", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'received') = (decided_at IS NULL)", name=op.f("ck_appeal_decided")),
        sa.CheckConstraint(
            "(state IN ('received', 'withdrawn')) = (answer_id IS NULL)", name=op.f("ck_appeal_answered")
        ),
        sa.CheckConstraint(
            "came_by IN ('page', 'email', 'letter', 'in_person')", name=op.f("ck_appeal_came_by")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'upheld', 'rejected', 'not_examined', 'withdrawn')",
            name=op.f("ck_appeal_state"),
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_appeal_said")),
        sa.ForeignKeyConstraint(["answer_id"], ["decision.id"], name=op.f("fk_appeal_answer_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_appeal_decided_by")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_appeal_decision_id")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_appeal_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_appeal_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("answer_id", name=op.f("uq_appeal_answer_id")),
    )
    op.create_index(op.f("ix_appeal_decision_id"), "appeal", ["decision_id"], unique=False)
    op.create_index(op.f("ix_appeal_provider_id"), "appeal", ["provider_id"], unique=False)
    op.create_index("ix_appeal_queue", "appeal", ["organiser_id", "state", "arrived_at"], unique=False)
    op.create_index(
        "uq_appeal_open",
        "appeal",
        ["decision_id"],
        unique=True,
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_table(
        "decision_document",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_document_decision_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_decision_document_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_decision_document_provider_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision_document")),
    )
