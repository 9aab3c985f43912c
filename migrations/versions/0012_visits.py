"""What a client says of a recorded visit, and what was found of it when it is disputed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON visit_answer TO registry_app",
    "ALTER TABLE visit_answer ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE visit_answer FORCE ROW LEVEL SECURITY",
    "CREATE POLICY visit_answer_in_sight ON visit_answer TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END)",
)


def upgrade() -> None:
    op.create_table(
        "visit_answer",
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("answer IN ('yes', 'no', 'not_there')", name=op.f("ck_visit_answer_answer")),
        sa.CheckConstraint(
            "ruling IS NULL OR ruling IN ('stands', 'reversed')", name=op.f("ck_visit_answer_ruling")
        ),
        sa.CheckConstraint(
            "(ruling IS NULL) = (ruled_at IS NULL) AND (ruling IS NULL) = (reason IS NULL)",
            name=op.f("ck_visit_answer_ruled"),
        ),
        sa.CheckConstraint(
            "ruling IS NULL OR answer <> 'yes'",
            name=op.f("ck_visit_answer_only_the_disputed_is_ruled_on"),
        ),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemption.id"], name=op.f("fk_visit_answer_redemption_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_visit_answer_organiser_id")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_visit_answer_voucher_id")),
        sa.PrimaryKeyConstraint("redemption_id", name=op.f("pk_visit_answer")),
    )
    op.create_index(op.f("ix_visit_answer_voucher_id"), "visit_answer", ["voucher_id"])
    op.create_index(
        "ix_visit_answer_held",
        "visit_answer",
        ["organiser_id"],
        postgresql_where=sa.text("answer <> 'yes' AND ruling IS NULL"),
    )
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("visit_answer")
