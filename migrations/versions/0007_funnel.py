"""What was fitted for each share of a release stands in rows of its own, so that pages can draw its funnel.

The program before this one neither writes nor reads them: a release that it makes meanwhile has no funnel on the page.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT ON release_measure TO registry_app",
    "CREATE TRIGGER release_measure_append_only BEFORE UPDATE OR DELETE ON release_measure FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER release_measure_no_truncate BEFORE TRUNCATE ON release_measure FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
)

MEASURES = "measure IN ('outcome_3', 'outcome_6', 'outcome_12', 'review_after_welcome', 'review_after_coaching', 'review_after_usefulness', 'review_after_contact', 'review_after_timing', 'review_half_year_welcome', 'review_half_year_coaching', 'review_half_year_usefulness', 'review_half_year_contact', 'review_half_year_timing', 'completion', 'first_meeting', 'choices_lapsed', 'complaints_upheld')"

FROM_DOCUMENTS = """
INSERT INTO release_measure (release_id, service_id, measure, mean_millionths, kappa_thousandths,
                             funnel_phi_thousandths, funnel_kappa_thousandths)
SELECT r.id, s.key::uuid, m.key, (m.value ->> 'mean_millionths')::bigint, (m.value ->> 'kappa_thousandths')::bigint,
       (m.value -> 'funnel' ->> 'phi_thousandths')::bigint, (m.value -> 'funnel' ->> 'kappa_thousandths')::bigint
FROM release r, jsonb_each(r.figures::jsonb -> 'services') s, jsonb_each(s.value) m
WHERE m.value ->> 'kind' = 'share'
"""
"""What the releases before this one have in their documents."""


def upgrade() -> None:
    op.create_table(
        "release_measure",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("mean_millionths", sa.BigInteger(), nullable=False),
        sa.Column("kappa_thousandths", sa.BigInteger(), nullable=False),
        sa.Column("funnel_phi_thousandths", sa.BigInteger(), nullable=True),
        sa.Column("funnel_kappa_thousandths", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(MEASURES, name=op.f("ck_release_measure_measure")),
        sa.CheckConstraint(
            "mean_millionths BETWEEN 0 AND 1000000 AND kappa_thousandths > 0",
            name=op.f("ck_release_measure_prior"),
        ),
        sa.CheckConstraint(
            "funnel_kappa_thousandths IS NULL OR funnel_phi_thousandths IS NOT NULL",
            name=op.f("ck_release_measure_funnel_whole"),
        ),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_measure_release_id")),
        sa.PrimaryKeyConstraint("release_id", "service_id", "measure", name=op.f("pk_release_measure")),
    )
    op.execute(FROM_DOCUMENTS)
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("release_measure")
