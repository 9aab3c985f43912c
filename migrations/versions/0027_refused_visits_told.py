"""A client sees the visits that a device sent about the own voucher, also those that were not recorded."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

POLICY = "CREATE POLICY offline_visit_in_sight ON offline_visit TO registry_app USING (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN (SELECT voucher.client_id FROM voucher WHERE voucher.number = offline_visit.number) = (SELECT nullif(current_setting('registry.client', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) END)"
BEFORE = "CREATE POLICY offline_visit_in_sight ON offline_visit TO registry_app USING (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NOT NULL THEN provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid) WHEN (SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NOT NULL THEN false WHEN (SELECT nullif(current_setting('registry.account', true), '')::uuid) IS NULL THEN true ELSE organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) END)"


def upgrade() -> None:
    op.create_index("ix_offline_visit_number", "offline_visit", ["number"])
    op.execute("DROP POLICY offline_visit_in_sight ON offline_visit")
    op.execute(POLICY)


def downgrade() -> None:
    op.execute("DROP POLICY offline_visit_in_sight ON offline_visit")
    op.execute(BEFORE)
    op.drop_index("ix_offline_visit_number", table_name="offline_visit")
