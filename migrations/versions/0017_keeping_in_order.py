"""Coaches are part of an approval: who is not under one, and changes that are about a coach. Papers may be asked for
again while a provider is admitted.

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

WAITING = sa.text("state = 'submitted'")
PROTECTION = ("GRANT SELECT, INSERT, UPDATE, DELETE ON coach_outside TO registry_app",)


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
    for statement in PROTECTION:
        op.execute(statement)


def downgrade() -> None:
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
