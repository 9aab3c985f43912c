"""The council's quarter as tables in the reader's language: the same on the page, on paper and in files."""

from collections.abc import Mapping
from typing import Any, Final

from registry.settlement.reports.council import OTHERS, UNKNOWN
from registry.settlement.reports.sheets import Cell, Kind, Sheet
from web.translations import N_, current_language, format_money, format_number, gettext, ngettext

COLUMNS: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("cents", N_("Cost"), Kind.MONEY),
    ("clients", N_("Clients"), Kind.NUMBER),
    ("visits", N_("Visits"), Kind.NUMBER),
    ("granted", N_("Granted vouchers"), Kind.NUMBER),
    ("unused", N_("Ended unused"), Kind.NUMBER),
    ("waiting_days", N_("Days of waiting"), Kind.DECIMAL),
)


def council_sheets(content: Mapping[str, Any]) -> list[Sheet]:
    """By service, by home municipality, and unit costs."""
    return [
        _table("services", gettext("By service"), gettext("Service"), content, "services"),
        _table(
            "municipalities",
            gettext("By the clients’ home municipality"),
            gettext("Municipality"),
            content,
            "municipalities",
        ),
        _units(content),
    ]


def notes() -> list[str]:
    return [
        gettext(
            "Cost is what vouchers paid for visits in the quarter, with VAT; what was reversed is left out."
        ),
        gettext("Days of waiting: from the grant to the first visit, the middle one of those that began."),
        gettext(
            "A dash stands where fewer than five people are behind a number. Such rows are told together."
        ),
    ]


def _table(code: str, title: str, first: str, content: Mapping[str, Any], key: str) -> Sheet:
    rows: list[tuple[Cell, ...]] = [
        (_name(row), *(row[name] for name, _, _ in COLUMNS)) for row in content[key]
    ]
    rows.append((gettext("Together"), *(content["total"][name] for name, _, _ in COLUMNS)))
    return Sheet(
        code,
        title,
        [(first, Kind.TEXT), *((gettext(label), kind) for _, label, kind in COLUMNS)],
        rows,
    )


def _name(row: Mapping[str, Any]) -> str:
    if row["key"] == OTHERS:
        return ngettext("%(num)s other together", "%(num)s others together", row["of"])
    if row["key"] == UNKNOWN:
        return gettext("Not known or not told")
    return _of(row["name"])


def _of(names: Mapping[str, str]) -> str:
    return names.get(current_language.get()) or names.get("fi", "")


def _units(content: Mapping[str, Any]) -> Sheet:
    ways = (
        ("voucher", N_("Voucher")),
        ("own_production", N_("Own production")),
        ("purchase", N_("Purchase")),
    )
    return Sheet(
        "unit_costs",
        gettext("Unit costs"),
        [(gettext("Service"), Kind.TEXT), *((gettext(label), Kind.MONEY) for _, label in ways)],
        [(_of(row["name"]), *(row[way] for way, _ in ways)) for row in content["unit_costs"]],
    )


def on_paper(cell: Cell, kind: Kind) -> str:
    """A cell as a person reads it."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if kind is Kind.MONEY:
        return format_money(int(cell))
    return format_number(cell, 1 if kind is Kind.DECIMAL else 0)
