"""The first schema: tables, functions, privileges and row-level security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FUNCTIONS = (
    """CREATE FUNCTION registry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$""",
    "GRANT SELECT (number, organiser_id) ON voucher TO registry_lookup",
    "CREATE POLICY voucher_lookup ON voucher FOR SELECT TO registry_lookup USING (true)",
    "GRANT SELECT ON role_grant, account, sign_in_session, sign_in_link TO registry_lookup",
    "CREATE POLICY role_grant_lookup ON role_grant FOR SELECT TO registry_lookup USING (true)",
    "GRANT SELECT ON api_token TO registry_lookup",
    "CREATE POLICY api_token_lookup ON api_token FOR SELECT TO registry_lookup USING (true)",
    "GRANT SELECT (provider_id, organiser_id) ON admission, application TO registry_lookup",
    "CREATE POLICY application_lookup ON application FOR SELECT TO registry_lookup USING (true)",
    """CREATE FUNCTION registry_voucher_organiser(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT organiser_id FROM voucher WHERE number = wanted $$""",
    """CREATE FUNCTION registry_provider_organisers(wanted uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT coalesce(array_agg(DISTINCT organiser_id), '{}') FROM (
  SELECT organiser_id FROM admission WHERE provider_id = wanted
  UNION ALL SELECT organiser_id FROM application WHERE provider_id = wanted) AS at $$""",
    """CREATE FUNCTION registry_role_grant(wanted uuid) RETURNS TABLE (
  role_grant_id uuid, account_id uuid, role text, organiser_id uuid, provider_id uuid, client_id uuid,
  display_name text, language text, organisers uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT g.id, g.account_id, g.role, g.organiser_id, g.provider_id, g.client_id, a.display_name, a.language,
    CASE WHEN g.provider_id IS NULL THEN ARRAY[g.organiser_id] ELSE registry_provider_organisers(g.provider_id) END
  FROM role_grant g JOIN account a ON a.id = g.account_id
  WHERE g.id = wanted AND g.ended_at IS NULL AND a.disabled_at IS NULL $$""",
    """CREATE FUNCTION registry_session(wanted bytea, at timestamptz) RETURNS TABLE (
  session_id uuid, role_grant_id uuid, account_id uuid, role text, organiser_id uuid, provider_id uuid,
  client_id uuid, display_name text, language text, organisers uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT s.id, g.role_grant_id, g.account_id, g.role, g.organiser_id, g.provider_id, g.client_id,
    g.display_name, g.language, g.organisers
  FROM sign_in_session s, registry_role_grant(s.role_grant_id) g
  WHERE s.token_hash = wanted AND s.ended_at IS NULL AND s.expires_at > at $$""",
    """CREATE FUNCTION registry_token(wanted bytea, at timestamptz) RETURNS TABLE (
  token_id uuid, name text, role text, organiser_id uuid, provider_id uuid, scopes text[], organisers uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT t.id, t.name, t.role, t.organiser_id, t.provider_id, t.scopes,
    CASE WHEN t.provider_id IS NULL THEN ARRAY[t.organiser_id] ELSE registry_provider_organisers(t.provider_id) END
  FROM api_token t WHERE t.token_hash = wanted AND t.revoked_at IS NULL AND t.expires_at > at $$""",
    "ALTER FUNCTION registry_voucher_organiser(text) OWNER TO registry_lookup",
    "ALTER FUNCTION registry_provider_organisers(uuid) OWNER TO registry_lookup",
    "ALTER FUNCTION registry_role_grant(uuid) OWNER TO registry_lookup",
    "ALTER FUNCTION registry_session(bytea, timestamptz) OWNER TO registry_lookup",
    "ALTER FUNCTION registry_token(bytea, timestamptz) OWNER TO registry_lookup",
    "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO registry_app, registry_lookup",
)

PROTECTION = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON account TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON admission TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON api_token TO registry_app",
    "ALTER TABLE api_token ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE api_token FORCE ROW LEVEL SECURITY",
    "CREATE POLICY api_token_in_sight ON api_token TO registry_app USING ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON application TO registry_app",
    "ALTER TABLE application ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE application FORCE ROW LEVEL SECURITY",
    "CREATE POLICY application_in_sight ON application TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON application_message TO registry_app",
    "ALTER TABLE application_message ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE application_message FORCE ROW LEVEL SECURITY",
    "CREATE POLICY application_message_in_sight ON application_message TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON assignment TO registry_app",
    "ALTER TABLE assignment ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE assignment FORCE ROW LEVEL SECURITY",
    "CREATE POLICY assignment_in_sight ON assignment TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT ON audit_event TO registry_app",
    "ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit_event FORCE ROW LEVEL SECURITY",
    "CREATE POLICY audit_event_in_sight ON audit_event TO registry_app USING ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]))) WITH CHECK ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])))",
    "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON budget_line TO registry_app",
    "ALTER TABLE budget_line ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE budget_line FORCE ROW LEVEL SECURITY",
    "CREATE POLICY budget_line_in_sight ON budget_line TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON case_file TO registry_app",
    "ALTER TABLE case_file ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_file FORCE ROW LEVEL SECURITY",
    "CREATE POLICY case_file_in_sight ON case_file TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT ON choice_period TO registry_app",
    "CREATE TRIGGER choice_period_append_only BEFORE UPDATE OR DELETE ON choice_period FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER choice_period_no_truncate BEFORE TRUNCATE ON choice_period FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON client TO registry_app",
    "ALTER TABLE client ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE client FORCE ROW LEVEL SECURITY",
    "CREATE POLICY client_in_sight ON client TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON client_person TO registry_app",
    "ALTER TABLE client_person ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE client_person FORCE ROW LEVEL SECURITY",
    "CREATE POLICY client_person_in_sight ON client_person TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON coach TO registry_app",
    "GRANT SELECT, INSERT ON comparison_shown TO registry_app",
    "ALTER TABLE comparison_shown ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE comparison_shown FORCE ROW LEVEL SECURITY",
    "CREATE POLICY comparison_shown_in_sight ON comparison_shown TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "CREATE TRIGGER comparison_shown_append_only BEFORE UPDATE OR DELETE ON comparison_shown FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER comparison_shown_no_truncate BEFORE TRUNCATE ON comparison_shown FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON employment_area TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON feedback TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_record TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON invoice TO registry_app",
    "ALTER TABLE invoice ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice FORCE ROW LEVEL SECURITY",
    "CREATE POLICY invoice_in_sight ON invoice TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "GRANT SELECT, INSERT ON invoice_file TO registry_app",
    "ALTER TABLE invoice_file ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice_file FORCE ROW LEVEL SECURITY",
    "CREATE POLICY invoice_file_in_sight ON invoice_file TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "CREATE TRIGGER invoice_file_append_only BEFORE UPDATE OR DELETE ON invoice_file FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER invoice_file_no_truncate BEFORE TRUNCATE ON invoice_file FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON invoice_line TO registry_app",
    "ALTER TABLE invoice_line ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice_line FORCE ROW LEVEL SECURITY",
    "CREATE POLICY invoice_line_in_sight ON invoice_line TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON mail_sent TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON message TO registry_app",
    "ALTER TABLE message ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE message FORCE ROW LEVEL SECURITY",
    "CREATE POLICY message_in_sight ON message TO registry_app USING ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]))) WITH CHECK ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])))",
    "GRANT SELECT, INSERT ON month_close TO registry_app",
    "ALTER TABLE month_close ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE month_close FORCE ROW LEVEL SECURITY",
    "CREATE POLICY month_close_in_sight ON month_close TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]))",
    "CREATE TRIGGER month_close_append_only BEFORE UPDATE OR DELETE ON month_close FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER month_close_no_truncate BEFORE TRUNCATE ON month_close FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON municipality TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON organiser TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON outcome TO registry_app",
    "ALTER TABLE outcome ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE outcome FORCE ROW LEVEL SECURITY",
    "CREATE POLICY outcome_in_sight ON outcome TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON outcome_category TO registry_app",
    "GRANT SELECT, INSERT ON paid_statement TO registry_app",
    "ALTER TABLE paid_statement ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE paid_statement FORCE ROW LEVEL SECURITY",
    "CREATE POLICY paid_statement_in_sight ON paid_statement TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "CREATE TRIGGER paid_statement_append_only BEFORE UPDATE OR DELETE ON paid_statement FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER paid_statement_no_truncate BEFORE TRUNCATE ON paid_statement FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON payment TO registry_app",
    "ALTER TABLE payment ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE payment FORCE ROW LEVEL SECURITY",
    "CREATE POLICY payment_in_sight ON payment TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "CREATE TRIGGER payment_append_only BEFORE UPDATE OR DELETE ON payment FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER payment_no_truncate BEFORE TRUNCATE ON payment FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON presentation TO registry_app",
    "ALTER TABLE presentation ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE presentation FORCE ROW LEVEL SECURITY",
    "CREATE POLICY presentation_in_sight ON presentation TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "GRANT SELECT, INSERT ON presentation_attempt TO registry_app",
    "CREATE TRIGGER presentation_attempt_append_only BEFORE UPDATE OR DELETE ON presentation_attempt FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER presentation_attempt_no_truncate BEFORE TRUNCATE ON presentation_attempt FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON provider TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limit TO registry_app",
    "GRANT SELECT, INSERT ON read_log TO registry_app",
    "ALTER TABLE read_log ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE read_log FORCE ROW LEVEL SECURITY",
    "CREATE POLICY read_log_in_sight ON read_log TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "CREATE TRIGGER read_log_append_only BEFORE UPDATE OR DELETE ON read_log FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER read_log_no_truncate BEFORE TRUNCATE ON read_log FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON redemption TO registry_app",
    "ALTER TABLE redemption ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE redemption FORCE ROW LEVEL SECURITY",
    "CREATE POLICY redemption_in_sight ON redemption TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "GRANT SELECT, INSERT ON reference_import TO registry_app",
    "CREATE TRIGGER reference_import_append_only BEFORE UPDATE OR DELETE ON reference_import FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER reference_import_no_truncate BEFORE TRUNCATE ON reference_import FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON release TO registry_app",
    "CREATE TRIGGER release_append_only BEFORE UPDATE OR DELETE ON release FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER release_no_truncate BEFORE TRUNCATE ON release FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON release_figure TO registry_app",
    "CREATE TRIGGER release_figure_append_only BEFORE UPDATE OR DELETE ON release_figure FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER release_figure_no_truncate BEFORE TRUNCATE ON release_figure FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON reversal TO registry_app",
    "ALTER TABLE reversal ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE reversal FORCE ROW LEVEL SECURITY",
    "CREATE POLICY reversal_in_sight ON reversal TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "CREATE TRIGGER reversal_append_only BEFORE UPDATE OR DELETE ON reversal FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER reversal_no_truncate BEFORE TRUNCATE ON reversal FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON review TO registry_app",
    "ALTER TABLE review ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE review FORCE ROW LEVEL SECURITY",
    "CREATE POLICY review_in_sight ON review TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON role_change_request TO registry_app",
    "ALTER TABLE role_change_request ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE role_change_request FORCE ROW LEVEL SECURITY",
    "CREATE POLICY role_change_request_in_sight ON role_change_request TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON role_grant TO registry_app",
    "ALTER TABLE role_grant ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE role_grant FORCE ROW LEVEL SECURITY",
    "CREATE POLICY role_grant_in_sight ON role_grant TO registry_app USING ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK ((organiser_id IS NULL OR organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON service TO registry_app",
    "GRANT SELECT, INSERT ON shortlist TO registry_app",
    "ALTER TABLE shortlist ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE shortlist FORCE ROW LEVEL SECURITY",
    "CREATE POLICY shortlist_in_sight ON shortlist TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR NULL::uuid = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "CREATE TRIGGER shortlist_append_only BEFORE UPDATE OR DELETE ON shortlist FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER shortlist_no_truncate BEFORE TRUNCATE ON shortlist FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_link TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_session TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON statement TO registry_app",
    "ALTER TABLE statement ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE statement FORCE ROW LEVEL SECURITY",
    "CREATE POLICY statement_in_sight ON statement TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "GRANT SELECT, INSERT ON statement_line TO registry_app",
    "ALTER TABLE statement_line ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE statement_line FORCE ROW LEVEL SECURITY",
    "CREATE POLICY statement_line_in_sight ON statement_line TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)))",
    "CREATE TRIGGER statement_line_append_only BEFORE UPDATE OR DELETE ON statement_line FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER statement_line_no_truncate BEFORE TRUNCATE ON statement_line FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT ON transfer TO registry_app",
    "ALTER TABLE transfer ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE transfer FORCE ROW LEVEL SECURITY",
    "CREATE POLICY transfer_in_sight ON transfer TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]))",
    "CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE ON transfer FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER transfer_no_truncate BEFORE TRUNCATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON voucher TO registry_app",
    "ALTER TABLE voucher ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE voucher FORCE ROW LEVEL SECURITY",
    "CREATE POLICY voucher_in_sight ON voucher TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid))) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]) AND ((SELECT nullif(current_setting('registry.provider', true), '')::uuid) IS NULL OR provider_id = (SELECT nullif(current_setting('registry.provider', true), '')::uuid)) AND ((SELECT nullif(current_setting('registry.client', true), '')::uuid) IS NULL OR client_id = (SELECT nullif(current_setting('registry.client', true), '')::uuid)))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON voucher_case TO registry_app",
    "ALTER TABLE voucher_case ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE voucher_case FORCE ROW LEVEL SECURITY",
    "CREATE POLICY voucher_case_in_sight ON voucher_case TO registry_app USING (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])) WITH CHECK (organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]))",
    "GRANT SELECT, INSERT ON voucher_terms TO registry_app",
    "CREATE TRIGGER voucher_terms_append_only BEFORE UPDATE OR DELETE ON voucher_terms FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
    "CREATE TRIGGER voucher_terms_no_truncate BEFORE TRUNCATE ON voucher_terms FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
)


def upgrade() -> None:
    _tables()
    for statement in (*FUNCTIONS, *PROTECTION):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("There is nothing before the first schema: drop the database instead.")


def _tables() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('fi', 'sv', 'en')", name=op.f("ck_account_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        info={
            "rls": None,
            "append_only": False,
            "keeps": "as long as the role or the client relationship lasts, then as the organiser's plan says",
        },
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        info={
            "rls": {"provider": None, "client": None, "nullable": True},
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index("ix_audit_event_organiser", "audit_event", ["organiser_id", "at", "id"], unique=False)
    op.create_index("ix_audit_event_subject", "audit_event", ["subject_id"], unique=False)
    op.create_index("ix_audit_event_voucher", "audit_event", ["voucher_id"], unique=False)
    op.create_table(
        "employment_area",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_fi", sa.Text(), nullable=False),
        sa.Column("name_sv", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_employment_area")),
        info={"rls": None, "append_only": False, "keeps": "as long as anything refers to it"},
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(message) BETWEEN 1 AND 4000", name=op.f("ck_feedback_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        info={"rls": None, "append_only": False, "keeps": "1 year"},
    )
    op.create_table(
        "idempotency_record",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "key", name=op.f("pk_idempotency_record")),
        info={"rls": None, "append_only": False, "keeps": "as long as the record it made"},
    )
    op.create_table(
        "outcome_category",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("counts_as", sa.Text(), nullable=False),
        sa.Column("name_fi", sa.Text(), nullable=False),
        sa.Column("name_sv", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "counts_as IN ('good', 'other', 'outside', 'unknown')", name=op.f("ck_outcome_category_counts_as")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_outcome_category")),
        info={"rls": None, "append_only": False, "keeps": "as long as any outcome has it"},
    )
    op.create_table(
        "presentation_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("number_digest", sa.LargeBinary(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presentation_attempt")),
        info={"rls": None, "append_only": True, "keeps": "2 years"},
    )
    op.create_index(
        "ix_presentation_attempt_number", "presentation_attempt", ["number_digest", "at"], unique=False
    )
    op.create_index(
        "ix_presentation_attempt_provider", "presentation_attempt", ["provider_id", "at"], unique=False
    )
    op.create_table(
        "rate_limit",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "window_start", name=op.f("pk_rate_limit")),
        info={"rls": None, "append_only": False, "keeps": "one day"},
    )
    op.create_table(
        "read_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_log")),
        info={
            "rls": {"provider": None, "client": "client_id", "nullable": False},
            "append_only": True,
            "keeps": "5 years",
        },
    )
    op.create_index("ix_read_log_client", "read_log", ["client_id", "at"], unique=False)
    op.create_table(
        "reference_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("valid_on", sa.Date(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_import")),
        info={"rls": None, "append_only": True, "keeps": "as long as anything refers to it"},
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_account", sa.Text(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_account", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("reference_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "from_account IN ('budget', 'available', 'reserved', 'captured', 'expense', 'payable', 'bank')",
            name=op.f("ck_transfer_from_account"),
        ),
        sa.CheckConstraint(
            "kind IN ('grant', 'return', 'redeem', 'reserve', 'capture', 'release', 'reverse', 'approve_statement', 'approve_credit', 'pay')",
            name=op.f("ck_transfer_kind"),
        ),
        sa.CheckConstraint(
            "to_account IN ('budget', 'available', 'reserved', 'captured', 'expense', 'payable', 'bank')",
            name=op.f("ck_transfer_to_account"),
        ),
        sa.CheckConstraint(
            "(from_account, from_id) <> (to_account, to_id)", name=op.f("ck_transfer_two_accounts")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_transfer_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        info={
            "rls": {"provider": None, "client": None, "nullable": False},
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index("ix_transfer_reference", "transfer", ["reference_id"], unique=False)
    op.create_index("ix_transfer_voucher", "transfer", ["voucher_id"], unique=False)
    op.create_table(
        "mail_sent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.CheckConstraint("language IN ('fi', 'sv', 'en')", name=op.f("ck_mail_sent_language")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_mail_sent_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_sent")),
        info={"rls": None, "append_only": False, "keeps": "30 days"},
    )
    op.create_index("ix_mail_sent_at", "mail_sent", ["sent_at", "id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        info={
            "rls": {"provider": None, "client": None, "nullable": True},
            "append_only": False,
            "keeps": "2 years",
        },
    )
    op.create_index("ix_message_account", "message", ["account_id", "sent_at", "id"], unique=False)
    op.create_index(
        "ix_message_unread",
        "message",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "municipality",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_fi", sa.Text(), nullable=False),
        sa.Column("name_sv", sa.Text(), nullable=False),
        sa.Column("employment_area_code", sa.Text(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_municipality_centre")),
        sa.ForeignKeyConstraint(
            ["employment_area_code"],
            ["employment_area.code"],
            name=op.f("fk_municipality_employment_area_code"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_municipality")),
        info={"rls": None, "append_only": False, "keeps": "as long as anything refers to it"},
    )
    op.create_index(
        op.f("ix_municipality_employment_area_code"), "municipality", ["employment_area_code"], unique=False
    )
    op.create_table(
        "organiser",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_fi", sa.Text(), nullable=False),
        sa.Column("name_sv", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("employment_area_code", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("fictional", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('employment_area', 'municipality', 'wellbeing_county', 'alliance')",
            name=op.f("ck_organiser_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["employment_area_code"], ["employment_area.code"], name=op.f("fk_organiser_employment_area_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organiser")),
        sa.UniqueConstraint("code", name=op.f("uq_organiser_code")),
        info={"rls": None, "append_only": False, "keeps": "as long as anything refers to it"},
    )
    op.create_table(
        "budget_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("allocated_cents", sa.BigInteger(), nullable=False),
        sa.Column("granted_cents", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "granted_cents <= allocated_cents", name=op.f("ck_budget_line_granted_within_allocated")
        ),
        sa.CheckConstraint("granted_cents >= 0", name=op.f("ck_budget_line_granted_not_negative")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_budget_line_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint("organiser_id", "code", name=op.f("uq_budget_line_organiser_id_code")),
        info={
            "rls": {"provider": None, "client": None, "nullable": False},
            "append_only": False,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) OR (closed_at >= opened_at)", name=op.f("ck_case_file_closed_after_opened")
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_case_file_organiser_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_case_file_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        info={
            "rls": {"provider": None, "client": "client_id", "nullable": False},
            "append_only": False,
            "keeps": "2 years after it closed",
        },
    )
    op.create_index(
        "ix_case_file_open",
        "case_file",
        ["organiser_id", "owner_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_case_file_subject", "case_file", ["subject_id"], unique=False)
    op.create_index(
        "uq_case_file_open",
        "case_file",
        ["kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "choice_period",
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_choice_period_organiser_id")
        ),
        sa.PrimaryKeyConstraint("organiser_id", "year", name=op.f("pk_choice_period")),
        info={"rls": None, "append_only": True, "keeps": "for ever: it names nobody"},
    )
    op.create_table(
        "client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("municipality_code", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("service_languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("accessibility", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=True),
        sa.Column("case_worker_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "age_band IS NULL OR age_band IN ('under_20', '20_24', '25_29', '30_plus')",
            name=op.f("ck_client_age_band"),
        ),
        sa.CheckConstraint("kind IN ('person', 'company')", name=op.f("ck_client_kind")),
        sa.CheckConstraint("language IN ('fi', 'sv', 'en')", name=op.f("ck_client_language")),
        sa.ForeignKeyConstraint(["case_worker_id"], ["account.id"], name=op.f("fk_client_case_worker_id")),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipality.code"], name=op.f("fk_client_municipality_code")
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_client_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        info={
            "rls": {"provider": "NULL::uuid", "client": "id", "nullable": False},
            "append_only": False,
            "keeps": "as long as the role or the client relationship lasts, then as the organiser's plan says",
        },
    )
    op.create_index(op.f("ix_client_case_worker_id"), "client", ["case_worker_id"], unique=False)
    op.create_index("ix_client_organiser", "client", ["organiser_id"], unique=False)
    op.create_table(
        "month_close",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name=op.f("ck_month_close_first_day")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_month_close_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_close")),
        sa.UniqueConstraint("organiser_id", "month", name=op.f("uq_month_close_organiser_id_month")),
        info={
            "rls": {"provider": None, "client": None, "nullable": False},
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_table(
        "provider",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity_scheme", sa.Text(), nullable=False),
        sa.Column("identity_value", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("company_group", sa.Text(), nullable=True),
        sa.Column("own_production_of", sa.Uuid(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("municipality_code", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("introduction", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fictional", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_digest", sa.LargeBinary(), nullable=True),
        sa.Column("search_words", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', search_words)", persisted=True),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "form IN ('company', 'sole_trader', 'association', 'foundation', 'public_body', 'unknown')",
            name=op.f("ck_provider_form"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipality.code"], name=op.f("fk_provider_municipality_code")
        ),
        sa.ForeignKeyConstraint(
            ["own_production_of"], ["organiser.id"], name=op.f("fk_provider_own_production_of")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider")),
        sa.UniqueConstraint(
            "identity_scheme", "identity_value", name=op.f("uq_provider_identity_scheme_identity_value")
        ),
        info={"rls": None, "append_only": False, "keeps": "while in the register, then 10 years"},
    )
    op.create_index(
        "ix_provider_search",
        "provider",
        ["search_vector"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index("ix_provider_sort", "provider", ["sort_key", "id"], unique=False)
    op.create_table(
        "release",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("cells_sha256", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("figures_sha256", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_release_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("organiser_id", "number", name=op.f("uq_release_organiser_id_number")),
        info={"rls": None, "append_only": True, "keeps": "for ever: it names nobody"},
    )
    op.create_table(
        "service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_fi", sa.Text(), nullable=False),
        sa.Column("name_sv", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("description_fi", sa.Text(), nullable=False),
        sa.Column("description_sv", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("free_by_law", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('person', 'company')", name=op.f("ck_service_audience")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_service_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("organiser_id", "code", name=op.f("uq_service_organiser_id_code")),
        info={"rls": None, "append_only": False, "keeps": "as long as anything refers to it"},
    )
    op.create_table(
        "admission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("rule_book_version", sa.Text(), nullable=False),
        sa.Column("unit_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("municipality_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("accessibility", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("first_talk_free", sa.Boolean(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("next_start", sa.Date(), nullable=True),
        sa.Column("source_digest", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("method IN ('one_to_one', 'group', 'mixed')", name=op.f("ck_admission_method")),
        sa.CheckConstraint(
            "state IN ('active', 'suspended', 'removed', 'withdrawn', 'lapsed')",
            name=op.f("ck_admission_state"),
        ),
        sa.CheckConstraint("taken BETWEEN 0 AND places", name=op.f("ck_admission_places")),
        sa.CheckConstraint("unit_price_cents >= 0", name=op.f("ck_admission_price_not_negative")),
        sa.CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_admission_term")),
        sa.CheckConstraint("vat_rate_bp BETWEEN 0 AND 10000", name=op.f("ck_admission_vat_rate")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_admission_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_admission_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_admission_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission")),
        info={"rls": None, "append_only": False, "keeps": "while in the register, then 10 years"},
    )
    op.create_index(
        "ix_admission_municipalities",
        "admission",
        ["municipality_codes"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index("ix_admission_service", "admission", ["service_id", "state"], unique=False)
    op.create_index(
        "uq_admission_standing",
        "admission",
        ["provider_id", "service_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('active', 'suspended')"),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(organiser_id IS NULL) <> (provider_id IS NULL)", name=op.f("ck_api_token_one_owner")
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_api_token_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_api_token_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": True},
            "append_only": False,
            "keeps": "2 years after it ended",
        },
    )
    op.create_index("ix_api_token_owner", "api_token", ["organiser_id", "provider_id"], unique=False)
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("offer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("source_digest", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state IN ('approved', 'rejected')) = (decided_at IS NOT NULL)",
            name=op.f("ck_application_decided"),
        ),
        sa.CheckConstraint(
            "state <> 'rejected' OR length(decision_reason) > 0",
            name=op.f("ck_application_rejection_has_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'more_information', 'hearing', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_application_state"),
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_application_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_application_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_application_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": False,
            "keeps": "2 years after the decision",
        },
    )
    op.create_index(op.f("ix_application_provider_id"), "application", ["provider_id"], unique=False)
    op.create_index(
        "ix_application_queue", "application", ["organiser_id", "state", "submitted_at"], unique=False
    )
    op.create_index(
        "uq_application_open",
        "application",
        ["provider_id", "service_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('draft', 'submitted', 'more_information', 'hearing')"),
    )
    op.create_table(
        "client_person",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("identity_hash", sa.LargeBinary(), nullable=True),
        sa.Column("identity_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_client_person_client_id")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_client_person_organiser_id")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_person")),
        sa.UniqueConstraint(
            "organiser_id", "identity_hash", name=op.f("uq_client_person_organiser_id_identity_hash")
        ),
        info={
            "rls": {"provider": "NULL::uuid", "client": "client_id", "nullable": False},
            "append_only": False,
            "keeps": "as long as the role or the client relationship lasts, then as the organiser's plan says",
        },
    )
    op.create_table(
        "coach",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("statement", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_coach_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach")),
        info={"rls": None, "append_only": False, "keeps": "while working for the provider"},
    )
    op.create_index(op.f("ix_coach_provider_id"), "coach", ["provider_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(account_id, provider_id, client_id) = 1", name=op.f("ck_outbox_one_recipient")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_outbox_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_outbox_client_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_outbox_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        info={"rls": None, "append_only": False, "keeps": "90 days after delivery"},
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at IS NULL AND failed_at IS NULL"),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(amount_cents = 0) = (transfer_id IS NULL)", name=op.f("ck_payment_in_ledger")),
        sa.CheckConstraint("amount_cents >= 0", name=op.f("ck_payment_never_negative")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_payment_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_payment_provider_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_payment_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "id", "organiser_id", "provider_id", name=op.f("uq_payment_id_organiser_id_provider_id")
        ),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_payment_transfer_id")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index("ix_payment_provider", "payment", ["provider_id", "paid_at"], unique=False)
    op.create_table(
        "release_figure",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("blank", sa.Text(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("k", sa.BigInteger(), nullable=True),
        sa.Column("unknown", sa.BigInteger(), nullable=True),
        sa.Column("days", sa.BigInteger(), nullable=True),
        sa.Column("estimate", sa.BigInteger(), nullable=True),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("usual", sa.BigInteger(), nullable=True),
        sa.Column("if_unknown_bad", sa.BigInteger(), nullable=True),
        sa.Column("if_unknown_good", sa.BigInteger(), nullable=True),
        sa.Column("alpha", sa.Double(), nullable=True),
        sa.Column("beta", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'days' AND blank IS NULL) = (days IS NOT NULL)",
            name=op.f("ck_release_figure_days_whole"),
        ),
        sa.CheckConstraint(
            "(kind = 'share' AND blank IS NULL) = (estimate IS NOT NULL AND low IS NOT NULL AND high IS NOT NULL AND k IS NOT NULL AND alpha IS NOT NULL AND beta IS NOT NULL)",
            name=op.f("ck_release_figure_share_whole"),
        ),
        sa.CheckConstraint(
            "blank IS NULL OR blank IN ('too_few', 'too_new', 'not_collected', 'under_review')",
            name=op.f("ck_release_figure_blank"),
        ),
        sa.CheckConstraint("kind IN ('share', 'days')", name=op.f("ck_release_figure_kind")),
        sa.CheckConstraint(
            "measure IN ('outcome_3', 'outcome_6', 'outcome_12', 'review_after_welcome', 'review_after_coaching', 'review_after_usefulness', 'review_after_contact', 'review_after_timing', 'review_half_year_welcome', 'review_half_year_coaching', 'review_half_year_usefulness', 'review_half_year_contact', 'review_half_year_timing', 'completion', 'first_meeting')",
            name=op.f("ck_release_figure_measure"),
        ),
        sa.CheckConstraint(
            "(blank IS NULL) = (n IS NOT NULL)", name=op.f("ck_release_figure_figure_or_blank")
        ),
        sa.CheckConstraint(
            "low <= estimate AND estimate <= high AND k <= n", name=op.f("ck_release_figure_in_order")
        ),
        sa.CheckConstraint("n IS NULL OR n >= 5", name=op.f("ck_release_figure_enough_people")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_figure_release_id")),
        sa.PrimaryKeyConstraint(
            "release_id", "service_id", "provider_id", "measure", name=op.f("pk_release_figure")
        ),
        info={"rls": None, "append_only": True, "keeps": "as long as the release"},
    )
    op.create_index(
        "ix_release_figure_provider",
        "release_figure",
        ["provider_id", sa.literal_column("release_id DESC")],
        unique=False,
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(role = 'client') = (client_id IS NOT NULL)", name=op.f("ck_role_grant_client")),
        sa.CheckConstraint(
            "(role = 'provider_user') = (organiser_id IS NULL)", name=op.f("ck_role_grant_organiser")
        ),
        sa.CheckConstraint(
            "(role = 'provider_user') = (provider_id IS NOT NULL)", name=op.f("ck_role_grant_provider")
        ),
        sa.CheckConstraint(
            "role IN ('client', 'provider_user', 'case_worker', 'register_officer', 'finance_officer', 'organiser_administrator', 'auditor')",
            name=op.f("ck_role_grant_role"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_role_grant_client_id")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_role_grant_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_role_grant_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        info={
            "rls": {"provider": "provider_id", "client": "client_id", "nullable": True},
            "append_only": False,
            "keeps": "as long as the role or the client relationship lasts, then as the organiser's plan says",
        },
    )
    op.create_index(op.f("ix_role_grant_account_id"), "role_grant", ["account_id"], unique=False)
    op.create_index(op.f("ix_role_grant_client_id"), "role_grant", ["client_id"], unique=False)
    op.create_index(op.f("ix_role_grant_organiser_id"), "role_grant", ["organiser_id"], unique=False)
    op.create_index(op.f("ix_role_grant_provider_id"), "role_grant", ["provider_id"], unique=False)
    op.create_index(
        "uq_role_grant_open",
        "role_grant",
        ["account_id", "role", "organiser_id", "provider_id", "client_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("charges_cents", sa.BigInteger(), nullable=False),
        sa.Column("credits_cents", sa.BigInteger(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("invoiced_cents", sa.BigInteger(), nullable=False),
        sa.Column("exceptions", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approval_transfer_id", sa.Uuid(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(approval_transfer_id IS NOT NULL) = (state IN ('approved', 'paid') AND total_cents <> 0)",
            name=op.f("ck_statement_approval_in_ledger"),
        ),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_statement_paid_when")),
        sa.CheckConstraint(
            "(state IN ('approved', 'paid')) = (approved_at IS NOT NULL AND approved_by IS NOT NULL)",
            name=op.f("ck_statement_approved_by_whom"),
        ),
        sa.CheckConstraint(
            "state <> 'disputed' OR exceptions > 0", name=op.f("ck_statement_disputed_about_something")
        ),
        sa.CheckConstraint(
            "state IN ('closed', 'invoiced', 'matched', 'disputed', 'approved', 'paid')",
            name=op.f("ck_statement_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('matched', 'approved', 'paid') OR (exceptions = 0 AND invoiced_cents = total_cents)",
            name=op.f("ck_statement_reconciled"),
        ),
        sa.CheckConstraint(
            "line_count > 0 AND charges_cents >= 0 AND credits_cents >= 0 AND total_cents = charges_cents - credits_cents AND total_cents = net_cents + vat_cents",
            name=op.f("ck_statement_adds_up"),
        ),
        sa.ForeignKeyConstraint(
            ["approval_transfer_id"], ["transfer.id"], name=op.f("fk_statement_approval_transfer_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id", "month"],
            ["month_close.organiser_id", "month_close.month"],
            name=op.f("fk_statement_organiser_id_month"),
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_statement_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_statement_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("approval_transfer_id", name=op.f("uq_statement_approval_transfer_id")),
        sa.UniqueConstraint(
            "id", "organiser_id", "provider_id", name=op.f("uq_statement_id_organiser_id_provider_id")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_statement_number")),
        sa.UniqueConstraint(
            "organiser_id", "provider_id", "month", name=op.f("uq_statement_organiser_id_provider_id_month")
        ),
        sa.UniqueConstraint("organiser_id", "reference", name=op.f("uq_statement_organiser_id_reference")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": False,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index("ix_statement_month", "statement", ["organiser_id", "month", "state"], unique=False)
    op.create_index("ix_statement_provider", "statement", ["provider_id", "month"], unique=False)
    op.create_table(
        "voucher_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=True),
        sa.Column("unit_name", sa.Text(), nullable=True),
        sa.Column("unit_price_ceiling_cents", sa.BigInteger(), nullable=False),
        sa.Column("validity_days", sa.BigInteger(), nullable=False),
        sa.Column("shortlist_size", sa.BigInteger(), nullable=False),
        sa.Column("own_share_allowed", sa.Boolean(), nullable=False),
        sa.Column("claim_window_days", sa.BigInteger(), nullable=False),
        sa.Column("confirm_within_days", sa.BigInteger(), nullable=False),
        sa.Column("reservation_days", sa.BigInteger(), nullable=False),
        sa.Column("rule_book_version", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'units') = (units IS NOT NULL AND unit_name IS NOT NULL)",
            name=op.f("ck_voucher_terms_units_named"),
        ),
        sa.CheckConstraint(
            "kind = 'euros' OR value_cents * 100 = units * unit_price_ceiling_cents",
            name=op.f("ck_voucher_terms_units_value"),
        ),
        sa.CheckConstraint("kind IN ('euros', 'units')", name=op.f("ck_voucher_terms_kind")),
        sa.CheckConstraint(
            "claim_window_days BETWEEN 0 AND 365", name=op.f("ck_voucher_terms_claim_window_days")
        ),
        sa.CheckConstraint("shortlist_size BETWEEN 1 AND 10", name=op.f("ck_voucher_terms_shortlist_size")),
        sa.CheckConstraint("validity_days BETWEEN 1 AND 1095", name=op.f("ck_voucher_terms_validity_days")),
        sa.CheckConstraint(
            "value_cents > 0 AND unit_price_ceiling_cents > 0", name=op.f("ck_voucher_terms_positive")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_voucher_terms_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_terms")),
        sa.UniqueConstraint("service_id", "version", name=op.f("uq_voucher_terms_service_id_version")),
        info={"rls": None, "append_only": True, "keeps": "as long as anything refers to it"},
    )
    op.create_table(
        "application_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('question', 'answer')", name=op.f("ck_application_message_kind")),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_application_message_said")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_message_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_message")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": False,
            "keeps": "2 years after the decision",
        },
    )
    op.create_index(
        op.f("ix_application_message_application_id"), "application_message", ["application_id"], unique=False
    )
    op.create_table(
        "invoice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_from", sa.Uuid(), nullable=True),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejected_by", sa.Uuid(), nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(rejected_at IS NULL) = (rejection_reason IS NULL) AND (rejection_reason <> '')",
            name=op.f("ck_invoice_rejected_why"),
        ),
        sa.CheckConstraint("length(number) BETWEEN 1 AND 50", name=op.f("ck_invoice_number")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_invoice_sha256")),
        sa.CheckConstraint("line_count > 0", name=op.f("ck_invoice_has_lines")),
        sa.ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
            name=op.f("fk_invoice_statement_id_organiser_id_provider_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("id", "statement_id", name=op.f("uq_invoice_id_statement_id")),
        sa.UniqueConstraint(
            "organiser_id", "provider_id", "number", name=op.f("uq_invoice_organiser_id_provider_id_number")
        ),
        sa.UniqueConstraint(
            "organiser_id", "provider_id", "sha256", name=op.f("uq_invoice_organiser_id_provider_id_sha256")
        ),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": False,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_index(op.f("ix_invoice_statement_id"), "invoice", ["statement_id"], unique=False)
    op.create_table(
        "paid_statement",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_paid_statement_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["payment_id", "organiser_id", "provider_id"],
            ["payment.id", "payment.organiser_id", "payment.provider_id"],
            name=op.f("fk_paid_statement_payment_id_organiser_id_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
            name=op.f("fk_paid_statement_statement_id_organiser_id_provider_id"),
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_paid_statement")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index(op.f("ix_paid_statement_payment_id"), "paid_statement", ["payment_id"], unique=False)
    op.create_table(
        "role_change_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("role_grant_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'requested') = (decided_at IS NULL)", name=op.f("ck_role_change_request_decided")
        ),
        sa.CheckConstraint(
            "change = 'add' OR role_grant_id IS NOT NULL", name=op.f("ck_role_change_request_end_names_role")
        ),
        sa.CheckConstraint("change IN ('add', 'end')", name=op.f("ck_role_change_request_change")),
        sa.CheckConstraint(
            "role IN ('auditor', 'case_worker', 'finance_officer', 'organiser_administrator', 'register_officer')",
            name=op.f("ck_role_change_request_role"),
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_role_change_request_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_by IS DISTINCT FROM requested_by",
            name=op.f("ck_role_change_request_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_role_change_request_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_role_change_request_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["role_grant_id"], ["role_grant.id"], name=op.f("fk_role_change_request_role_grant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_change_request")),
        info={
            "rls": {"provider": None, "client": None, "nullable": False},
            "append_only": False,
            "keeps": "as long as the role or the client relationship lasts, then as the organiser's plan says",
        },
    )
    op.create_index(
        "uq_role_change_request_open",
        "role_change_request",
        ["organiser_id", "account_id", "role"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role_grant_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["role_grant_id"], ["role_grant.id"], name=op.f("fk_sign_in_link_role_grant_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
        info={"rls": None, "append_only": False, "keeps": "30 days"},
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role_grant_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["role_grant_id"], ["role_grant.id"], name=op.f("fk_sign_in_session_role_grant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_session_token_hash")),
        info={"rls": None, "append_only": False, "keeps": "30 days after it ended"},
    )
    op.create_table(
        "voucher",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("budget_line_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("secret_generation", sa.BigInteger(), nullable=False),
        sa.Column("in_plan", sa.Boolean(), nullable=False),
        sa.Column("own_share_allowed", sa.Boolean(), nullable=False),
        sa.Column("unit_price_ceiling_cents", sa.BigInteger(), nullable=False),
        sa.Column("rule_book_version", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirm_within_days", sa.BigInteger(), nullable=False),
        sa.Column("reservation_days", sa.BigInteger(), nullable=False),
        sa.Column("granted_cents", sa.BigInteger(), nullable=False),
        sa.Column("available_cents", sa.BigInteger(), nullable=False),
        sa.Column("reserved_cents", sa.BigInteger(), nullable=False),
        sa.Column("captured_cents", sa.BigInteger(), nullable=False),
        sa.Column("returned_cents", sa.BigInteger(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=True),
        sa.Column("units_granted", sa.BigInteger(), nullable=True),
        sa.Column("units_available", sa.BigInteger(), nullable=True),
        sa.Column("units_reserved", sa.BigInteger(), nullable=True),
        sa.Column("units_captured", sa.BigInteger(), nullable=True),
        sa.Column("units_returned", sa.BigInteger(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('granted', 'chosen', 'in_use', 'used_up', 'refused', 'cancelled', 'expired')",
            name=op.f("ck_voucher_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('chosen', 'in_use') OR provider_id IS NOT NULL",
            name=op.f("ck_voucher_chosen_provider"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('granted') OR provider_id IS NULL", name=op.f("ck_voucher_granted_unchosen")
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'cancelled', 'expired') OR (available_cents = 0 AND reserved_cents = 0 AND ended_at IS NOT NULL)",
            name=op.f("ck_voucher_ended_holds_nothing"),
        ),
        sa.CheckConstraint(
            "(provider_id IS NULL) = (assignment_id IS NULL)", name=op.f("ck_voucher_chosen_whole")
        ),
        sa.CheckConstraint(
            "(units_granted IS NULL AND units_available IS NULL AND units_reserved IS NULL AND units_captured IS NULL AND units_returned IS NULL AND unit_name IS NULL) OR (units_granted = units_available + units_reserved + units_captured + units_returned AND units_available >= 0 AND units_reserved >= 0 AND units_captured >= 0 AND units_returned >= 0)",
            name=op.f("ck_voucher_units_add_up"),
        ),
        sa.CheckConstraint(
            "granted_cents = available_cents + reserved_cents + captured_cents + returned_cents",
            name=op.f("ck_voucher_cents_add_up"),
        ),
        sa.CheckConstraint(
            "granted_cents > 0 AND available_cents >= 0 AND reserved_cents >= 0 AND captured_cents >= 0 AND returned_cents >= 0",
            name=op.f("ck_voucher_cents_not_negative"),
        ),
        sa.CheckConstraint(
            "valid_from < valid_until AND valid_until <= claim_until", name=op.f("ck_voucher_validity")
        ),
        sa.ForeignKeyConstraint(
            ["budget_line_id"], ["budget_line.id"], name=op.f("fk_voucher_budget_line_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_voucher_client_id")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_voucher_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_voucher_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_voucher_service_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["voucher_terms.id"], name=op.f("fk_voucher_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
        sa.UniqueConstraint("id", "own_share_allowed", name=op.f("uq_voucher_id_own_share_allowed")),
        sa.UniqueConstraint("number", name=op.f("uq_voucher_number")),
        info={
            "rls": {"provider": "provider_id", "client": "client_id", "nullable": False},
            "append_only": False,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_index(op.f("ix_voucher_client_id"), "voucher", ["client_id"], unique=False)
    op.create_index(
        "ix_voucher_expiry",
        "voucher",
        ["claim_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('granted', 'chosen', 'in_use')"),
    )
    op.create_index("ix_voucher_organiser", "voucher", ["organiser_id", "state"], unique=False)
    op.create_index(
        "ix_voucher_provider",
        "voucher",
        ["provider_id"],
        unique=False,
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("admission_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("agreed_unit_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen_by", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("channel IN ('self', 'counter', 'phone')", name=op.f("ck_assignment_channel")),
        sa.CheckConstraint(
            "state IN ('asked', 'confirmed', 'declined', 'lapsed', 'ended')", name=op.f("ck_assignment_state")
        ),
        sa.ForeignKeyConstraint(["admission_id"], ["admission.id"], name=op.f("fk_assignment_admission_id")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_assignment_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_assignment_provider_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_assignment_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        info={
            "rls": {"provider": "provider_id", "client": "client_id", "nullable": False},
            "append_only": False,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_index(
        "ix_assignment_due",
        "assignment",
        ["answer_due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index("ix_assignment_provider", "assignment", ["provider_id", "state"], unique=False)
    op.create_index(op.f("ix_assignment_voucher_id"), "assignment", ["voucher_id"], unique=False)
    op.create_index(
        "uq_assignment_standing",
        "assignment",
        ["voucher_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'confirmed')"),
    )
    op.create_table(
        "comparison_shown",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("widened", sa.Boolean(), nullable=False),
        sa.Column("provider_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('self', 'counter', 'phone', 'api')", name=op.f("ck_comparison_shown_channel")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_comparison_shown_organiser_id")
        ),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_comparison_shown_release_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_comparison_shown_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison_shown")),
        info={
            "rls": {"provider": "NULL::uuid", "client": "client_id", "nullable": False},
            "append_only": True,
            "keeps": "as long as the voucher",
        },
    )
    op.create_index("ix_comparison_shown_voucher", "comparison_shown", ["voucher_id", "at"], unique=False)
    op.create_table(
        "invoice_file",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_file_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoice_file")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": True,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_table(
        "outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("status_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("month IN ('3', '6', '12')", name=op.f("ck_outcome_month")),
        sa.CheckConstraint("(voucher_id IS NULL) = (client_id IS NULL)", name=op.f("ck_outcome_whose")),
        sa.CheckConstraint(
            "people > 0 AND (voucher_id IS NULL OR people = 1)", name=op.f("ck_outcome_people")
        ),
        sa.ForeignKeyConstraint(["category"], ["outcome_category.code"], name=op.f("fk_outcome_category")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_outcome_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_outcome_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_outcome_service_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_outcome_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint(
            "organiser_id",
            "service_id",
            "reference",
            "month",
            name=op.f("uq_outcome_organiser_id_service_id_reference_month"),
        ),
        info={
            "rls": {"provider": "NULL::uuid", "client": "client_id", "nullable": False},
            "append_only": False,
            "keeps": "3 years after the service ended, then only the releases remain",
        },
    )
    op.create_index("ix_outcome_service", "outcome", ["service_id", "provider_id", "month"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("welcome", sa.SmallInteger(), nullable=False),
        sa.Column("coaching", sa.SmallInteger(), nullable=False),
        sa.Column("usefulness", sa.SmallInteger(), nullable=False),
        sa.Column("contact", sa.SmallInteger(), nullable=False),
        sa.Column("timing", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("moment IN ('after', 'half_year')", name=op.f("ck_review_moment")),
        sa.CheckConstraint(
            "welcome BETWEEN 0 AND 10 AND coaching BETWEEN 0 AND 10 AND usefulness BETWEEN 0 AND 10 AND contact BETWEEN 0 AND 10 AND timing BETWEEN 0 AND 10",
            name=op.f("ck_review_scores"),
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_review_organiser_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_review_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_review_service_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_review_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint(
            "voucher_id", "provider_id", "moment", name=op.f("uq_review_voucher_id_provider_id_moment")
        ),
        info={
            "rls": {"provider": "NULL::uuid", "client": "client_id", "nullable": False},
            "append_only": False,
            "keeps": "3 years after the service ended, then only the releases remain",
        },
    )
    op.create_index("ix_review_service", "review", ["service_id", "provider_id"], unique=False)
    op.create_table(
        "shortlist",
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("provider_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            '"first" BETWEEN 0 AND cardinality(provider_ids)', name=op.f("ck_shortlist_first_within")
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["organiser.id"], name=op.f("fk_shortlist_organiser_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_shortlist_voucher_id")),
        sa.PrimaryKeyConstraint("voucher_id", name=op.f("pk_shortlist")),
        info={
            "rls": {"provider": "NULL::uuid", "client": "client_id", "nullable": False},
            "append_only": True,
            "keeps": "as long as the voucher",
        },
    )
    op.create_table(
        "voucher_case",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_voucher_case_case_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_voucher_case_voucher_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_voucher_case")),
        info={
            "rls": {"provider": None, "client": None, "nullable": False},
            "append_only": False,
            "keeps": "as long as the case",
        },
    )
    op.create_index(op.f("ix_voucher_case_voucher_id"), "voucher_case", ["voucher_id"], unique=False)
    op.create_table(
        "presentation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("presented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("presented_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_presentation_assignment_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organiser.id"], name=op.f("fk_presentation_organiser_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_presentation_provider_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_presentation_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presentation")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_presentation_assignment_id")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": False,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_index("ix_presentation_provider", "presentation", ["provider_id", "presented_at"], unique=False)
    op.create_index(op.f("ix_presentation_voucher_id"), "presentation", ["voucher_id"], unique=False)
    op.create_table(
        "redemption",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("presentation_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("own_share_cents", sa.BigInteger(), nullable=False),
        sa.Column("own_share_allowed", sa.Boolean(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('captured', 'reversed')) = (captured_at IS NOT NULL)",
            name=op.f("ck_redemption_captured_when"),
        ),
        sa.CheckConstraint(
            "(state IN ('released', 'lapsed', 'reversed')) = (ended_at IS NOT NULL)",
            name=op.f("ck_redemption_ended_when"),
        ),
        sa.CheckConstraint(
            "state <> 'reserved' OR reserved_until IS NOT NULL", name=op.f("ck_redemption_reserved_until")
        ),
        sa.CheckConstraint(
            "state IN ('reserved', 'captured', 'released', 'lapsed', 'reversed')",
            name=op.f("ck_redemption_state"),
        ),
        sa.CheckConstraint(
            "own_share_allowed OR own_share_cents = 0", name=op.f("ck_redemption_free_stays_free")
        ),
        sa.CheckConstraint(
            "price_cents = value_cents + own_share_cents AND price_cents = net_cents + vat_cents",
            name=op.f("ck_redemption_price_adds_up"),
        ),
        sa.CheckConstraint(
            "units > 0 AND value_cents > 0 AND own_share_cents >= 0 AND vat_cents >= 0",
            name=op.f("ck_redemption_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["presentation_id"], ["presentation.id"], name=op.f("fk_redemption_presentation_id")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id", "own_share_allowed"],
            ["voucher.id", "voucher.own_share_allowed"],
            name=op.f("fk_redemption_voucher_id_own_share_allowed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": False,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_index("ix_redemption_captured", "redemption", ["organiser_id", "captured_at"], unique=False)
    op.create_index("ix_redemption_provider", "redemption", ["provider_id", "created_at"], unique=False)
    op.create_index(
        "ix_redemption_reserved",
        "redemption",
        ["reserved_until"],
        unique=False,
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.create_index("ix_redemption_voucher", "redemption", ["voucher_id"], unique=False)
    op.create_table(
        "reversal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_reversal_reasoned")),
        sa.CheckConstraint("value_cents > 0", name=op.f("ck_reversal_value_positive")),
        sa.ForeignKeyConstraint(["redemption_id"], ["redemption.id"], name=op.f("fk_reversal_redemption_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversal")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_reversal_redemption_id")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": True,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_index("ix_reversal_organiser", "reversal", ["organiser_id", "reversed_at"], unique=False)
    op.create_table(
        "statement_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("reversal_id", sa.Uuid(), nullable=True),
        sa.Column("voucher_number", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN reversal_id IS NULL THEN amount_cents > 0 ELSE amount_cents < 0 END",
            name=op.f("ck_statement_line_sign"),
        ),
        sa.CheckConstraint("amount_cents = net_cents + vat_cents", name=op.f("ck_statement_line_adds_up")),
        sa.CheckConstraint(
            "id = coalesce(reversal_id, redemption_id)", name=op.f("ck_statement_line_stands_for_itself")
        ),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemption.id"], name=op.f("fk_statement_line_redemption_id")
        ),
        sa.ForeignKeyConstraint(["reversal_id"], ["reversal.id"], name=op.f("fk_statement_line_reversal_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_statement_line_service_id")),
        sa.ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
            name=op.f("fk_statement_line_statement_id_organiser_id_provider_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_line")),
        sa.UniqueConstraint(
            "id", "statement_id", "amount_cents", name=op.f("uq_statement_line_id_statement_id_amount_cents")
        ),
        sa.UniqueConstraint("statement_id", "position", name=op.f("uq_statement_line_statement_id_position")),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": True,
            "keeps": "10 years from the end of the financial year",
        },
    )
    op.create_index(
        op.f("ix_statement_line_redemption_id"), "statement_line", ["redemption_id"], unique=False
    )
    op.create_table(
        "invoice_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("file_line", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("match", sa.Text(), nullable=True),
        sa.Column("statement_line_id", sa.Uuid(), nullable=True),
        sa.Column("stated_cents", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(statement_line_id IS NOT NULL) = coalesce(match IN ('matched', 'different'), false) AND (statement_line_id IS NULL) = (stated_cents IS NULL)",
            name=op.f("ck_invoice_line_paired"),
        ),
        sa.CheckConstraint(
            "match IS DISTINCT FROM 'matched' OR amount_cents = stated_cents",
            name=op.f("ck_invoice_line_matched_to_the_cent"),
        ),
        sa.CheckConstraint(
            "match IS NULL OR match IN ('matched', 'different', 'extra', 'duplicate', 'credited')",
            name=op.f("ck_invoice_line_match"),
        ),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_invoice_line_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["invoice_id", "statement_id"],
            ["invoice.id", "invoice.statement_id"],
            name=op.f("fk_invoice_line_invoice_id_statement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_line_id", "statement_id", "stated_cents"],
            ["statement_line.id", "statement_line.statement_id", "statement_line.amount_cents"],
            name=op.f("fk_invoice_line_statement_line_id_statement_id_stated_cents"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("invoice_id", "file_line", name=op.f("uq_invoice_line_invoice_id_file_line")),
        sa.UniqueConstraint(
            "statement_line_id",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_invoice_line_statement_line_id"),
        ),
        info={
            "rls": {"provider": "provider_id", "client": None, "nullable": False},
            "append_only": False,
            "keeps": "6 years from the end of the calendar year in which the financial year ended",
        },
    )
    op.create_index("ix_invoice_line_statement", "invoice_line", ["statement_id"], unique=False)
    # ### end Alembic commands ###
