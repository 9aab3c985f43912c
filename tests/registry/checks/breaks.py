"""Harm to a database, and the lines of `registry check` that must notice it: exactly those."""

# ruff: noqa: E501 - a statement in one piece is easier to read than one in four

from typing import Final

from tests.registry.checks.breaks_applying import APPLYING_BREAKS
from tests.registry.checks.breaks_bank import BANK_BREAKS, EXPLAINED, SENT
from tests.registry.checks.breaks_deciding import DECIDING_BREAKS
from tests.registry.checks.breaks_einvoices import EINVOICE_BREAKS, WAITING
from tests.registry.checks.breaks_keeping import KEEPING_BREAKS
from tests.registry.checks.breaks_kinds import KIND_BREAKS
from tests.registry.checks.breaks_vat import LAW, VAT_BREAKS
from tests.registry.checks.breaks_years import YEAR_BREAKS

OPEN_UP: Final = (
    "SET LOCAL session_replication_role = replica",
    """DO $$ DECLARE c record; BEGIN
      FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
               WHERE contype IN ('c', 'u') AND connamespace = 'public'::regnamespace AND conrelid <> 0 LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', c.t, c.conname);
      END LOOP;
      FOR c IN SELECT indexrelid::regclass AS i FROM pg_index JOIN pg_class k ON k.oid = indexrelid
               WHERE indisunique AND NOT indisprimary AND k.relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('DROP INDEX %s', c.i);
      END LOOP;
    END $$""",
)

EACH_ADDS_UP = "vouchers: granted = available + reserved + captured + returned"
UNITS_ADD_UP = "vouchers: units add up likewise"
REDEMPTIONS_SUM = "vouchers: captured and reserved are the sums of their redemptions"
ENDED_HOLD_NOTHING = "vouchers: refused, cancelled and expired ones hold nothing"
LENGTHENED = "vouchers: validity goes on by the days that were added, each time from where it stood"
PICK_STANDS = "picks: the voucher names the one that stands, and none once it has ended"
PLACES = "picks: a provider's places taken are its standing picks"
PICK_BELONGS = "picks: of the voucher's own service, client and organiser"
PRESENTATION_ALIVE = "presentations: alive only while their pick stands confirmed"
IN_USE_SHOWN = "presentations: a voucher in use was shown to its provider"
PRICE = "redemptions: price = value + own share = net + VAT, as its units and unit price make it"
OWN_SHARE = "redemptions: own share only where the voucher allows it, value never above the ceiling"
BY_PROVIDER = "redemptions: by the provider that was shown the voucher, at no more than the agreed price"
IN_TIME = "redemptions: of a service given while the voucher was valid"
NOT_AFTER_END = "redemptions: none is reserved on a voucher that has ended"
REVERSALS = "reversals: each reversed redemption has exactly one, of its whole value"
FLOWS_KEPT = "ledger: every transfer goes from and to the accounts of its kind"
ZERO = "ledger: all accounts together are zero"
BALANCES = "ledger: vouchers' balances are the sums of their transfers, account by account"
VOUCHER_TRANSFERS = "ledger: vouchers' transfers name the voucher, its organiser and its budget line"
ABOUT = "ledger: what a transfer is about exists"
REDEMPTION_TRANSFERS = "ledger: each redemption has exactly the transfers of its state"
LINE_TRANSFERS = "budget lines: granted = grants - returns, and no more than allocated"
LINE_VOUCHERS = "budget lines: granted is what their vouchers hold or have used"
TOTALS = "statements: totals are the sums of their lines"
LINES = "statements: each line is one redemption or reversal, of that provider, to the cent"
LEFT_OUT = "statements: nothing redeemed in a closed month is left out"
REVERSAL_LEFT_OUT = "statements: no reversal of a closed month is left out"
INVOICED = "invoices: an invoice is the sum of its lines, and a statement's invoiced sum that of its invoices"
MATCHED_ONCE = "invoices: no statement line is matched twice, and a match is to the cent"
APPROVED = "payments: each approved statement is in the ledger once, with its total"
PAID_ONCE = "payments: each statement is paid once, by a payment of its sum"
OWED = "payments: what is owed to a provider is its approved statements less what was paid"
FOUR_EYES = "payments: never approved and paid by the same person"
ENOUGH_PEOPLE = "figures: none from fewer than five people"
NO_SUBTRACTION = "figures: no two releases, public or not, tell of one to four people by subtraction"
PREVIEWED = "releases: public only after the days in which errors can be pointed out"
COMMENTS = "comments: each came out with a release of its organiser, after it was approved"
BEFORE_CHOICE = "intake facts: fixed before the voucher's first choice"
HEARD = "findings: published as they were heard, after an answer or its time"
STEP = "audit: every step is one that the rules allow"
PICK_TOLD = "audit: every pick was recorded when it was made, with what it was made of"
AMOUNTS = "audit: grants, redemptions and reversals are recorded with their amounts"


def told(what: str) -> str:
    return f"audit: events lead each of the {what} to the state it is in"


ONE = "(SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1)"


def one(table: str, where: str = "true") -> str:
    return ONE.format(table=table, where=where)


GRANTED = one("voucher", "state = 'granted' AND units_granted IS NOT NULL")
RESERVED = one("redemption", "state = 'reserved'")
STATED = one(
    "redemption", "state = 'captured' AND EXISTS (SELECT FROM statement_line l WHERE l.id = redemption.id)"
)
UNSTATED = one(
    "redemption",
    "state = 'captured' AND own_share_cents = 0 AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = redemption.id)",
)
PAID = one("statement", "state = 'paid' AND total_cents > 0")
EVENT = (
    "INSERT INTO audit_event (id, organiser_id, at, actor_kind, action, subject_kind, subject_id, from_state,"
    " to_state, facts, hash) SELECT gen_random_uuid(), organiser_id, now(), 'system', 'x', {values}, '{{}}', ''"
)

BREAKS: Final[list[tuple[set[str], str]]] = [
    # vouchers
    ({EACH_ADDS_UP, LINE_VOUCHERS, BALANCES, AMOUNTS}, f"UPDATE voucher SET granted_cents = granted_cents + 1 WHERE id = {GRANTED}"),
    ({EACH_ADDS_UP, BALANCES}, f"UPDATE voucher SET available_cents = -1 WHERE id = {GRANTED}"),
    ({UNITS_ADD_UP}, f"UPDATE voucher SET units_available = units_available + 1 WHERE id = {GRANTED}"),
    ({UNITS_ADD_UP}, f"UPDATE voucher SET units_available = -1, units_returned = units_granted + 1 WHERE id = {GRANTED}"),
    ({REDEMPTIONS_SUM}, "UPDATE voucher SET units_captured = units_captured + 100, units_available = units_available - 100"
        " WHERE id = (SELECT id FROM voucher WHERE state = 'in_use' AND units_granted IS NOT NULL LIMIT 1)"),
    ({ENDED_HOLD_NOTHING}, "UPDATE voucher SET ended_at = NULL WHERE state = 'expired'"),
    ({ENDED_HOLD_NOTHING, UNITS_ADD_UP}, "UPDATE voucher SET units_available = 1 WHERE state = 'cancelled'"),
    ({PICK_STANDS}, f"UPDATE voucher SET provider_id = {one('provider')} WHERE id = {GRANTED}"),
    ({PICK_STANDS}, "UPDATE voucher SET assignment_id = gen_random_uuid() WHERE state = 'chosen'"),
    ({PICK_STANDS}, f"UPDATE voucher SET provider_id = {one('provider', 'id <> voucher.provider_id')} WHERE state = 'chosen'"),
    ({PLACES}, "UPDATE admission SET taken = taken + 1 WHERE id = (SELECT id FROM admission LIMIT 1)"),
    ({PLACES}, "UPDATE admission SET places = taken - 1 WHERE taken > 0"),
    ({LENGTHENED}, "UPDATE voucher SET valid_until = valid_until + interval '1 day', claim_until = claim_until + interval '1 day'"
        " WHERE id IN (SELECT voucher_id FROM voucher_extension)"),
    ({PICK_BELONGS}, "UPDATE assignment SET client_id = gen_random_uuid() WHERE state = 'declined'"),
    ({PICK_BELONGS}, f"UPDATE voucher SET service_id = {one('service', 'id <> voucher.service_id')} WHERE state = 'chosen'"),
    ({PRESENTATION_ALIVE}, "UPDATE presentation SET ended_at = NULL WHERE ended_at IS NOT NULL"),
    ({IN_USE_SHOWN}, "UPDATE presentation SET ended_at = now() WHERE assignment_id IN (SELECT assignment_id FROM voucher WHERE state = 'in_use')"),
    # redemptions
    ({PRICE}, f"UPDATE redemption SET net_cents = net_cents - 1, vat_cents = vat_cents + 1 WHERE id = {UNSTATED}"),
    ({PRICE, OWN_SHARE}, f"UPDATE redemption SET unit_price_cents = unit_price_cents - 1 WHERE id = {UNSTATED}"),
    ({PRICE, OWN_SHARE}, f"UPDATE redemption SET own_share_cents = 1 WHERE id = {UNSTATED}"),
    ({OWN_SHARE}, "UPDATE redemption SET own_share_allowed = false WHERE own_share_cents > 0"),
    ({OWN_SHARE}, "UPDATE voucher SET unit_price_ceiling_cents = 1 WHERE state = 'used_up'"),
    ({BY_PROVIDER}, "UPDATE assignment SET agreed_unit_price_cents = 1 WHERE state = 'confirmed'"),
    ({BY_PROVIDER}, f"UPDATE redemption SET provider_id = {one('provider', 'id <> redemption.provider_id')} WHERE id = {UNSTATED}"),
    ({IN_TIME, LAW}, f"UPDATE redemption SET service_date = '2020-01-01' WHERE id = {UNSTATED}"),
    ({IN_TIME}, "UPDATE redemption SET service_date = (SELECT (valid_until AT TIME ZONE 'Europe/Helsinki')::date FROM voucher"
        f" WHERE id = redemption.voucher_id) WHERE id = {UNSTATED}"),
    ({NOT_AFTER_END, told("vouchers"), PICK_STANDS}, f"UPDATE voucher SET state = 'used_up', ended_at = now() WHERE id = (SELECT voucher_id FROM redemption WHERE id = {RESERVED})"),
    ({REVERSALS}, "INSERT INTO reversal SELECT gen_random_uuid(), organiser_id, redemption_id, voucher_id, provider_id, value_cents,"
        " reason, 'infinity', reversed_by FROM reversal LIMIT 1"),
    ({REVERSALS}, f"INSERT INTO reversal SELECT gen_random_uuid(), organiser_id, id, voucher_id, provider_id, value_cents, 'x', 'infinity' FROM redemption WHERE id = {UNSTATED}"),
    ({REVERSALS, LINES}, "UPDATE reversal SET value_cents = value_cents + 1 WHERE id IN (SELECT id FROM statement_line)"),
    # ledger
    ({FLOWS_KEPT}, "UPDATE transfer SET from_account = 'bank' WHERE kind = 'approve_statement'"),
    ({FLOWS_KEPT, EXPLAINED}, "UPDATE transfer SET to_account = 'expense' WHERE kind = 'pay'"),
    ({BALANCES, REDEMPTION_TRANSFERS}, "UPDATE transfer SET amount_cents = amount_cents + 1 WHERE id = (SELECT id FROM transfer WHERE kind = 'redeem' LIMIT 1)"),
    ({BALANCES, REDEMPTION_TRANSFERS}, "DELETE FROM transfer WHERE id = (SELECT id FROM transfer WHERE kind = 'reverse' LIMIT 1)"),
    ({FLOWS_KEPT, BALANCES}, "UPDATE transfer SET to_account = 'captured' WHERE kind = 'reserve'"),
    ({VOUCHER_TRANSFERS}, "UPDATE transfer SET organiser_id = gen_random_uuid() WHERE kind = 'redeem'"),
    ({VOUCHER_TRANSFERS, ABOUT}, "UPDATE transfer SET voucher_id = gen_random_uuid() WHERE kind = 'redeem'"),
    ({ABOUT, REDEMPTION_TRANSFERS}, "UPDATE transfer SET reference_id = gen_random_uuid() WHERE id = (SELECT id FROM transfer WHERE kind = 'redeem' LIMIT 1)"),
    ({REDEMPTION_TRANSFERS, ABOUT}, f"UPDATE transfer SET reference_id = {RESERVED} WHERE id = (SELECT id FROM transfer WHERE kind = 'capture' LIMIT 1)"),
    ({LINE_TRANSFERS, LINE_VOUCHERS}, "UPDATE budget_line SET granted_cents = granted_cents + 1"),
    ({LINE_TRANSFERS}, "UPDATE budget_line SET allocated_cents = granted_cents - 1 WHERE granted_cents > 0"),
    ({LINE_VOUCHERS, VOUCHER_TRANSFERS}, f"UPDATE voucher SET budget_line_id = {one('budget_line', 'id <> voucher.budget_line_id')} WHERE id = {GRANTED}"),
    # settlement
    ({TOTALS}, "UPDATE statement SET net_cents = net_cents + 1, vat_cents = vat_cents - 1 WHERE state = 'closed'"),
    ({TOTALS}, "UPDATE statement SET line_count = line_count + 1"),
    ({LINES}, "UPDATE statement_line SET provider_id = gen_random_uuid()"),
    ({LINES}, "UPDATE statement_line SET at = at - interval '1 day'"),
    ({TOTALS, LEFT_OUT, MATCHED_ONCE}, f"DELETE FROM statement_line WHERE id = {STATED}"),
    ({TOTALS, REVERSAL_LEFT_OUT, MATCHED_ONCE}, "DELETE FROM statement_line WHERE id = (SELECT id FROM statement_line WHERE reversal_id IS NOT NULL LIMIT 1)"),
    ({INVOICED}, "UPDATE invoice_line SET amount_cents = amount_cents + 1 WHERE match = 'different'"),
    ({INVOICED}, f"UPDATE statement SET invoiced_cents = invoiced_cents + 1 WHERE id = {PAID}"),
    ({MATCHED_ONCE}, "UPDATE invoice_line SET match = 'matched' WHERE match = 'different'"),
    ({MATCHED_ONCE}, "UPDATE invoice_line SET statement_line_id = (SELECT statement_line_id FROM invoice_line WHERE match = 'matched' ORDER BY id LIMIT 1)"
        " WHERE id = (SELECT id FROM invoice_line WHERE match = 'matched' ORDER BY id DESC LIMIT 1)"),
    ({APPROVED, OWED}, "DELETE FROM transfer WHERE kind = 'approve_credit'"),
    ({APPROVED, OWED}, "INSERT INTO transfer SELECT gen_random_uuid(), organiser_id, at, kind, from_account, from_id, to_account, to_id,"
        " amount_cents, voucher_id, reference_id FROM transfer WHERE kind = 'approve_statement' LIMIT 1"),
    ({APPROVED}, f"UPDATE statement SET approval_transfer_id = NULL WHERE id = {PAID}"),
    ({PAID_ONCE}, f"DELETE FROM paid_statement WHERE statement_id = {PAID}"),
    ({PAID_ONCE, SENT}, "UPDATE payment SET amount_cents = amount_cents + 1"),
    ({PAID_ONCE, OWED}, "UPDATE transfer SET amount_cents = amount_cents + 1 WHERE id = (SELECT id FROM transfer WHERE kind = 'pay' LIMIT 1)"),
    ({PAID_ONCE, OWED}, "INSERT INTO transfer SELECT gen_random_uuid(), organiser_id, at, kind, from_account, from_id, to_account, to_id,"
        " amount_cents, voucher_id, reference_id FROM transfer WHERE kind = 'pay' LIMIT 1"),
    ({OWED, ABOUT, EXPLAINED}, "UPDATE transfer SET organiser_id = gen_random_uuid() WHERE kind = 'pay'"),
    ({FOUR_EYES}, "UPDATE payment SET paid_by = (SELECT approved_by FROM statement WHERE approved_by IS NOT NULL LIMIT 1)"),
    # quality
    ({ENOUGH_PEOPLE}, "UPDATE release_figure SET n = 4, k = 0 WHERE n = 20"),
    ({ENOUGH_PEOPLE}, "UPDATE private_figure SET k = n + 1"),
    ({NO_SUBTRACTION}, "UPDATE release_figure SET n = n - 4 WHERE n = 28"),
    ({NO_SUBTRACTION}, "UPDATE release_figure SET k = k - 1 WHERE n = 15 AND release_id = (SELECT id FROM release WHERE number = 2)"),
    ({NO_SUBTRACTION}, "UPDATE private_figure SET k = 0 WHERE k > 0 AND release_id = (SELECT id FROM release WHERE number = 2)"),
    ({PREVIEWED}, "UPDATE release SET public_from = released_at + interval '9 days' WHERE number = 2"),
    ({COMMENTS}, f"UPDATE published_comment SET organiser_id = {one('organiser', 'id <> published_comment.organiser_id')}"),
    ({COMMENTS}, "UPDATE review_comment SET state = 'approved'"),
    ({BEFORE_CHOICE}, "UPDATE intake SET recorded_at = recorded_at + interval '1 day'"),
    ({BEFORE_CHOICE}, "UPDATE intake SET client_id = gen_random_uuid()"),
    ({HEARD}, "UPDATE published_finding SET statement = '{\"fi\": \"Muuta.\"}'"),
    ({HEARD}, "UPDATE published_finding SET published_on = (SELECT hearing_until FROM oversight_finding f WHERE f.id = published_finding.id) WHERE answer IS NULL"),
    ({HEARD, told("findings")}, "UPDATE oversight_finding SET state = 'hearing', decided_at = NULL WHERE heard IS NOT NULL"),
    ({told("complaints")}, "UPDATE complaint SET state = 'not_upheld'"),
    # audit
    ({told("vouchers"), PICK_STANDS}, f"UPDATE voucher SET state = 'chosen' WHERE id = {GRANTED}"),
    ({told("vouchers"), AMOUNTS}, f"DELETE FROM audit_event WHERE subject_id = {GRANTED} AND from_state IS NULL"),
    ({told("vouchers")}, "DELETE FROM audit_event WHERE action = 'voucher.presented' AND from_state <> to_state"),
    ({told("vouchers")}, EVENT.format(values="'voucher', id, NULL, 'granted'") + f" FROM voucher WHERE id = {GRANTED}"),
    ({told("vouchers"), STEP}, EVENT.format(values="'voucher', id, 'granted', 'in_use'") + f" FROM voucher WHERE id = {GRANTED}"),
    ({told("vouchers")}, EVENT.format(values="'voucher', gen_random_uuid(), NULL, 'granted'") + f" FROM voucher WHERE id = {GRANTED}"),
    ({told("redemptions"), AMOUNTS}, f"DELETE FROM audit_event WHERE subject_id = {UNSTATED}"),
    ({told("picks")}, "DELETE FROM audit_event WHERE action = 'choice.confirmed'"),
    ({told("applications")}, "DELETE FROM audit_event WHERE subject_kind = 'application'"),
    ({told("applications"), STEP}, "UPDATE audit_event SET from_state = 'rejected' WHERE subject_kind = 'application'"),
    ({told("admissions")}, "UPDATE admission SET state = 'suspended' WHERE taken = 0 AND state <> 'removed'"),
    ({told("statements")}, "UPDATE statement SET state = 'invoiced' WHERE state = 'disputed'"),
    ({told("role changes")}, "UPDATE role_change_request SET state = 'approved'"),
    ({told("cases")}, "UPDATE case_file SET closed_at = now() WHERE kind NOT IN ('line_disputed', 'visit_disputed')"),
    ({told("cases"), WAITING}, "UPDATE case_file SET closed_at = now() WHERE kind = 'line_disputed'"),
    ({STEP}, EVENT.format(values="'voucher', id, 'sold', 'sold'") + f" FROM voucher WHERE id = {GRANTED}"),
    ({PICK_TOLD}, "UPDATE audit_event SET facts = facts - 'assignment' WHERE action = 'voucher.chosen'"),
    ({PICK_TOLD}, "UPDATE audit_event SET facts = facts || '{\"provider\": \"x\"}' WHERE action = 'voucher.chosen'"),
    ({AMOUNTS}, "UPDATE audit_event SET facts = facts || '{\"value_cents\": 1}' WHERE action = 'redemption.reserved'"),
    *APPLYING_BREAKS,
    *DECIDING_BREAKS,
    *KEEPING_BREAKS,
    *KIND_BREAKS,
    *BANK_BREAKS,
    *YEAR_BREAKS,
    *EINVOICE_BREAKS,
    *VAT_BREAKS,
]  # fmt: skip

CATALOGUE_BREAKS: Final[list[tuple[str, str]]] = [
    ("row-level security", "ALTER TABLE voucher NO FORCE ROW LEVEL SECURITY"),
    ("row-level security", "ALTER TABLE client DISABLE ROW LEVEL SECURITY"),
    ("row-level security", "ALTER TABLE client OWNER TO CURRENT_USER"),
    ("row-level security", "CREATE TABLE stray (id int); ALTER TABLE stray OWNER TO registry_owner"),
    ("row-level security", "CREATE VIEW everything AS SELECT * FROM client_person; ALTER VIEW everything OWNER TO registry_owner"),
    ("policies", "DROP POLICY voucher_in_sight ON voucher"),
    ("policies", "CREATE POLICY open_to_all ON client FOR SELECT TO registry_app USING (true)"),
    ("policies", "ALTER POLICY case_file_in_sight ON case_file USING (true)"),
    ("policies", "ALTER POLICY case_file_in_sight ON case_file WITH CHECK (organiser_id IS NOT NULL)"),
    ("policies", "ALTER POLICY case_file_in_sight ON case_file TO PUBLIC"),
    ("CHECK", "ALTER TABLE voucher DROP CONSTRAINT ck_voucher_cents_add_up"),
    ("CHECK", "ALTER TABLE budget_line DROP CONSTRAINT ck_budget_line_granted_within_allocated;"
        " ALTER TABLE budget_line ADD CONSTRAINT ck_budget_line_granted_within_allocated CHECK (granted_cents <= 2 * allocated_cents)"),
    ("CHECK", "ALTER TABLE voucher DROP CONSTRAINT ck_voucher_cents_add_up; ALTER TABLE voucher ADD CONSTRAINT ck_voucher_cents_add_up"
        " CHECK (granted_cents = available_cents + reserved_cents + captured_cents + returned_cents) NOT VALID"),
    ("append-only", "DROP TRIGGER audit_event_append_only ON audit_event"),
    ("append-only", "ALTER TABLE transfer DISABLE TRIGGER transfer_append_only"),
    ("append-only", "ALTER TABLE read_log ENABLE ALWAYS TRIGGER read_log_no_truncate"),
    ("append-only", "ALTER TABLE redemption DISABLE TRIGGER ALL"),
    ("append-only", "CREATE TRIGGER aside BEFORE INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()"),
    ("role may do", "GRANT UPDATE ON audit_event TO registry_app"),
    ("role may do", "GRANT SELECT ON client_person TO PUBLIC"),
    ("role may do", "GRANT TRUNCATE ON voucher TO registry_app"),
    ("role may do", "GRANT SELECT (captured_cents) ON voucher TO registry_lookup"),
    ("role may do", "REVOKE INSERT ON transfer FROM registry_app"),
    ("search path", "ALTER FUNCTION registry_voucher_organiser(text) RESET search_path"),
    ("search path", "ALTER FUNCTION registry_token(bytea, timestamptz) OWNER TO registry_owner"),
    ("search path", "GRANT EXECUTE ON FUNCTION registry_session(bytea, timestamptz) TO PUBLIC"),
    ("search path", "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM voucher'"),
    ("owner nor above", "ALTER ROLE registry_app BYPASSRLS"),
    ("owner nor above", "GRANT registry_owner TO registry_app"),
    ("owner nor above", "GRANT CREATE ON SCHEMA public TO registry_app"),
]  # fmt: skip
