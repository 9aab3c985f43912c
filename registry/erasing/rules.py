"""What goes when its time is over, by name: which calendar rule it follows, and what is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from registry.shared.errors import Decision
from registry.shared.retention_rules import (
    DECEMBER,
    accounting_vouchers_until,
    closed_matter_until,
    financial_year_end,
    may_erase,
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


PERSON_YEARS: Final = 2
CASE_YEARS: Final = 2

RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        Rule("client_names", "clients without a voucher for two years", Done.PSEUDONYMISED, PERSON_YEARS),
        Rule("closed_cases", "cases closed two years ago", Done.DELETED, CASE_YEARS),
        Rule("rejected_applications", "files of rejected and withdrawn applications", Done.DELETED),
        Rule("evidence_files", "papers of providers that have left or were never approved", Done.DELETED),
        Rule("accounting_vouchers", "vouchers with their redemptions and invoices", Done.STAYS),
        Rule("accounting_books", "transfers in the ledger", Done.STAYS),
    )
}


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
