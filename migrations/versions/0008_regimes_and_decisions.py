"""Legal regimes, rule books, checklists, hearings, decisions and appeals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PROTECTION = (
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


def upgrade() -> None:
    _tables()
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("service_regime")
    op.drop_table("rule_book")
    op.drop_table("regime_confirmation")


def _tables() -> None:
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
