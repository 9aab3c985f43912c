"""A statement as CSV: for checking, and as the form of the invoice. Filled in with the invoice's number and date, the
file is taken back as an invoice (invoice_csv)."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Final

from registry.settlement.queries import LineView
from registry.shared.identifiers import grouped
from registry.shared.money import Money
from registry.shared.texts import harmless_in_spreadsheet

_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "fi": (
        "laskunumero", "laskun_päivä", "viite", "summa", "selite",
        "rivi", "palvelupäivä", "palvelu", "seteli", "määrä", "yksikköhinta", "netto", "alv_prosentti", "alv", "laji",
        "alv_luokka", "verottomuuden_peruste",
    ),
    "sv": (
        "fakturanummer", "fakturadatum", "referens", "belopp", "förklaring",
        "rad", "servicedag", "tjänst", "sedel", "mängd", "enhetspris", "netto", "moms_procent", "moms", "slag",
        "momskategori", "grund_för_momsfrihet",
    ),
    "en": (
        "invoice_number", "invoice_date", "reference", "amount", "text",
        "line", "service_date", "service", "voucher", "units", "unit_price", "net", "vat_percent", "vat", "kind",
        "vat_category", "vat_reason",
    ),
}  # fmt: skip
_KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fi": {
        "redemption": "veloitus", "reversal": "palautus",
        "taken_off": "poistettu riidan ajaksi", "returned": "palannut riidan jälkeen",
    },
    "sv": {
        "redemption": "debitering", "reversal": "återföring",
        "taken_off": "borttagen under tvisten", "returned": "tillbaka efter tvisten",
    },
    "en": {
        "redemption": "redemption", "reversal": "reversal",
        "taken_off": "taken off while disputed", "returned": "back after its dispute",
    },
}  # fmt: skip
"""These words are part of the file's form, so they are here and not among the texts of the pages."""


def statement_csv(lines: Iterable[LineView], *, language: str) -> bytes:
    """Semicolons, decimal commas and a byte order mark: what a spreadsheet in Finland opens without asking."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEADERS[language])
    for line in lines:
        writer.writerow(
            (
                "",
                "",
                shown_reference(line.reference),
                _comma(line.amount_cents),
                "",
                line.position,
                line.service_date.isoformat(),
                harmless_in_spreadsheet(line.service_name[language]),
                grouped(line.voucher_number),
                _comma(line.units),
                _comma(line.unit_price_cents),
                _comma(line.net_cents),
                _comma(line.vat_rate_bp),
                _comma(line.vat_cents),
                _KINDS[language][line.kind],
                line.vat_category or "",
                harmless_in_spreadsheet(line.vat_reason or ""),
            )
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def shown_reference(reference: str) -> str:
    """`7F3A-91BC-02D4`: the dashes also keep a spreadsheet from reading digits, or an E among them, as a number."""
    return grouped(reference).upper()


def _comma(hundredths: int) -> str:
    return str(Money(hundredths)).replace(".", ",")
