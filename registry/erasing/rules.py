"""What goes when its time is over, by name: which calendar rule it follows, and what is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from registry.shared.errors import Decision
from registry.shared.retention_rules import (
    BOOK_YEARS,
    DECEMBER,
    UNUSED_ACCOUNT_MONTHS,
    VOUCHER_YEARS,
    accounting_books_until,
    accounting_vouchers_until,
    closed_matter_until,
    financial_year_end,
    may_erase,
    unused_account_before,
    unused_account_until,
)


class Done(StrEnum):
    """What is done with a thing whose time is over."""

    DELETED = "deleted"
    PSEUDONYMISED = "pseudonymised"
    """The person is taken out of it; what the accounts rest on stays."""
    STAYS = "stays"
    """It is only told: the tables refuse deletion by whoever runs the service, and name nobody."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`years` from the end of the calendar year in which the matter ended; None where another rule says it."""

    name: str
    what: str
    done: Done
    years: int | None = None
    whole_installation: bool = False
    """It is about what belongs to no organiser: whoever sees some of them only is not told how much there is."""


PERSON_YEARS: Final = 2
CASE_YEARS: Final = 2
DEFAULT_FILE_YEARS: Final = 5
"""For papers, which serve several services, and for a service that has lost its regime."""
ENDED_YEARS: Final = 10
"""After an approval has ended: as long as its decision stands in the file, for claims about it are brought that late."""

RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        Rule("client_names", "clients without a voucher for two years", Done.PSEUDONYMISED, PERSON_YEARS),
        Rule(
            "unused_accounts",
            "accounts that somebody made and that never got a role",
            Done.PSEUDONYMISED,
            whole_installation=True,
        ),
        Rule("closed_cases", "cases closed two years ago", Done.DELETED, CASE_YEARS),
        Rule("rejected_applications", "files of rejected and withdrawn applications", Done.DELETED),
        Rule(
            "ended_approvals",
            "files of approved applications whose approvals have ended",
            Done.DELETED,
            ENDED_YEARS,
        ),
        Rule(
            "ended_admissions",
            "change requests, hearings and decisions' texts of approvals that have ended",
            Done.DELETED,
            ENDED_YEARS,
        ),
        Rule("held_inspections", "inspections with what was found", Done.DELETED, ENDED_YEARS),
        Rule(
            "evidence_files",
            "papers of providers that have left or were never approved",
            Done.DELETED,
            DEFAULT_FILE_YEARS,
        ),
        Rule("accounting_vouchers", "vouchers with their redemptions and invoices", Done.STAYS),
        Rule("accounting_books", "transfers in the ledger", Done.STAYS),
    )
}


_LEDGER: Final = {"accounting_vouchers": VOUCHER_YEARS, "accounting_books": BOOK_YEARS}


def over_before(
    rule: Rule,
    *,
    today: date,
    last_month: int = DECEMBER,
    account_months: int = UNUSED_ACCOUNT_MONTHS,
) -> date | None:
    """What ended before this day has had its time under a rule; None where each service's legal regime says it. Of the
    ledger's own: what belongs to a financial year that ended before it."""
    if rule.name == "unused_accounts":
        return unused_account_before(today, months=account_months)
    if rule.name == "accounting_books":
        return _books_before(today, last_month)
    years = _LEDGER.get(rule.name, rule.years)
    return None if years is None else date(today.year - years, 1, 1)


def _books_before(today: date, last_month: int) -> date:
    """The day after the last financial year whose books have had their ten years."""
    ended = financial_year_end(date(today.year - BOOK_YEARS, 1, 1), last_month=last_month)
    while accounting_books_until(ended) >= today:
        ended = financial_year_end(date(ended.year - 1, 1, 1), last_month=last_month)
    return ended + timedelta(days=1)


def accounts_rest_until(last_entry: date | None, *, last_month: int = DECEMBER) -> date | None:
    """The last day on which an entry of this day must still have its vouchers; None where nothing was ever entered."""
    if last_entry is None:
        return None
    return accounting_vouchers_until(financial_year_end(last_entry, last_month=last_month))


def matter_may_go(
    ended: date, *, years: int, last_entry: date | None, today: date, last_month: int = DECEMBER
) -> Decision:
    """Whether the file of a matter that ended on a day may go: its own time is over, and no account rests on it."""
    return may_erase(
        kept_until=closed_matter_until(ended, years=years),
        accounting_until=accounts_rest_until(last_entry, last_month=last_month),
        today=today,
    )


def account_may_go(last_asked: date, *, months: int, today: date) -> Decision:
    """Whether an account that never got a role may be made nameless; no account of money rests on it."""
    return may_erase(
        kept_until=unused_account_until(last_asked, months=months), accounting_until=None, today=today
    )
