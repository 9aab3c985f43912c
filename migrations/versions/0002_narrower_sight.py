"""A provider's and a client's session see their own rows alone, in every table of an organiser.

It tightens what the program before it could see without using it, and what it did use: run beside the new schema, that
program finds no messages and refuses a provider's disputed invoice, until its processes are replaced.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ORGANISERS = "organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])"
OR_NONE = f"(organiser_id IS NULL OR {ORGANISERS})"
PROVIDER = "(SELECT nullif(current_setting('registry.provider', true), '')::uuid)"
CLIENT = "(SELECT nullif(current_setting('registry.client', true), '')::uuid)"
ACCOUNT = "(SELECT nullif(current_setting('registry.account', true), '')::uuid)"

NOBODY = "NULL::uuid"
OF_VOUCHER = "(SELECT client_id FROM voucher WHERE voucher.id = voucher_id)"


def provider(column: str) -> str:
    return f" AND ({PROVIDER} IS NULL OR {column} = {PROVIDER})"


def client(column: str) -> str:
    return f" AND ({CLIENT} IS NULL OR {column} = {CLIENT})"


OWN_MESSAGES = f"{OR_NONE} AND (({ACCOUNT} IS NULL AND {PROVIDER} IS NULL AND {CLIENT} IS NULL) OR account_id = {ACCOUNT})"
PROVIDERS = ORGANISERS + provider("provider_id")
NO_CLIENTS = PROVIDERS + client(NOBODY)
NO_ONES = ORGANISERS + provider(NOBODY) + client(NOBODY)

# table → (before, what may be seen, what may be written)
POLICIES = {
    "api_token": (
        OR_NONE + provider("provider_id"),
        OR_NONE + provider("provider_id") + client(NOBODY),
        None,
    ),
    "application": (PROVIDERS, NO_CLIENTS, None),
    "application_message": (PROVIDERS, NO_CLIENTS, None),
    "audit_event": (OR_NONE, OR_NONE + provider(NOBODY) + client(OF_VOUCHER), OR_NONE),
    "budget_line": (ORGANISERS, NO_ONES, None),
    "case_file": (
        ORGANISERS + client("client_id"),
        ORGANISERS + provider(NOBODY) + client("client_id"),
        None,
    ),
    "invoice": (PROVIDERS, NO_CLIENTS, None),
    "invoice_file": (PROVIDERS, NO_CLIENTS, None),
    "invoice_line": (PROVIDERS, NO_CLIENTS, None),
    "message": (OR_NONE, OWN_MESSAGES, None),
    "month_close": (ORGANISERS, ORGANISERS + client(NOBODY), None),
    "paid_statement": (PROVIDERS, NO_CLIENTS, None),
    "payment": (PROVIDERS, NO_CLIENTS, None),
    "presentation": (PROVIDERS, PROVIDERS + client(OF_VOUCHER), None),
    "read_log": (
        ORGANISERS + client("client_id"),
        ORGANISERS + provider(NOBODY) + client("client_id"),
        ORGANISERS + client("client_id"),
    ),
    "redemption": (PROVIDERS, PROVIDERS + client(OF_VOUCHER), None),
    "reversal": (PROVIDERS, PROVIDERS + client(OF_VOUCHER), None),
    "role_change_request": (ORGANISERS, NO_ONES, None),
    "statement": (PROVIDERS, NO_CLIENTS, None),
    "statement_line": (PROVIDERS, NO_CLIENTS, None),
    "transfer": (ORGANISERS, NO_ONES, ORGANISERS + client(NOBODY)),
    "voucher_case": (ORGANISERS, ORGANISERS + provider(NOBODY) + client(OF_VOUCHER), None),
}
OUTBOX = (OR_NONE + provider(NOBODY) + client(NOBODY), OR_NONE)


def bind(table: str, sees: str, writes: str) -> None:
    op.execute(f"ALTER POLICY {table}_in_sight ON {table} USING ({sees}) WITH CHECK ({writes})")


def upgrade() -> None:
    for table, (_, sees, writes) in POLICIES.items():
        bind(table, sees, writes or sees)
    op.execute("ALTER TABLE outbox ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE outbox FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY outbox_in_sight ON outbox TO registry_app USING ({OUTBOX[0]}) WITH CHECK ({OUTBOX[1]})"
    )


def downgrade() -> None:
    op.execute("DROP POLICY outbox_in_sight ON outbox")
    op.execute("ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE outbox DISABLE ROW LEVEL SECURITY")
    for table, (before, _, _) in POLICIES.items():
        bind(table, before, before)
