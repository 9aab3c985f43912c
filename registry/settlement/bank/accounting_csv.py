"""The accounting system's side: what it is to pay, what it says it has paid, and what providers owe by claims. All as CSV
with semicolons."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.settlement.bank.queries.payables import Payable
from registry.settlement.claims.queries.views import ClaimRow
from registry.shared.errors import Invalid
from registry.shared.money import Money
from registry.shared.period import local_date
from registry.shared.texts import harmless_in_spreadsheet

HEADER: Final = (
    "statement_number",
    "provider",
    "iban",
    "reference",
    "amount",
    "due_date",
    "approved_at",
    "paid_on",
)
CLAIMS_HEADER: Final = (
    "claim_number",
    "provider",
    "reference",
    "claimed",
    "received",
    "written_off",
    "left",
    "due_date",
    "made_on",
    "state",
)
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "statement_number": ("statement_number", "tilitysnumero", "redovisningsnummer"),
    "amount": ("amount", "summa", "belopp"),
    "paid_on": ("paid_on", "maksupäivä", "betalningsdag"),
}
MOST_BYTES: Final = 4_000_000


def payables_csv(payables: Iterable[Payable]) -> bytes:
    """The export: filled in with `paid_on`, the same file is the paid status that is read back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    for one in payables:
        writer.writerow(
            (
                one.number,
                harmless_in_spreadsheet(one.provider_name),
                one.iban,
                one.reference,
                str(Money(one.amount_cents)).replace(".", ","),
                one.due_on.isoformat() if one.due_on else "",
                one.approved_at.date().isoformat() if one.approved_at else "",
                "",
            )
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def claims_csv(claims: Iterable[ClaimRow]) -> bytes:
    """The receivables: what providers owe by claims, with the reference that their payments carry."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(CLAIMS_HEADER)
    for one in claims:
        sums = (one.amount_cents, one.received_cents, one.written_off_cents, one.left_cents)
        writer.writerow(
            (
                one.number,
                harmless_in_spreadsheet(one.provider_name),
                one.reference,
                *(str(Money(cents)).replace(".", ",") for cents in sums),
                one.due_on.isoformat(),
                local_date(one.made_at).isoformat(),
                str(one.state),
            )
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


@dataclass(frozen=True, slots=True)
class PaidLine:
    line: int
    number: str
    amount_cents: int
    paid_on: date


class PaidStatusUnreadable(Invalid):
    """Every problem of the file: half a payment run taken in would hide which half."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("paid_status.unreadable", errors=dict(problems), problem_count=len(problems))


def read_paid_status(content: bytes) -> list[PaidLine]:
    """The lines that say when they were paid; those without a day wait for a later file."""
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise PaidStatusUnreadable({"file": "paid_status.not_csv"}) from None
    if len(content) > MOST_BYTES or not rows:
        raise PaidStatusUnreadable({"file": "paid_status.empty" if not rows else "paid_status.not_csv"})
    header = ["_".join(cell.lower().split()) for cell in rows[0]]
    places = {
        name: next((header.index(n) for n in names if n in header), None) for name, names in NAMES.items()
    }
    lacking = {name: "paid_status.column_missing" for name, place in places.items() if place is None}
    if lacking:
        raise PaidStatusUnreadable(lacking)
    found: list[PaidLine] = []
    problems: dict[str, str] = {}
    named: set[str] = set()
    for number, row in enumerate(rows[1:], 2):
        said = {
            name: row[place].strip() if place < len(row) else ""
            for name, place in places.items()
            if place is not None
        }
        if not said["paid_on"]:
            continue
        try:
            cents = Money.parse(said["amount"]).cents
        except Invalid as error:
            problems[f"line {number}: amount"] = error.code
            cents = 0
        try:
            day = date.fromisoformat(said["paid_on"])
        except ValueError:
            problems[f"line {number}: paid_on"] = "paid_status.day"
            continue
        if said["statement_number"] in named:
            problems[f"line {number}: statement_number"] = "paid_status.twice"
        named.add(said["statement_number"])
        found.append(PaidLine(number, said["statement_number"], cents, day))
    if problems:
        raise PaidStatusUnreadable(problems)
    if not found:
        raise PaidStatusUnreadable({"file": "paid_status.empty"})
    return found
