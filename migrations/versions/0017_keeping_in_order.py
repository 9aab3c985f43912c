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
    for statement in (*PROTECTION, *DECISIONS):
        op.execute(statement)


def downgrade() -> None:
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
