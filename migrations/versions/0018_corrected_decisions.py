"""Decisions are corrected without a request for review, courts rule on them, and papers come with what is said of them.

The program before this one writes none of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SIGHT = "organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL THEN true ELSE provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) END AND CASE WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL THEN true ELSE NULL::uuid = (SELECT nullif(current_setting('registry.client', true), '')::uuid) END"
GROUNDS = "'evidence', 'law', 'procedure', 'new_evidence', 'clerical', 'court'"
CHECKS = (
    ("hearing", "consents", "consents IS NULL OR (correcting_id IS NOT NULL AND closed_at IS NOT NULL)"),
    (
        "decision",
        "correction",
        f"correction IS NULL OR (replaces IS NOT NULL AND correction IN ({GROUNDS}))",
    ),
    (
        "decision",
        "consent",
        "consent IS NULL OR (correction IS NOT NULL AND consent IN ('given', 'own_conduct'))",
    ),
)


def upgrade() -> None:
    op.add_column("hearing", sa.Column("correcting_id", sa.Uuid(), nullable=True))
    op.add_column("hearing", sa.Column("consents", sa.Boolean(), nullable=True))
    op.create_index(op.f("ix_hearing_correcting_id"), "hearing", ["correcting_id"])
    op.add_column("decision", sa.Column("correction", sa.Text(), nullable=True))
    op.add_column("decision", sa.Column("consent", sa.Text(), nullable=True))
    for table, name, check in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, check)
    _tables()
    for table in ("attachment", "court_appeal"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO registry_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_in_sight ON {table} TO registry_app USING ({SIGHT}) WITH CHECK ({SIGHT})"
        )


def downgrade() -> None:
    op.drop_table("court_appeal")
    op.drop_table("attachment")
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.drop_column("decision", "consent")
    op.drop_column("decision", "correction")
    op.drop_index(op.f("ix_hearing_correcting_id"), "hearing")
    op.drop_column("hearing", "consents")
    op.drop_column("hearing", "correcting_id")


def _belongs(table: str, **foreign: str) -> list[sa.ForeignKeyConstraint]:
    said = {"organiser_id": "organiser", "provider_id": "provider"} | foreign
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, other in said.items()
    ]


def _tables() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("hearing_id", sa.Uuid(), nullable=True),
        sa.Column("appeal_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("file_kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(hearing_id, appeal_id) = 1", name=op.f("ck_attachment_of_one_matter")
        ),
        sa.CheckConstraint("file_kind IN ('pdf', 'png', 'jpeg')", name=op.f("ck_attachment_file_kind")),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_attachment_digest")),
        sa.CheckConstraint("size > 0", name=op.f("ck_attachment_size")),
        *_belongs("attachment", hearing_id="hearing", appeal_id="appeal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_hearing", "attachment", ["hearing_id"])
    op.create_index("ix_attachment_appeal", "attachment", ["appeal_id"])
    op.create_index("ix_attachment_digest", "attachment", ["digest"])
    op.create_table(
        "court_appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("court", sa.Text(), nullable=False),
        sa.Column("docket", sa.Text(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ruled_on", sa.Date(), nullable=True),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column("followed_by", sa.Uuid(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'rejected', 'not_examined', 'withdrawn', 'annulled', 'changed', 'returned')",
            name=op.f("ck_court_appeal_state"),
        ),
        sa.CheckConstraint(
            "(state = 'pending') = (ruled_on IS NULL) AND (ruled_on IS NULL) = (settled_at IS NULL)",
            name=op.f("ck_court_appeal_settled"),
        ),
        sa.CheckConstraint("ruled_on IS NULL OR ruled_on >= filed_on", name=op.f("ck_court_appeal_days")),
        sa.CheckConstraint(
            "followed_by IS NULL OR state IN ('annulled', 'changed', 'returned')",
            name=op.f("ck_court_appeal_followed"),
        ),
        *_belongs("court_appeal", decision_id="decision", followed_by="decision"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_court_appeal")),
        sa.UniqueConstraint("followed_by", name=op.f("uq_court_appeal_followed_by")),
    )
    op.create_index(
        "uq_court_appeal_pending",
        "court_appeal",
        ["decision_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_court_appeal_decision", "court_appeal", ["decision_id"])
