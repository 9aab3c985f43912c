"""What goes when its time is over, for an auditor: the rules with their days, what would go today, what has gone."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromQuery

from registry.erasing.rules import RULES, Done, Rule, over_before
from registry.erasing.running import Line, life_rule, plan, runs
from registry.retention import LIVES
from registry.retention import over_before as rows_before
from registry.shared.period import local_date
from web.page import page
from web.pages.audit import AUDITORS
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

WHAT: Final[dict[str, str]] = {
    "client_names": N_("Names of clients without a voucher for two years"),
    "unused_accounts": N_("Accounts that somebody made and that never got a role"),
    "closed_cases": N_("Tasks that were closed two years ago"),
    "rejected_applications": N_("Files of rejected and withdrawn applications"),
    "ended_approvals": N_("Files of approved applications whose approvals have ended"),
    "ended_admissions": N_("Change requests, hearings and decisions’ texts of approvals that have ended"),
    "held_inspections": N_("Inspections with what was found"),
    "evidence_files": N_("Papers of providers that have left or were never approved"),
    "accounting_vouchers": N_("Vouchers with their redemptions and invoices"),
    "accounting_books": N_("Transfers in the ledger"),
}

DONE: Final[dict[str, str]] = {
    Done.DELETED: N_("Deleted"),
    Done.PSEUDONYMISED: N_("Made nameless; what accounts rest on stays"),
    Done.STAYS: N_("Stays, and names nobody"),
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule on the page. `line`: what it finds today, where that was asked."""

    name: str
    what: str
    done: str
    before: date | None
    line: Line | None
    elsewhere: bool = False
    """It is counted on the command line only: an auditor of some organisers is not told of everybody's."""


def _row(rule: Rule, before: date | None, line: Line | None) -> RuleRow:
    what = gettext(WHAT[rule.name]) if rule.name in WHAT else ""
    return RuleRow(rule.name, what, gettext(DONE[rule.done]), before, line, rule.whole_installation)


@get("/audit/retention", who=AUDITORS, include_in_schema=False)
async def retention_page(request: AnyRequest, today: FromQuery[str | None] = None) -> Response[str]:
    """Nothing is changed by looking; what would go is looked for only where it is asked, for that reads much."""
    held, actor = services(request), signed_in(request)
    now, months = held.now(), held.settings.unused_account_months
    lines: dict[str, Line] = {}
    if today:
        found = plan(held.database, now=now, account_months=months, sight=actor.sight)
        lines = {line.rule.name: line async for line in found}
    async with held.database.transaction(actor.sight) as session:
        done = await runs(session)
    on = local_date(now)
    return page(
        request,
        "audit/retention.html",
        rules=[
            _row(rule, over_before(rule, today=on, account_months=months), lines.get(rule.name))
            for rule in RULES.values()
        ],
        tables=[
            _row(life_rule(table), local_date(rows_before(table, now)), lines.get(table)) for table in LIVES
        ],
        counted=bool(today),
        runs=done,
        what={code: gettext(text) for code, text in WHAT.items()},
    )


ROUTES: list[Any] = [retention_page]
