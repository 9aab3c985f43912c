"""Evidence: comments and their moderation, complaints, intake facts, alarms, previews, oversight findings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON comment_answer TO registry_app",
    "ALTER TABLE comment_answer ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE comment_answer FORCE ROW LEVEL SECURITY",
    "CREATE POLICY comment_answer_in_sight ON comment_answer TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON comment_publication TO registry_app",
    "ALTER TABLE comment_publication ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE comment_publication FORCE ROW LEVEL SECURITY",
    "CREATE POLICY comment_publication_in_sight ON comment_publication TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON comment_report TO registry_app",
    "ALTER TABLE comment_report ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE comment_report FORCE ROW LEVEL SECURITY",
    "CREATE POLICY comment_report_in_sight ON comment_report TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON complaint TO registry_app",
    "ALTER TABLE complaint ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE complaint FORCE ROW LEVEL SECURITY",
    "CREATE POLICY complaint_in_sight ON complaint TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON intake TO registry_app",
    "ALTER TABLE intake ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE intake FORCE ROW LEVEL SECURITY",
    "CREATE POLICY intake_in_sight ON intake TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON municipality_unemployment TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON no_show TO registry_app",
    "ALTER TABLE no_show ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE no_show FORCE ROW LEVEL SECURITY",
    "CREATE POLICY no_show_in_sight ON no_show TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON oversight_finding TO registry_app",
    "ALTER TABLE oversight_finding ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE oversight_finding FORCE ROW LEVEL SECURITY",
    "CREATE POLICY oversight_finding_in_sight ON oversight_finding TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT ON private_figure TO registry_app",
    "ALTER TABLE private_figure ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE private_figure FORCE ROW LEVEL SECURITY",
    "CREATE POLICY private_figure_in_sight ON private_figure TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "CREATE TRIGGER private_figure_append_only BEFORE UPDATE OR DELETE ON private_figure FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER private_figure_no_truncate BEFORE TRUNCATE ON private_figure FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON published_comment TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON published_finding TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON quality_alarm TO registry_app",
    "ALTER TABLE quality_alarm ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE quality_alarm FORCE ROW LEVEL SECURITY",
    "CREATE POLICY quality_alarm_in_sight ON quality_alarm TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON release_objection TO registry_app",
    "ALTER TABLE release_objection ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE release_objection FORCE ROW LEVEL SECURITY",
    "CREATE POLICY release_objection_in_sight ON release_objection TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT ON release_withdrawal TO registry_app",
    "CREATE TRIGGER release_withdrawal_append_only BEFORE UPDATE OR DELETE ON release_withdrawal FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER release_withdrawal_no_truncate BEFORE TRUNCATE ON release_withdrawal FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON review_comment TO registry_app",
    "ALTER TABLE review_comment ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE review_comment FORCE ROW LEVEL SECURITY",
    "CREATE POLICY review_comment_in_sight ON review_comment TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON review_origin TO registry_app",
    "ALTER TABLE review_origin ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE review_origin FORCE ROW LEVEL SECURITY",
    "CREATE POLICY review_origin_in_sight ON review_origin TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
)


MEASURES_BEFORE = "measure IN ('outcome_3', 'outcome_6', 'outcome_12', 'review_after_welcome', 'review_after_coaching', 'review_after_usefulness', 'review_after_contact', 'review_after_timing', 'review_half_year_welcome', 'review_half_year_coaching', 'review_half_year_usefulness', 'review_half_year_contact', 'review_half_year_timing', 'completion', 'first_meeting')"
MEASURES = "measure IN ('outcome_3', 'outcome_6', 'outcome_12', 'review_after_welcome', 'review_after_coaching', 'review_after_usefulness', 'review_after_contact', 'review_after_timing', 'review_half_year_welcome', 'review_half_year_coaching', 'review_half_year_usefulness', 'review_half_year_contact', 'review_half_year_timing', 'completion', 'first_meeting', 'choices_lapsed', 'complaints_upheld')"


def upgrade() -> None:
    _tables()
    op.drop_constraint("ck_release_figure_measure", "release_figure")
    op.create_check_constraint(op.f("ck_release_figure_measure"), "release_figure", MEASURES)
    op.create_check_constraint(
        op.f("ck_release_figure_expected_whole"),
        "release_figure",
        "num_nonnulls(expected, ratio, ratio_low, ratio_high) IN (0, 4) AND (expected IS NULL OR k IS NOT NULL)"
        " AND ratio_low <= ratio AND ratio <= ratio_high",
    )
    op.create_check_constraint(
        op.f("ck_role_grant_guardian_of_client"), "role_grant", "NOT guardian OR client_id IS NOT NULL"
    )
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    op.drop_constraint("ck_role_grant_guardian_of_client", "role_grant")
    op.drop_constraint("ck_release_figure_expected_whole", "release_figure")
    op.drop_constraint("ck_release_figure_measure", "release_figure")
    op.create_check_constraint(op.f("ck_release_figure_measure"), "release_figure", MEASURES_BEFORE)
    op.drop_column("role_grant", "guardian")
    op.drop_column("release_figure", "ratio_high")
    op.drop_column("release_figure", "ratio_low")
    op.drop_column("release_figure", "ratio")
    op.drop_column("release_figure", "expected")
    op.drop_column("release", "public_from")
    op.drop_table("comment_publication")
    op.drop_index("ix_review_origin_at", table_name="review_origin")
    op.drop_table("review_origin")
    op.drop_index(
        "ix_review_comment_queue",
        table_name="review_comment",
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.drop_index("ix_review_comment_provider", table_name="review_comment")
    op.drop_table("review_comment")
    op.drop_table("no_show")
    op.drop_index("ix_intake_service", table_name="intake")
    op.drop_table("intake")
    op.drop_index("ix_complaint_voucher", table_name="complaint")
    op.drop_index("ix_complaint_provider", table_name="complaint")
    op.drop_table("complaint")
    op.drop_index(op.f("ix_published_finding_provider_id"), table_name="published_finding")
    op.drop_table("published_finding")
    op.drop_index(op.f("ix_comment_report_comment_id"), table_name="comment_report")
    op.drop_table("comment_report")
    op.drop_table("comment_answer")
    op.drop_table("release_withdrawal")
    op.drop_index("ix_release_objection_release", table_name="release_objection")
    op.drop_table("release_objection")
    op.drop_table("quality_alarm")
    op.drop_index("ix_published_comment_provider", table_name="published_comment")
    op.drop_table("published_comment")
    op.drop_table("private_figure")
    op.drop_index("ix_oversight_finding_provider", table_name="oversight_finding")
    op.drop_table("oversight_finding")
    op.drop_table("municipality_unemployment")


def _tables() -> None:
    op.create_table(
        "municipality_unemployment",
        sa.Column("municipality_code", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("rate_bp", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "month ~ '^\\d{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_municipality_unemployment_month")
        ),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name=op.f("ck_municipality_unemployment_rate")),
        sa.ForeignKeyConstraint(
            ["municipality_code"],
            ["municipality.code"],
            name=op.f("fk_municipality_unemployment_municipality_code"),
        ),
        sa.PrimaryKeyConstraint("municipality_code", "month", name=op.f("pk_municipality_unemployment")),
        info={"rls": None, "append_only": False, "keeps": "for ever: public statistics"},
    )
    op.create_table(
        "oversight_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("statement", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hearing_until", sa.Date(), nullable=True),
        sa.Column("heard", sa.Text(), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('published', 'dropped')) = (decided_at IS NOT NULL)",
            name=op.f("ck_oversight_finding_decided"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'hearing', 'published', 'dropped')", name=op.f("ck_oversight_finding_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('hearing', 'published') OR hearing_until IS NOT NULL",
            name=op.f("ck_oversight_finding_heard_first"),
        ),
        sa.CheckConstraint("(heard IS NULL) = (heard_at IS NULL)", name=op.f("ck_oversight_finding_heard")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_oversight_finding_decided_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"], name=op.f("fk_oversight_finding_opened_by")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_oversight_finding_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_oversight_finding_provider_id")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_oversight_finding_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oversight_finding")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "10 years after it was decided",
        },
    )
    op.create_index("ix_oversight_finding_provider", "oversight_finding", ["provider_id"], unique=False)
    op.create_table(
        "private_figure",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("k", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("measure IN ('switched', 'no_show')", name=op.f("ck_private_figure_measure")),
        sa.CheckConstraint("n >= 5 AND k BETWEEN 0 AND n", name=op.f("ck_private_figure_enough_people")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_private_figure_organiser_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_private_figure_provider_id")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_private_figure_release_id")),
        sa.PrimaryKeyConstraint(
            "release_id", "service_id", "provider_id", "measure", name=op.f("pk_private_figure")
        ),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": True,
            "keeps": "as long as the release",
        },
    )
    op.create_table(
        "published_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("moment IN ('after', 'half_year')", name=op.f("ck_published_comment_moment")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_published_comment_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_published_comment_provider_id")
        ),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_published_comment_release_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_published_comment_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_comment")),
        info={
            "rls": None,
            "append_only": False,
            "keeps": "as long as the release shows it; withdrawn at once when a report is found right",
        },
    )
    op.create_index(
        "ix_published_comment_provider", "published_comment", ["provider_id", "service_id"], unique=False
    )
    op.create_table(
        "quality_alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_quality_alarm_decided")),
        sa.CheckConstraint(
            "kind IN ('review_burst', 'scores_without_outcomes', 'easy_intake', 'redeemed_for_review', 'one_place')",
            name=op.f("ck_quality_alarm_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'explained', 'confirmed')", name=op.f("ck_quality_alarm_state")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_quality_alarm_decided_by")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_quality_alarm_organiser_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_quality_alarm_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_quality_alarm_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_alarm")),
        sa.UniqueConstraint(
            "organiser_id",
            "provider_id",
            "service_id",
            "kind",
            "period",
            name=op.f("uq_quality_alarm_organiser_id_provider_id_service_id_kind_period"),
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
        "release_objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_release_objection_answered")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["account.id"], name=op.f("fk_release_objection_answered_by")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_release_objection_made_by")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_release_objection_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_release_objection_provider_id")
        ),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_objection_release_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_release_objection_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_objection")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "3 years after it was answered",
        },
    )
    op.create_index(
        "ix_release_objection_release", "release_objection", ["release_id", "provider_id"], unique=False
    )
    op.create_table(
        "release_withdrawal",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_release_withdrawal_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_release_withdrawal_release_id")
        ),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release_withdrawal")),
        info={"rls": None, "append_only": True, "keeps": "as long as the release"},
    )
    op.create_table(
        "comment_answer",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("masked_kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rejected_for", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'rejected') = (rejected_for IS NOT NULL)",
            name=op.f("ck_comment_answer_rejected_with_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'submitted') = (decided_at IS NULL)", name=op.f("ck_comment_answer_decided")
        ),
        sa.CheckConstraint(
            "rejected_for IS NULL OR rejected_for IN ('names_a_person', 'third_person', 'health', 'abuse', 'threat', 'advertising', 'off_topic', 'not_understandable')",
            name=op.f("ck_comment_answer_rejected_for"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_comment_answer_state"),
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["published_comment.id"], name=op.f("fk_comment_answer_comment_id")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_comment_answer_decided_by")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_comment_answer_organiser_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_comment_answer_provider_id")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_answer")),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "3 years after the service ended, then only the releases remain",
        },
    )
    op.create_table(
        "comment_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_comment_report_decided")),
        sa.CheckConstraint("about IN ('comment', 'answer')", name=op.f("ck_comment_report_about")),
        sa.CheckConstraint(
            "reason IN ('names_a_person', 'third_person', 'health', 'abuse', 'threat', 'advertising', 'off_topic', 'not_understandable')",
            name=op.f("ck_comment_report_reason"),
        ),
        sa.CheckConstraint("state IN ('open', 'upheld', 'dismissed')", name=op.f("ck_comment_report_state")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["published_comment.id"], name=op.f("fk_comment_report_comment_id")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_comment_report_decided_by")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_comment_report_organiser_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_report")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "2 years after it was decided",
        },
    )
    op.create_index(op.f("ix_comment_report_comment_id"), "comment_report", ["comment_id"], unique=False)
    op.create_table(
        "published_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("statement", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["oversight_finding.id"], name=op.f("fk_published_finding_id")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_published_finding_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_published_finding_provider_id")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_published_finding_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_finding")),
        info={
            "rls": None,
            "append_only": False,
            "keeps": "3 years on show, then only in the register officer's file",
        },
    )
    op.create_index(
        op.f("ix_published_finding_provider_id"), "published_finding", ["provider_id"], unique=False
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_complaint_decided")),
        sa.CheckConstraint(
            "about IN ('not_as_promised', 'treatment', 'waiting', 'quality', 'charged_wrongly', 'safety', 'other')",
            name=op.f("ck_complaint_about"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'upheld', 'not_upheld', 'withdrawn')", name=op.f("ck_complaint_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('upheld', 'not_upheld') OR findings IS NOT NULL",
            name=op.f("ck_complaint_reasoned"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_complaint_decided_by")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_complaint_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_complaint_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_complaint_service_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_complaint_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "client_id",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "3 years after the service ended, then only the releases remain",
        },
    )
    op.create_index("ix_complaint_provider", "complaint", ["provider_id", "service_id"], unique=False)
    op.create_index("ix_complaint_voucher", "complaint", ["voucher_id"], unique=False)
    op.create_table(
        "intake",
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("months_unemployed", sa.Text(), nullable=False),
        sa.Column("education", sa.Text(), nullable=False),
        sa.Column("age", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("area_unemployment", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("age IN ('under_20', '20_24', '25_29', '30_plus')", name=op.f("ck_intake_age")),
        sa.CheckConstraint(
            "area_unemployment IN ('under_8', '8_to_9', '10_to_11', '12_plus', 'not_known')",
            name=op.f("ck_intake_area_unemployment"),
        ),
        sa.CheckConstraint(
            "education IN ('basic', 'secondary', 'higher', 'not_known')", name=op.f("ck_intake_education")
        ),
        sa.CheckConstraint("language IN ('fi_sv', 'other')", name=op.f("ck_intake_language")),
        sa.CheckConstraint(
            "months_unemployed IN ('under_3', '3_to_5', '6_to_11', '12_to_23', '24_plus')",
            name=op.f("ck_intake_months_unemployed"),
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_intake_organiser_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_intake_service_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_intake_voucher_id")),
        sa.PrimaryKeyConstraint("voucher_id", name=op.f("pk_intake")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "client_id",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "3 years after the service ended, then only the releases remain",
        },
    )
    op.create_index("ix_intake_service", "intake", ["service_id"], unique=False)
    op.create_table(
        "no_show",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("agreed_for", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_no_show_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_no_show_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_no_show_service_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_no_show_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_show")),
        sa.UniqueConstraint(
            "voucher_id",
            "provider_id",
            "agreed_for",
            name=op.f("uq_no_show_voucher_id_provider_id_agreed_for"),
        ),
        info={
            "rls": {
                "provider": "provider_id",
                "client": "client_id",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "as long as the voucher",
        },
    )
    op.create_table(
        "review_comment",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("masked_kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rejected_for", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'rejected') = (rejected_for IS NOT NULL)",
            name=op.f("ck_review_comment_rejected_with_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'submitted') = (decided_at IS NULL)", name=op.f("ck_review_comment_decided")
        ),
        sa.CheckConstraint("moment IN ('after', 'half_year')", name=op.f("ck_review_comment_moment")),
        sa.CheckConstraint(
            "rejected_for IS NULL OR rejected_for IN ('names_a_person', 'third_person', 'health', 'abuse', 'threat', 'advertising', 'off_topic', 'not_understandable')",
            name=op.f("ck_review_comment_rejected_for"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'approved', 'rejected', 'published', 'withdrawn')",
            name=op.f("ck_review_comment_state"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_review_comment_decided_by")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_review_comment_organiser_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_review_comment_provider_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_comment_review_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_review_comment_service_id")),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_comment")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "client_id",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "3 years after the service ended, then only the releases remain",
        },
    )
    op.create_index(
        "ix_review_comment_provider", "review_comment", ["provider_id", "service_id"], unique=False
    )
    op.create_index(
        "ix_review_comment_queue",
        "review_comment",
        ["organiser_id", "submitted_at"],
        unique=False,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "review_origin",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_review_origin_organiser_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_review_origin_provider_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_origin_review_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_review_origin_service_id")),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_origin")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "NULL::uuid",
                "account": None,
                "appended_by": ("client",),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "2 weeks",
        },
    )
    op.create_index("ix_review_origin_at", "review_origin", ["at"], unique=False)
    op.create_table(
        "comment_publication",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["published_comment.id"], name=op.f("fk_comment_publication_comment_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_comment_publication_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review_comment.review_id"], name=op.f("fk_comment_publication_review_id")
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_publication")),
        sa.UniqueConstraint("review_id", name=op.f("uq_comment_publication_review_id")),
        info={
            "rls": {
                "provider": "NULL::uuid",
                "client": "client_id",
                "account": None,
                "appended_by": (),
                "nullable": False,
            },
            "append_only": False,
            "keeps": "3 years after the service ended, then only the releases remain",
        },
    )
    op.add_column(
        "release",
        sa.Column("public_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("release_figure", sa.Column("expected", sa.BigInteger(), nullable=True))
    op.add_column("release_figure", sa.Column("ratio", sa.BigInteger(), nullable=True))
    op.add_column("release_figure", sa.Column("ratio_low", sa.BigInteger(), nullable=True))
    op.add_column("release_figure", sa.Column("ratio_high", sa.BigInteger(), nullable=True))
    op.add_column(
        "role_grant", sa.Column("guardian", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
