"""A token opens nothing once the person who made it has no role left where it belongs.

Ending a role revokes the tokens made in it, but only those that it finds: a token made in the same moment, or left by
somebody who went before that rule was, would go on redeeming and paying. So it is asked at each use, too.
"""

from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None

FUNCTION = """CREATE OR REPLACE FUNCTION registry_token(wanted bytea, at timestamptz) RETURNS TABLE (
  token_id uuid, name text, role text, organiser_id uuid, provider_id uuid, scopes text[], organisers uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT coalesce(t.api_client_id, t.id), t.name, t.role, t.organiser_id, t.provider_id, t.scopes,
    CASE WHEN t.provider_id IS NULL THEN ARRAY[t.organiser_id] ELSE registry_provider_organisers(t.provider_id) END
  FROM api_token t WHERE t.token_hash = wanted AND t.revoked_at IS NULL AND t.expires_at > at{maker} $$"""
MAKER = """
    AND (t.created_by IS NULL OR EXISTS (SELECT FROM role_grant g JOIN account a ON a.id = g.account_id
      WHERE g.account_id = t.created_by AND g.ended_at IS NULL AND a.disabled_at IS NULL
        AND g.organiser_id IS NOT DISTINCT FROM t.organiser_id AND g.provider_id IS NOT DISTINCT FROM t.provider_id
        AND g.duty IS DISTINCT FROM 'coach'))"""


def _token(maker: str) -> None:
    op.execute("SET LOCAL ROLE registry_lookup")
    op.execute(FUNCTION.format(maker=maker))
    op.execute("SET LOCAL ROLE registry_owner")


def upgrade() -> None:
    _token(MAKER)


def downgrade() -> None:
    _token("")
