"""What narrows a session's sight is written so that the planner can guess how much of a table it leaves.

`setting IS NULL OR column = setting` counts as nearly nothing: of a table of vouchers the planner expected one row, and
joined whole ledgers to it in loops. A CASE counts as a half, and means the same.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ORGANISERS = "organiser_id = ANY ((SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[])"
CURRENT = {
    who: f"(SELECT nullif(current_setting('registry.{who}', true), '')::uuid)"
    for who in ("provider", "client")
}
NOBODY = "NULL::uuid"
OF_VOUCHER = "(SELECT client_id FROM voucher WHERE voucher.id = voucher_id)"

# table → (rows of no organiser too, a provider's column, a client's column, who may write what it then does not see)
NARROWED: dict[str, tuple[bool, str | None, str | None, tuple[str, ...]]] = {
    "api_token": (True, "provider_id", NOBODY, ()),
    "application": (False, "provider_id", NOBODY, ()),
    "application_message": (False, "provider_id", NOBODY, ()),
    "assignment": (False, "provider_id", "client_id", ()),
    "audit_event": (True, NOBODY, OF_VOUCHER, ("provider", "client")),
    "budget_line": (False, NOBODY, NOBODY, ()),
    "case_file": (False, NOBODY, "client_id", ()),
    "client": (False, NOBODY, "id", ()),
    "client_person": (False, NOBODY, "client_id", ()),
    "comment_answer": (False, "provider_id", NOBODY, ()),
    "comment_publication": (False, NOBODY, "client_id", ()),
    "comment_report": (False, NOBODY, NOBODY, ()),
    "comparison_shown": (False, NOBODY, "client_id", ()),
    "complaint": (False, NOBODY, "client_id", ()),
    "intake": (False, NOBODY, "client_id", ()),
    "invoice": (False, "provider_id", NOBODY, ()),
    "invoice_file": (False, "provider_id", NOBODY, ()),
    "invoice_line": (False, "provider_id", NOBODY, ()),
    "month_close": (False, None, NOBODY, ()),
    "no_show": (False, "provider_id", "client_id", ()),
    "outbox": (True, NOBODY, NOBODY, ("provider", "client")),
    "outcome": (False, NOBODY, "client_id", ()),
    "oversight_finding": (False, "provider_id", NOBODY, ()),
    "paid_statement": (False, "provider_id", NOBODY, ()),
    "payment": (False, "provider_id", NOBODY, ()),
    "presentation": (False, "provider_id", OF_VOUCHER, ()),
    "private_figure": (False, "provider_id", NOBODY, ()),
    "quality_alarm": (False, NOBODY, NOBODY, ()),
    "read_log": (False, NOBODY, "client_id", ("provider",)),
    "redemption": (False, "provider_id", OF_VOUCHER, ()),
    "release_objection": (False, "provider_id", NOBODY, ()),
    "reminder": (False, NOBODY, OF_VOUCHER, ()),
    "reversal": (False, "provider_id", OF_VOUCHER, ()),
    "review": (False, NOBODY, "client_id", ()),
    "review_comment": (False, NOBODY, "client_id", ()),
    "review_origin": (False, NOBODY, NOBODY, ("client",)),
    "role_change_request": (False, NOBODY, NOBODY, ()),
    "role_grant": (True, "provider_id", "client_id", ()),
    "shortlist": (False, NOBODY, "client_id", ()),
    "statement": (False, "provider_id", NOBODY, ()),
    "statement_line": (False, "provider_id", NOBODY, ()),
    "transfer": (False, NOBODY, NOBODY, ("provider",)),
    "voucher": (False, "provider_id", "client_id", ()),
    "voucher_case": (False, NOBODY, OF_VOUCHER, ()),
    "voucher_extension": (False, NOBODY, OF_VOUCHER, ()),
}


def upgrade() -> None:
    bind("CASE WHEN {current} IS NULL THEN true ELSE {column} = {current} END")


def downgrade() -> None:
    bind("({current} IS NULL OR {column} = {current})")


def bind(form: str) -> None:
    for table, (nullable, provider, client, appended_by) in NARROWED.items():
        sees = writes = f"(organiser_id IS NULL OR {ORGANISERS})" if nullable else ORGANISERS
        for who, column in (("provider", provider), ("client", client)):
            if column is not None:
                narrowed = " AND " + form.format(current=CURRENT[who], column=column)
                sees += narrowed
                writes += "" if who in appended_by else narrowed
        op.execute(f"ALTER POLICY {table}_in_sight ON {table} USING ({sees}) WITH CHECK ({writes})")
