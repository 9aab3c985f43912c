"""The accounting export: a month's transfers of the settlement as journal entries, by the organiser's own accounts.

A mapping file (TOML) says which account, cost centre and VAT code each thing gets; what the mapping lacks is told, all
of it at once, and nothing is written. Debit and credit are equal in each entry, and both sum to what the ledger moved.
"""

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry.shared.errors import Invalid
from registry.shared.money import Money
from registry.shared.texts import harmless_in_spreadsheet

ACCOUNTS: Final = ("expense", "vat", "payable", "bank", "difference", "accrued", "loss")


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry: what the ledger moved, split by service and VAT rate or category where it is an expense."""

    entry: str
    """The transfer's id: its postings sum to nothing."""
    on: date
    account: str
    """Of the ledger: expense, vat, payable, bank, difference, accrued, loss."""
    debit_cents: int
    """Negative for credit."""
    service: str = ""
    vat: str = ""
    """The rate in basis points, or the category of what has no VAT: E, AE, Z, O."""
    text: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class JournalMapping:
    """Account numbers by the ledger's accounts; cost centres by service code; VAT codes by rate in basis points, and by
    category (E, AE, Z, O) of what has no VAT."""

    accounts: Mapping[str, str]
    cost_centres: Mapping[str, str]
    vat_codes: Mapping[str, str]

    def lacks(self, postings: Sequence[Posting]) -> dict[str, str]:
        """What the postings need and the mapping does not say, as `place: code`."""
        lacking = {
            f"accounts.{p.account}": "journal.account" for p in postings if p.account not in self.accounts
        }
        for p in postings:
            if p.service and p.service not in self.cost_centres:
                lacking[f"cost_centres.{p.service}"] = "journal.cost_centre"
            if p.vat and p.vat not in self.vat_codes:
                lacking[f'vat_codes."{p.vat}"'] = "journal.vat_code"
        return dict(sorted(lacking.items()))


class JournalRefused(Invalid):
    """The mapping cannot be used, with every reason."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("journal.mapping", errors=dict(problems), problem_count=len(problems))


def read_mapping(content: bytes) -> JournalMapping:
    """The mapping in a TOML file with the tables `accounts`, `cost_centres` and `vat_codes`, all of texts."""
    try:
        found: dict[str, Any] = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise JournalRefused({"file": "journal.not_toml"}) from None
    problems = {}
    for table in ("accounts", "cost_centres", "vat_codes"):
        values = found.get(table, {})
        if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
            problems[table] = "journal.not_texts"
    if not problems:
        problems = {n: "journal.unknown_account" for n in found.get("accounts", {}) if n not in ACCOUNTS}
    if problems:
        raise JournalRefused(problems)
    return JournalMapping(
        found.get("accounts", {}), found.get("cost_centres", {}), found.get("vat_codes", {})
    )


def journal_csv(postings: Sequence[Posting], mapping: JournalMapping) -> bytes:
    """Semicolons and decimal commas; an unmapped thing stops it, and so does an entry that is not balanced."""
    if lacking := mapping.lacks(postings):
        raise JournalRefused(lacking)
    sums: dict[str, int] = {}
    for p in postings:
        sums[p.entry] = sums.get(p.entry, 0) + p.debit_cents
    if any(sums.values()):
        raise ValueError("an entry of the journal is not balanced")
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        ("entry", "date", "account", "cost_centre", "vat_code", "debit", "credit", "provider", "text")
    )
    for p in postings:
        writer.writerow(
            (
                p.entry,
                p.on.isoformat(),
                mapping.accounts[p.account],
                mapping.cost_centres.get(p.service, ""),
                mapping.vat_codes[p.vat] if p.vat else "",
                _comma(max(p.debit_cents, 0)),
                _comma(max(-p.debit_cents, 0)),
                harmless_in_spreadsheet(p.provider),
                p.text,
            )
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _comma(cents: int) -> str:
    return str(Money(cents)).replace(".", ",")
