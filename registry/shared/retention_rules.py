"""How long papers are kept, as named calendar rules. Each returns the last day on which the paper must still be there.

Accounting Act (1336/1997) chapter 2 § 10: books, accounts and their list at least ten years from the end of the
financial year; vouchers and letters at least six years from the end of the calendar year in which the financial year
ended. A financial year that ended on 30.4.2017: vouchers to 31.12.2023, books to 30.4.2027.
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.working_days import months_after

VOUCHER_YEARS: Final = 6
BOOK_YEARS: Final = 10
UNUSED_ACCOUNT_MONTHS: Final = 12
DECEMBER: Final = 12


def financial_year_end(day: date, *, last_month: int = DECEMBER) -> date:
    """The last day of the financial year that `day` belongs to; `last_month` is the month with which years end.
    A municipality's is the calendar year (Local Government Act 410/2015 § 113), a company's may be another."""
    if not 1 <= last_month <= DECEMBER:
        raise ValueError("a month is 1 to 12")
    year = day.year + (day.month > last_month)
    return date(year, last_month, monthrange(year, last_month)[1])


def accounting_vouchers_until(financial_year_ended: date) -> date:
    """Vouchers of accounts: redemptions, statements, invoices, payments, and the decisions behind them."""
    return date(financial_year_ended.year + VOUCHER_YEARS, DECEMBER, 31)


def accounting_books_until(financial_year_ended: date) -> date:
    """The books themselves: the ledger's transfers and accounts."""
    return months_after(financial_year_ended, BOOK_YEARS * 12)


def closed_matter_until(ended: date, *, years: int) -> date:
    """The file of a matter that led to nothing, as a rejected application: `years`, which the service's legal regime
    sets, from the end of the calendar year in which the matter ended for good (the remedy's period included)."""
    if years < 0:
        raise ValueError("years cannot be negative")
    return date(ended.year + years, DECEMBER, 31)


def unused_account_until(last_asked: date, *, months: int) -> date:
    """The account of somebody who began alone and never got a role: so many months from the day on which they last asked
    for something, or were answered. Nothing is kept for a person who has nothing here."""
    if months < 1:
        raise ValueError("an account is kept for a month at least")
    return months_after(last_asked, months)


def unused_account_before(today: date, *, months: int) -> date:
    """Whose last day is before this one may go today: the first day from which `unused_account_until` is not over."""
    day = months_after(today, -months)
    return day if months_after(day, months) >= today else day + timedelta(days=1)


def may_erase(*, kept_until: date, accounting_until: date | None, today: date) -> Decision:
    """Whether something may go today. Nothing under an accounting hold ever goes before it ends, whatever else says
    so: then the person in it is made nameless instead. `accounting_until`: None where no account rests on it."""
    if accounting_until is not None and today <= accounting_until:
        return Refusal("retention.accounting_hold", {"until": accounting_until})
    if today <= kept_until:
        return Refusal("retention.kept", {"until": kept_until})
    return ACCEPTED
