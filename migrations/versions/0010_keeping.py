"""Prices by their days, change requests, accepted rule books, reminders, nightly checks, inspections, retention runs.

The program before this one writes neither; an admission's price stays where it reads it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NUMBER = """CREATE FUNCTION registry_uuid_number(id uuid) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT 10000000 * (18446744073709551616 * ('x' || substr(translate(id::text, '-', ''), 1, 16))::bit(64)::bigint
  + ('x' || substr(translate(id::text, '-', ''), 17))::bit(64)::bigint) $$"""
"""A whole number for each uuid, ten million apart: room for every day of a calendar between two of them."""

FUNCTION = (
    NUMBER,
    "REVOKE ALL ON FUNCTION registry_uuid_number(uuid) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION registry_uuid_number(uuid) TO registry_app, registry_lookup",
)

DECISION_KINDS = (
    "approved",
    "rejected",
    "suspended",
    "reinstated",
    "removed",
    "appeal_rejected",
    "appeal_not_examined",
)
GIVEN_BACK_FOR = ("silent", "declined", "late")

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON admission_change TO registry_app",
    "ALTER TABLE admission_change ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE admission_change FORCE ROW LEVEL SECURITY",
    "CREATE POLICY admission_change_in_sight ON admission_change TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON admission_price TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON admission_reminder TO registry_app",
    "ALTER TABLE admission_reminder ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE admission_reminder FORCE ROW LEVEL SECURITY",
    "CREATE POLICY admission_reminder_in_sight ON admission_reminder TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON company_check TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON corrective_requirement TO registry_app",
    "ALTER TABLE corrective_requirement ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE corrective_requirement FORCE ROW LEVEL SECURITY",
    "CREATE POLICY corrective_requirement_in_sight ON corrective_requirement TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON inspection TO registry_app",
    "ALTER TABLE inspection ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE inspection FORCE ROW LEVEL SECURITY",
    "CREATE POLICY inspection_in_sight ON inspection TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON retention_run TO registry_app",
    "GRANT SELECT, INSERT ON rule_book_acceptance TO registry_app",
    "ALTER TABLE rule_book_acceptance ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE rule_book_acceptance FORCE ROW LEVEL SECURITY",
    "CREATE POLICY rule_book_acceptance_in_sight ON rule_book_acceptance TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER rule_book_acceptance_append_only BEFORE UPDATE OR DELETE ON rule_book_acceptance FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER rule_book_acceptance_no_truncate BEFORE TRUNCATE ON rule_book_acceptance FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON rule_book_round TO registry_app",
    "ALTER TABLE rule_book_round ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE rule_book_round FORCE ROW LEVEL SECURITY",
    "CREATE POLICY rule_book_round_in_sight ON rule_book_round TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON service_keeping TO registry_app",
)


def upgrade() -> None:
    for statement in FUNCTION:
        op.execute(statement)
    _tables()
    op.add_column("admission", sa.Column("capacity_confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("admission", sa.Column("clients_may", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_admission_clients_may"),
        "admission",
        "clients_may IS NULL OR clients_may IN ('finish', 'choose_again')",
    )
    _allowed("decision", "kind", (*DECISION_KINDS, "changed", "change_rejected"))
    _allowed("voucher_extension", "reason", (*GIVEN_BACK_FOR, "left"))
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    _allowed("voucher_extension", "reason", GIVEN_BACK_FOR)
    _allowed("decision", "kind", DECISION_KINDS)
    op.drop_constraint(op.f("ck_admission_clients_may"), "admission")
    op.drop_column("admission", "clients_may")
    op.drop_column("admission", "capacity_confirmed_at")
    op.drop_table("rule_book_acceptance")
    op.drop_table("admission_reminder")
    op.drop_table("admission_price")
    op.drop_table("admission_change")
    op.drop_table("corrective_requirement")
    op.drop_table("service_keeping")
    op.drop_table("rule_book_round")
    op.drop_table("inspection")
    op.drop_table("company_check")
    op.drop_table("retention_run")
    op.execute("DROP FUNCTION registry_uuid_number(uuid)")


def _allowed(table: str, column: str, values: tuple[str, ...]) -> None:
    """A wider CHECK of what a column may say."""
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    said = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({said})")


def _tables() -> None:
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=False),
        sa.Column("pseudonymised", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "deleted >= 0 AND pseudonymised >= 0 AND batches >= 0", name=op.f("ck_retention_run_counts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
        sa.UniqueConstraint("rule", "on_day", name=op.f("uq_retention_run_rule_on_day")),
    )
    op.create_table(
        "company_check",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("concerns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('found', 'not_found', 'unreachable')", name=op.f("ck_company_check_outcome")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_company_check_provider_id")),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_company_check")),
    )
    op.create_index(op.f("ix_company_check_next_at"), "company_check", ["next_at"], unique=False)
    op.create_table(
        "inspection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'held') = (held_on IS NOT NULL AND length(report) > 0)", name=op.f("ck_inspection_held")
        ),
        sa.CheckConstraint("state IN ('planned', 'held', 'cancelled')", name=op.f("ck_inspection_state")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_inspection_made_by")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_inspection_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_inspection_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_inspection_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    op.create_index(
        "ix_inspection_organiser", "inspection", ["organiser_id", "state", "planned_on"], unique=False
    )
    op.create_index(op.f("ix_inspection_provider_id"), "inspection", ["provider_id"], unique=False)
    op.create_table(
        "rule_book_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("afterwards", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("afterwards IN ('suspend', 'lapse')", name=op.f("ck_rule_book_round_afterwards")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_rule_book_round_organiser_id")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_rule_book_round_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_book_round")),
        sa.UniqueConstraint("service_id", "version", name=op.f("uq_rule_book_round_service_id_version")),
    )
    op.create_table(
        "service_keeping",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("price_notice_days", sa.BigInteger(), nullable=False),
        sa.Column("accept_within_days", sa.BigInteger(), nullable=False),
        sa.Column("afterwards", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("afterwards IN ('suspend', 'lapse')", name=op.f("ck_service_keeping_afterwards")),
        sa.CheckConstraint(
            "accept_within_days BETWEEN 14 AND 365", name=op.f("ck_service_keeping_accept_within")
        ),
        sa.CheckConstraint(
            "price_notice_days BETWEEN 0 AND 365", name=op.f("ck_service_keeping_price_notice")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_service_keeping_service_id")),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_service_keeping")),
    )
    op.create_table(
        "corrective_requirement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_words", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('met', 'not_met', 'dropped')) = (settled_at IS NOT NULL)",
            name=op.f("ck_corrective_requirement_settled"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'reported', 'met', 'not_met', 'dropped')",
            name=op.f("ck_corrective_requirement_state"),
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_corrective_requirement_said")),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["oversight_finding.id"], name=op.f("fk_corrective_requirement_finding_id")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspection.id"], name=op.f("fk_corrective_requirement_inspection_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_corrective_requirement_made_by")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_corrective_requirement_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_corrective_requirement_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["account.id"], name=op.f("fk_corrective_requirement_settled_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrective_requirement")),
    )
    op.create_index(
        "ix_corrective_requirement_due",
        "corrective_requirement",
        ["organiser_id", "state", "due_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_corrective_requirement_provider_id"), "corrective_requirement", ["provider_id"], unique=False
    )
    op.create_table(
        "admission_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("admission_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("price_from", sa.Date(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'submitted') = (decided_at IS NULL)", name=op.f("ck_admission_change_decided")
        ),
        sa.CheckConstraint(
            "state <> 'rejected' OR length(reason) > 0", name=op.f("ck_admission_change_rejection_has_reason")
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_admission_change_state"),
        ),
        sa.ForeignKeyConstraint(
            ["admission_id"], ["admission.id"], name=op.f("fk_admission_change_admission_id")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_admission_change_decision_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_admission_change_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_admission_change_provider_id")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_admission_change_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission_change")),
    )
    op.create_index(
        op.f("ix_admission_change_admission_id"), "admission_change", ["admission_id"], unique=False
    )
    op.create_index(
        op.f("ix_admission_change_provider_id"), "admission_change", ["provider_id"], unique=False
    )
    op.create_index(
        "ix_admission_change_queue", "admission_change", ["organiser_id", "state", "due_on"], unique=False
    )
    op.create_index(
        "uq_admission_change_open",
        "admission_change",
        ["admission_id"],
        unique=True,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "admission_price",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("admission_id", sa.Uuid(), nullable=False),
        sa.Column("unit_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current_since", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (
                sa.text(
                    "numrange(registry_uuid_number(admission_id) + (valid_from - DATE '0001-01-01'), registry_uuid_number(admission_id) + (coalesce(valid_until, DATE '9999-12-31') - DATE '0001-01-01'), '[)')"
                ),
                "&&",
            ),
            using="gist",
            name="ex_admission_price_overlap",
        ),
        sa.CheckConstraint("unit_price_cents >= 0", name=op.f("ck_admission_price_price_not_negative")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_admission_price_days")
        ),
        sa.CheckConstraint("vat_rate_bp BETWEEN 0 AND 10000", name=op.f("ck_admission_price_vat_rate")),
        sa.ForeignKeyConstraint(
            ["admission_id"], ["admission.id"], name=op.f("fk_admission_price_admission_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission_price")),
    )
    op.create_index(
        "ix_admission_price_admission", "admission_price", ["admission_id", "valid_from"], unique=False
    )
    op.create_index(
        "ix_admission_price_coming",
        "admission_price",
        ["valid_from"],
        unique=False,
        postgresql_where=sa.text("current_since IS NULL"),
    )
    op.create_table(
        "admission_reminder",
        sa.Column("admission_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('term', 'capacity', 'rule_book')", name=op.f("ck_admission_reminder_kind")
        ),
        sa.ForeignKeyConstraint(
            ["admission_id"], ["admission.id"], name=op.f("fk_admission_reminder_admission_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_admission_reminder_organiser_id")
        ),
        sa.PrimaryKeyConstraint("admission_id", "kind", "about", "step", name=op.f("pk_admission_reminder")),
    )
    op.create_table(
        "rule_book_acceptance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("admission_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("version_before", sa.Text(), nullable=False),
        sa.Column("points", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["admission_id"], ["admission.id"], name=op.f("fk_rule_book_acceptance_admission_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_rule_book_acceptance_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_rule_book_acceptance_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_book_acceptance")),
        sa.UniqueConstraint(
            "admission_id", "version", name=op.f("uq_rule_book_acceptance_admission_id_version")
        ),
    )
    op.create_index(
        op.f("ix_rule_book_acceptance_provider_id"), "rule_book_acceptance", ["provider_id"], unique=False
    )
