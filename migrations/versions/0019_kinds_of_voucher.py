"""Allowances, milestones, company clients, late grants, renewals, and decisions against a voucher's holder."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CHECKS = {
    "voucher_terms": {
        "kind": "kind IN ('euros', 'units', 'allowance', 'results')",
        "units_value": "kind <> 'units' OR value_cents * 100 = units * unit_price_ceiling_cents",
        "allowance": "(kind = 'allowance') = (months IS NOT NULL AND carry_over IS NOT NULL)"
        " AND (months IS NULL OR months BETWEEN 1 AND 36)",
        "results": "(kind = 'results') = (milestones IS NOT NULL) AND (kind <> 'results' OR NOT own_share_allowed)"
        " AND (expected_release_id IS NULL) = (expected_measure IS NULL)",
        "retroactive_days": "retroactive_days BETWEEN 0 AND 365",
    },
    "voucher": {
        "allowance": "(allowance_cents IS NULL AND allowance_months IS NULL AND carry_over IS NULL AND months_had IS NULL"
        " AND next_topup_at IS NULL) OR (allowance_cents > 0 AND carry_over IS NOT NULL AND months_had >= 1"
        " AND months_had <= allowance_months AND (next_topup_at IS NULL OR (months_had < allowance_months"
        " AND ended_at IS NULL)))",
        "backdated_approved": "retroactive_id IS NOT NULL OR valid_from >= granted_at",
    },
    "role_grant": {
        "representative_of_client": "NOT representative OR (client_id IS NOT NULL AND NOT guardian)",
    },
}
BEFORE = {
    "voucher_terms": {
        "kind": "kind IN ('euros', 'units')",
        "units_value": "kind = 'euros' OR value_cents * 100 = units * unit_price_ceiling_cents",
    },
}

FREE_BY_LAW = (
    """CREATE FUNCTION registry_free_by_law() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'voucher_terms' THEN
    IF NEW.own_share_allowed AND EXISTS (SELECT FROM service WHERE id = NEW.service_id AND free_by_law FOR SHARE) THEN
      RAISE EXCEPTION 'the law makes this service free: its terms allow no own share' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.free_by_law AND NOT OLD.free_by_law AND (SELECT own_share_allowed FROM voucher_terms
      WHERE service_id = NEW.id ORDER BY version DESC LIMIT 1) THEN
    RAISE EXCEPTION 'the terms in force take an own share: publish others first' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$""",
    "REVOKE ALL ON FUNCTION registry_free_by_law() FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION registry_free_by_law() TO registry_app, registry_lookup",
    "CREATE TRIGGER voucher_terms_free_by_law BEFORE INSERT ON voucher_terms"
    " FOR EACH ROW EXECUTE FUNCTION registry_free_by_law()",
    "CREATE TRIGGER service_free_by_law BEFORE UPDATE ON service"
    " FOR EACH ROW EXECUTE FUNCTION registry_free_by_law()",
)
"""Own share is nothing where the law makes a service free: the terms of such a service cannot allow it, a voucher has
its terms' word, and a redemption its voucher's."""

RULE = """INSERT INTO de_minimis_rule (id, regulation, ceiling_cents, years, in_force_from, in_force_through)
VALUES ('0194a1c0-0000-7000-8000-000000002831', '(EU) 2023/2831', 30000000, 3, '2024-01-01', '2030-12-31')"""

PROTECTION = (
    "GRANT SELECT, INSERT ON aid_declaration TO registry_app",
    "ALTER TABLE aid_declaration ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE aid_declaration FORCE ROW LEVEL SECURITY",
    "CREATE POLICY aid_declaration_in_sight ON aid_declaration TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER aid_declaration_append_only BEFORE UPDATE OR DELETE ON aid_declaration FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER aid_declaration_no_truncate BEFORE TRUNCATE ON aid_declaration FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON aid_granted TO registry_app",
    "ALTER TABLE aid_granted ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE aid_granted FORCE ROW LEVEL SECURITY",
    "CREATE POLICY aid_granted_in_sight ON aid_granted TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER aid_granted_append_only BEFORE UPDATE OR DELETE ON aid_granted FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER aid_granted_no_truncate BEFORE TRUNCATE ON aid_granted FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON de_minimis_rule TO registry_app",
    "CREATE TRIGGER de_minimis_rule_append_only BEFORE UPDATE OR DELETE ON de_minimis_rule FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER de_minimis_rule_no_truncate BEFORE TRUNCATE ON de_minimis_rule FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON milestone_claim TO registry_app",
    "ALTER TABLE milestone_claim ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE milestone_claim FORCE ROW LEVEL SECURITY",
    "CREATE POLICY milestone_claim_in_sight ON milestone_claim TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON retroactive_grant TO registry_app",
    "ALTER TABLE retroactive_grant ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE retroactive_grant FORCE ROW LEVEL SECURITY",
    "CREATE POLICY retroactive_grant_in_sight ON retroactive_grant TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "GRANT SELECT, INSERT ON voucher_decision TO registry_app",
    "ALTER TABLE voucher_decision ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE voucher_decision FORCE ROW LEVEL SECURITY",
    "CREATE POLICY voucher_decision_in_sight ON voucher_decision TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER voucher_decision_append_only BEFORE UPDATE OR DELETE ON voucher_decision FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER voucher_decision_no_truncate BEFORE TRUNCATE ON voucher_decision FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON voucher_topup TO registry_app",
    "ALTER TABLE voucher_topup ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE voucher_topup FORCE ROW LEVEL SECURITY",
    "CREATE POLICY voucher_topup_in_sight ON voucher_topup TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE (SELECT client_id FROM voucher WHERE voucher.id = voucher_id) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
    "CREATE TRIGGER voucher_topup_append_only BEFORE UPDATE OR DELETE ON voucher_topup FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER voucher_topup_no_truncate BEFORE TRUNCATE ON voucher_topup FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
)


def upgrade() -> None:
    _tables()
    for table, checks in CHECKS.items():
        for name, check in checks.items():
            if name in BEFORE.get(table, {}):
                op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, check)
    for statement in (RULE, *FREE_BY_LAW, *PROTECTION):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER voucher_terms_free_by_law ON voucher_terms")
    op.execute("DROP TRIGGER service_free_by_law ON service")
    op.execute("DROP FUNCTION registry_free_by_law()")
    for table, checks in CHECKS.items():
        for name in checks:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    for table, checks in BEFORE.items():
        for name, check in checks.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, check)
    _tables_gone()


def _tables() -> None:
    op.create_table(
        "de_minimis_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("regulation", sa.Text(), nullable=False),
        sa.Column("ceiling_cents", sa.BigInteger(), nullable=False),
        sa.Column("years", sa.BigInteger(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("in_force_through", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "ceiling_cents > 0 AND years BETWEEN 1 AND 10", name=op.f("ck_de_minimis_rule_positive")
        ),
        sa.CheckConstraint("in_force_through >= in_force_from", name=op.f("ck_de_minimis_rule_in_force")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_de_minimis_rule")),
    )
    op.create_table(
        "aid_declaration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("aid", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("jsonb_typeof(aid) = 'array'", name=op.f("ck_aid_declaration_a_list")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_aid_declaration_client_id")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_aid_declaration_organiser_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_declaration")),
    )
    op.create_index(op.f("ix_aid_declaration_client_id"), "aid_declaration", ["client_id"], unique=False)
    op.create_table(
        "retroactive_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("events_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (voucher_id IS NOT NULL)",
            name=op.f("ck_retroactive_grant_approved_with_voucher"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_retroactive_grant_decided")
        ),
        sa.CheckConstraint(
            "reason IN ('began_before_decision', 'authority_delayed', 'urgent_start', 'corrected')",
            name=op.f("ck_retroactive_grant_reason"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by <> proposed_by", name=op.f("ck_retroactive_grant_four_eyes")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_retroactive_grant_state"),
        ),
        sa.CheckConstraint(
            "decided_at IS NULL OR decided_by IS NOT NULL",
            name=op.f("ck_retroactive_grant_decided_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_retroactive_grant_client_id")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_retroactive_grant_organiser_id")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_retroactive_grant_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retroactive_grant")),
    )
    op.create_index(op.f("ix_retroactive_grant_client_id"), "retroactive_grant", ["client_id"], unique=False)
    op.create_index(
        "uq_retroactive_grant_open",
        "retroactive_grant",
        ["client_id", "service_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "aid_granted",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("declaration_id", sa.Uuid(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("before_cents", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_cents", sa.BigInteger(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "before_cents + cents <= ceiling_cents", name=op.f("ck_aid_granted_within_ceiling")
        ),
        sa.CheckConstraint("cents > 0 AND before_cents >= 0", name=op.f("ck_aid_granted_positive")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_aid_granted_client_id")),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["aid_declaration.id"], name=op.f("fk_aid_granted_declaration_id")
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_aid_granted_organiser_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["de_minimis_rule.id"], name=op.f("fk_aid_granted_rule_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_aid_granted_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_granted")),
    )
    op.create_index(op.f("ix_aid_granted_client_id"), "aid_granted", ["client_id"], unique=False)
    op.create_index(op.f("ix_aid_granted_voucher_id"), "aid_granted", ["voucher_id"], unique=False)
    op.create_table(
        "voucher_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("heard_on", sa.Date(), nullable=True),
        sa.Column("regime_digest", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("remedy_until", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(heard IN ('meeting', 'phone', 'writing')) = (heard_on IS NOT NULL)",
            name=op.f("ck_voucher_decision_heard_when"),
        ),
        sa.CheckConstraint("cents >= 0 AND reason <> ''", name=op.f("ck_voucher_decision_whole")),
        sa.CheckConstraint(
            "heard IN ('meeting', 'phone', 'writing', 'own_wish', 'not_needed')",
            name=op.f("ck_voucher_decision_heard"),
        ),
        sa.CheckConstraint("kind IN ('lowered', 'cancelled')", name=op.f("ck_voucher_decision_kind")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_voucher_decision_organiser_id")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_voucher_decision_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_decision")),
    )
    op.create_index(op.f("ix_voucher_decision_voucher_id"), "voucher_decision", ["voucher_id"], unique=False)
    op.create_table(
        "voucher_topup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("returned_cents", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "month >= 2 AND cents > 0 AND returned_cents >= 0", name=op.f("ck_voucher_topup_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_voucher_topup_organiser_id")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_voucher_topup_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_topup")),
        sa.UniqueConstraint("voucher_id", "month", name=op.f("uq_voucher_topup_voucher_id_month")),
    )
    op.create_table(
        "milestone_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("presentation_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("milestone", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("confirmer", sa.Text(), nullable=False),
        sa.Column("above_expected", sa.Boolean(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("file_digest", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_as", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("observed_bp", sa.BigInteger(), nullable=True),
        sa.Column("expected_bp", sa.BigInteger(), nullable=True),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('claimed', 'held')) = (decided_at IS NULL)", name=op.f("ck_milestone_claim_decided")
        ),
        sa.CheckConstraint(
            "(state IN ('paid', 'reversed')) = (redemption_id IS NOT NULL)",
            name=op.f("ck_milestone_claim_paid_by"),
        ),
        sa.CheckConstraint(
            "confirmer IN ('client', 'staff', 'authority')", name=op.f("ck_milestone_claim_confirmer")
        ),
        sa.CheckConstraint(
            "milestone IN ('start', 'half_way', 'completed', 'employed_3_months', 'employed_6_months')",
            name=op.f("ck_milestone_claim_milestone"),
        ),
        sa.CheckConstraint(
            "state <> 'paid' OR NOT above_expected OR observed_bp > expected_bp",
            name=op.f("ck_milestone_claim_above_expected"),
        ),
        sa.CheckConstraint(
            "state IN ('claimed', 'held', 'paid', 'refused', 'reversed')",
            name=op.f("ck_milestone_claim_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'held') OR reason <> ''", name=op.f("ck_milestone_claim_reasoned")
        ),
        sa.CheckConstraint(
            "words <> '' OR file_digest IS NOT NULL", name=op.f("ck_milestone_claim_evidence")
        ),
        sa.CheckConstraint(
            "(file_digest IS NULL) = (file_name IS NULL)", name=op.f("ck_milestone_claim_file_whole")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_milestone_claim_amount_positive")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_milestone_claim_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["presentation_id"], ["presentation.id"], name=op.f("fk_milestone_claim_presentation_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_milestone_claim_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemption.id"], name=op.f("fk_milestone_claim_redemption_id")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_milestone_claim_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_claim")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_milestone_claim_redemption_id")),
    )
    op.create_index(
        "ix_milestone_claim_provider", "milestone_claim", ["provider_id", "claimed_at"], unique=False
    )
    op.create_index(op.f("ix_milestone_claim_voucher_id"), "milestone_claim", ["voucher_id"], unique=False)
    op.create_index(
        "ix_milestone_claim_waiting",
        "milestone_claim",
        ["organiser_id", "claimed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'held')"),
    )
    op.create_index(
        "uq_milestone_claim_once",
        "milestone_claim",
        ["voucher_id", "milestone"],
        unique=True,
        postgresql_where=sa.text("state IN ('claimed', 'held', 'paid')"),
    )
    op.create_unique_constraint(
        op.f("uq_voucher_terms_id_own_share_allowed"), "voucher_terms", ["id", "own_share_allowed"]
    )
    op.add_column(
        "role_grant",
        sa.Column("representative", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "voucher", sa.Column("by_results", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("voucher", sa.Column("allowance_cents", sa.BigInteger(), nullable=True))
    op.add_column("voucher", sa.Column("allowance_months", sa.BigInteger(), nullable=True))
    op.add_column("voucher", sa.Column("carry_over", sa.Boolean(), nullable=True))
    op.add_column("voucher", sa.Column("months_had", sa.BigInteger(), nullable=True))
    op.add_column("voucher", sa.Column("next_topup_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("voucher", sa.Column("renews_id", sa.Uuid(), nullable=True))
    op.add_column("voucher", sa.Column("retroactive_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_voucher_topup",
        "voucher",
        ["next_topup_at"],
        unique=False,
        postgresql_where=sa.text("next_topup_at IS NOT NULL"),
    )
    op.create_index(
        "uq_voucher_renews",
        "voucher",
        ["renews_id"],
        unique=True,
        postgresql_where=sa.text("renews_id IS NOT NULL"),
    )
    op.create_index(
        "uq_voucher_retroactive",
        "voucher",
        ["retroactive_id"],
        unique=True,
        postgresql_where=sa.text("retroactive_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("fk_voucher_terms_id"), "voucher", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_voucher_terms_id_own_share_allowed"),
        "voucher",
        "voucher_terms",
        ["terms_id", "own_share_allowed"],
        ["id", "own_share_allowed"],
    )
    op.create_foreign_key(
        op.f("fk_voucher_retroactive_id"), "voucher", "retroactive_grant", ["retroactive_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_voucher_renews_id"), "voucher", "voucher", ["renews_id"], ["id"])
    op.add_column("voucher_terms", sa.Column("months", sa.BigInteger(), nullable=True))
    op.add_column("voucher_terms", sa.Column("carry_over", sa.Boolean(), nullable=True))
    op.add_column(
        "voucher_terms",
        sa.Column("milestones", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )
    op.add_column("voucher_terms", sa.Column("expected_release_id", sa.Uuid(), nullable=True))
    op.add_column("voucher_terms", sa.Column("expected_measure", sa.Text(), nullable=True))
    op.add_column(
        "voucher_terms",
        sa.Column("retroactive_days", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "voucher_terms",
        sa.Column("de_minimis", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_foreign_key(
        op.f("fk_voucher_terms_expected_release_id"),
        "voucher_terms",
        "release",
        ["expected_release_id"],
        ["id"],
    )


def _tables_gone() -> None:
    op.drop_constraint(op.f("fk_voucher_terms_expected_release_id"), "voucher_terms", type_="foreignkey")
    op.drop_column("voucher_terms", "de_minimis")
    op.drop_column("voucher_terms", "retroactive_days")
    op.drop_column("voucher_terms", "expected_measure")
    op.drop_column("voucher_terms", "expected_release_id")
    op.drop_column("voucher_terms", "milestones")
    op.drop_column("voucher_terms", "carry_over")
    op.drop_column("voucher_terms", "months")
    op.drop_constraint(op.f("fk_voucher_renews_id"), "voucher", type_="foreignkey")
    op.drop_constraint(op.f("fk_voucher_retroactive_id"), "voucher", type_="foreignkey")
    op.drop_constraint(op.f("fk_voucher_terms_id_own_share_allowed"), "voucher", type_="foreignkey")
    op.drop_constraint(op.f("uq_voucher_terms_id_own_share_allowed"), "voucher_terms", type_="unique")
    op.create_foreign_key(op.f("fk_voucher_terms_id"), "voucher", "voucher_terms", ["terms_id"], ["id"])
    op.drop_index(
        "uq_voucher_retroactive", table_name="voucher", postgresql_where=sa.text("retroactive_id IS NOT NULL")
    )
    op.drop_index(
        "uq_voucher_renews", table_name="voucher", postgresql_where=sa.text("renews_id IS NOT NULL")
    )
    op.drop_index(
        "ix_voucher_topup", table_name="voucher", postgresql_where=sa.text("next_topup_at IS NOT NULL")
    )
    op.drop_column("voucher", "retroactive_id")
    op.drop_column("voucher", "renews_id")
    op.drop_column("voucher", "next_topup_at")
    op.drop_column("voucher", "months_had")
    op.drop_column("voucher", "carry_over")
    op.drop_column("voucher", "allowance_months")
    op.drop_column("voucher", "allowance_cents")
    op.drop_column("voucher", "by_results")
    op.drop_column("role_grant", "representative")
    op.drop_index(
        "uq_milestone_claim_once",
        table_name="milestone_claim",
        postgresql_where=sa.text("state IN ('claimed', 'held', 'paid')"),
    )
    op.drop_index(
        "ix_milestone_claim_waiting",
        table_name="milestone_claim",
        postgresql_where=sa.text("state IN ('claimed', 'held')"),
    )
    op.drop_index(op.f("ix_milestone_claim_voucher_id"), table_name="milestone_claim")
    op.drop_index("ix_milestone_claim_provider", table_name="milestone_claim")
    op.drop_table("milestone_claim")
    op.drop_table("voucher_topup")
    op.drop_index(op.f("ix_voucher_decision_voucher_id"), table_name="voucher_decision")
    op.drop_table("voucher_decision")
    op.drop_index(op.f("ix_aid_granted_voucher_id"), table_name="aid_granted")
    op.drop_index(op.f("ix_aid_granted_client_id"), table_name="aid_granted")
    op.drop_table("aid_granted")
    op.drop_index(
        "uq_retroactive_grant_open",
        table_name="retroactive_grant",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(op.f("ix_retroactive_grant_client_id"), table_name="retroactive_grant")
    op.drop_table("retroactive_grant")
    op.drop_index(op.f("ix_aid_declaration_client_id"), table_name="aid_declaration")
    op.drop_table("aid_declaration")
    op.drop_table("de_minimis_rule")
