"""The month's figures as tables in the reader's language: the same ones on the page, as CSV and as XLSX."""

from collections.abc import Mapping
from typing import Final

from registry.settlement.reports.month import MonthFigures, months_until
from registry.settlement.reports.sheets import Kind, Sheet
from web.invoice_words import category_words
from web.translations import N_, current_language, format_month, format_percent, gettext

ACCOUNT_TEXTS: Final[Mapping[str, str]] = {
    "budget": N_("Budget, to be granted"),
    "committed": N_("Set aside for months to come"),
    "available": N_("Vouchers, not used"),
    "reserved": N_("Vouchers, reserved"),
    "captured": N_("Vouchers, used"),
    "expense": N_("Expense of approved statements"),
    "payable": N_("Owed to providers"),
    "bank": N_("Paid out"),
    "difference": N_("Differences at the bank"),
    "accrued": N_("Earned, booked at a year’s end"),
    "loss": N_("Written off"),
}


def month_sheets(figures: MonthFigures) -> list[Sheet]:
    """Budget lines, their use by month, unit costs, VAT, and the trial balance."""
    return [_budget(figures), _use(figures), _units(figures), _vat(figures), _trial(figures)]


def _budget(figures: MonthFigures) -> Sheet:
    rows = [
        (
            f"{line.code} {line.name}",
            line.allocated_cents,
            line.granted_cents,
            line.used_cents,
            line.released_cents,
            line.open_cents,
            line.committed_cents,
            line.left_cents,
            line.forecast_cents,
        )
        for line in figures.budget
    ]
    labels = (
        gettext("Allocated"),
        gettext("Granted"),
        gettext("Used"),
        gettext("Released"),
        gettext("Open"),
        gettext("Committed"),
        gettext("Left to grant"),
        gettext("Used by the year’s end"),
    )
    return Sheet(
        "budget",
        gettext("Budget lines"),
        [(gettext("Budget line"), Kind.TEXT), *((label, Kind.MONEY) for label in labels)],
        rows,
        gettext("The last column is what will have been used if the last three months’ rate goes on."),
    )


def _use(figures: MonthFigures) -> Sheet:
    lines = [line for line in figures.budget if any(line.used_by_month)]
    rows: list[tuple[str | int, ...]] = [
        (
            format_month(month),
            *(line.used_by_month[place] for line in lines),
            sum(line.used_by_month[place] for line in lines),
        )
        for place, month in enumerate(months_until(figures.month))
    ]
    return Sheet(
        "use",
        gettext("Used by month"),
        [
            (gettext("Month"), Kind.TEXT),
            *((line.code, Kind.MONEY) for line in lines),
            (gettext("Together"), Kind.MONEY),
        ],
        rows,
    )


def _units(figures: MonthFigures) -> Sheet:
    language = current_language.get()
    rows = [
        (
            one.service_name.get(language, one.service_name["en"]),
            one.provider_name,
            gettext("own production") if one.own_production else gettext("voucher"),
            one.visits,
            one.units / 100,
            one.cents,
            one.unit_cents,
        )
        for one in figures.units
    ]
    return Sheet(
        "units",
        gettext("Unit costs"),
        [
            (gettext("Service"), Kind.TEXT),
            (gettext("Provider"), Kind.TEXT),
            (gettext("Way"), Kind.TEXT),
            (gettext("Visits"), Kind.NUMBER),
            (gettext("Units"), Kind.DECIMAL),
            (gettext("Price"), Kind.MONEY),
            (gettext("Cost of a unit"), Kind.MONEY),
        ],
        rows,
        gettext("What was used in the month less what was reversed in it, with VAT."),
    )


def _vat(figures: MonthFigures) -> Sheet:
    rows = [
        (
            format_percent(one.rate_bp / 10_000, 1) if one.rate_bp else category_words(one.category, None),
            one.lines,
            one.net_cents,
            one.vat_cents,
            one.total_cents,
            one.counted_once_cents,
        )
        for one in figures.vat
    ]
    return Sheet(
        "vat",
        gettext("VAT of the month’s statements"),
        [
            (gettext("Rate, or why there is none"), Kind.TEXT),
            (gettext("Lines"), Kind.NUMBER),
            (gettext("Without VAT"), Kind.MONEY),
            (gettext("VAT"), Kind.MONEY),
            (gettext("Together"), Kind.MONEY),
            (gettext("VAT as invoices count it"), Kind.MONEY),
        ],
        rows,
        gettext(
            "Vouchers round the VAT of each line by itself. Invoices count it once from the sum of the lines, so their"
            " VAT may differ by some cents: that is the last column."
        ),
    )


def _trial(figures: MonthFigures) -> Sheet:
    rows: list[tuple[str, int, int, int, int]] = [
        (
            gettext(ACCOUNT_TEXTS[one.account]),
            one.opening_cents,
            one.debit_cents,
            one.credit_cents,
            one.closing_cents,
        )
        for one in figures.trial
    ]
    rows.append(
        (
            gettext("Together"),
            sum(one.opening_cents for one in figures.trial),
            sum(one.debit_cents for one in figures.trial),
            sum(one.credit_cents for one in figures.trial),
            sum(one.closing_cents for one in figures.trial),
        )
    )
    return Sheet(
        "trial",
        gettext("Trial balance"),
        [
            (gettext("Account"), Kind.TEXT),
            (gettext("Before the month"), Kind.MONEY),
            (gettext("Debit"), Kind.MONEY),
            (gettext("Credit"), Kind.MONEY),
            (gettext("After the month"), Kind.MONEY),
        ],
        rows,
        gettext("Debit is what came to an account, credit what left it. All accounts together are zero."),
    )
