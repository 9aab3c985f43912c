"""Reading camt.053 (statements) and camt.054 (notifications), versions 02 to 08, into one shape.

Every problem of a file is told at once. What differs between versions is read from either place: an entry's status
(`Sts`, from version 07 on `Sts/Cd`), its parties (`Cdtr`, then `Cdtr/Pty`), and a detail's amount (`Amt`, or in
version 02 `AmtDtls/TxAmt/Amt`).
"""

import re
from collections import Counter
from datetime import date, datetime
from typing import Final

from lxml import etree

from registry.settlement.bank.booking import BankStatement, Booking, digest_id
from registry.settlement.bank.documents import (
    MOST_NAMED,
    BankFileUnreadable,
    Paths,
    Problem,
    child,
    children,
    local,
    open_document,
    said,
)
from registry.settlement.bank.references import read_payment_reference
from registry.shared.money import MAX_CENTS
from registry.shared.period import local_date

NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.(053|054)\.001\.(0[2-8])")
SHAPES: Final = {"053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
OPENING: Final = ("OPBD", "PRCD")
CLOSING: Final = ("CLBD",)
INTERIM: Final = "ITBD"
"""Of a statement in pages: the first page ends, and the next one starts, with an interim balance."""
NO_ID: Final = ("NOTPROVIDED", "NOTAVAILABLE", "UNKNOWN")
MOST_BOOKINGS: Final = 200_000
LONGEST_TEXT: Final = 500


def read_bank_file(content: bytes) -> tuple[BankStatement, ...]:
    """The statements or notifications in the file, or BankFileUnreadable with everything that is wrong with it."""
    root = open_document(content)
    found = NAMESPACE.fullmatch(etree.QName(root).namespace or "")
    if found is None or local(root) != "Document":
        raise BankFileUnreadable([Problem(Paths().of(root), "bank.not_camt")])
    kind, version = found[1], int(found[2])
    message, part = SHAPES[kind]
    reader = _Reader(kind, version)
    parts = list(children(root, message, part))
    if not parts:
        raise BankFileUnreadable([Problem(f"/Document/{message}/{part}", "bank.missing")])
    head = child(root, message)
    reader.required(root if head is None else head, "GrpHdr", "MsgId")
    statements = tuple(reader.statement(element) for element in parts)
    if reader.problems:
        raise BankFileUnreadable(reader.problems)
    return statements


class _Reader:
    """Reads on after a problem, so that all of them are told; nothing it returns is used when there was one."""

    def __init__(self, kind: str, version: int) -> None:
        self.kind, self.version = kind, version
        self.problems: list[Problem] = []
        self.paths = Paths()
        self.alike: Counter[str] = Counter()
        self.at = ""
        """Path of the entry that is read: counted along, for counting it anew each time would take the square."""

    def wrong(self, element: etree._Element, code: str, *below: str, **facts: object) -> None:
        named = len(self.problems) < MOST_NAMED
        self.problems.append(Problem(self.paths.of(element, *below) if named else "", code, facts))

    def required(self, element: etree._Element, *names: str) -> str:
        text = said(element, *names)
        if not text:
            self.wrong(element, "bank.missing", *names)
        return text

    def statement(self, element: etree._Element) -> BankStatement:
        self.alike.clear()  # another statement may tell of the same movements again
        statement_id = self.required(element, "Id")
        account = said(element, "Acct", "Id", "IBAN") or said(element, "Acct", "Id", "Othr", "Id")
        if not account:
            self.wrong(element, "bank.missing", "Acct", "Id")
        currency = said(element, "Acct", "Ccy")
        if currency not in ("", "EUR"):
            self.wrong(element, "bank.currency", "Acct", "Ccy", currency=currency[:3])
        opening, closing = self.balances(element)
        where = self.paths.of(element)
        bookings: list[Booking] = []
        pending = 0
        for number, entry in enumerate(children(element, "Ntry"), 1):
            self.at = f"{where}/Ntry[{number}]"
            status = said(entry, "Sts", "Cd") or said(entry, "Sts", "Prtry") or said(entry, "Sts")
            if not status:
                self.wrong(entry, "bank.missing", "Sts")
            if status == "BOOK":
                bookings += self.entry(entry, account)
            else:
                pending += 1
        if len(bookings) > MOST_BOOKINGS:
            self.wrong(element, "bank.too_many")
        moved = sum(booking.amount_cents for booking in bookings)
        if opening is not None and closing is not None and opening + moved != closing:
            self.wrong(
                element,
                "bank.balance",
                "Bal",
                opening_cents=opening,
                moved_cents=moved,
                closing_cents=closing,
                left_cents=closing - opening - moved,
            )
        return BankStatement(
            self.kind, self.version, statement_id, account, *self.days(element), opening, closing,
            tuple(bookings), pending,
        )  # fmt: skip

    def days(self, element: etree._Element) -> tuple[date | None, date | None]:
        return (
            self.moment(child(element, "FrToDt", "FrDtTm")),
            self.moment(child(element, "FrToDt", "ToDtTm")),
        )

    def balances(self, element: etree._Element) -> tuple[int | None, int | None]:
        """Opening and closing, in cents; a statement has both."""
        by_type: dict[str, list[int]] = {}
        for balance in children(element, "Bal"):
            cents = self.amount(balance)
            if cents is not None:
                by_type.setdefault(said(balance, "Tp", "CdOrPrtry", "Cd"), []).append(cents)
        interim = by_type.get(INTERIM, [])
        opening = next((by_type[t][0] for t in OPENING if t in by_type), interim[0] if interim else None)
        closing = next((by_type[t][-1] for t in CLOSING if t in by_type), interim[-1] if interim else None)
        if self.kind == "053":
            for value, types in ((opening, "OPBD"), (closing, "CLBD")):
                if value is None:
                    self.wrong(element, "bank.balance_missing", "Bal", balance=types)
        return opening, closing

    def amount(self, element: etree._Element, amount: etree._Element | None = None) -> int | None:
        """The signed cents of something with `Amt` and `CdtDbtInd`."""
        amount = child(element, "Amt") if amount is None else amount
        cents = self.cents(element, amount)
        direction = said(element, "CdtDbtInd")
        if direction not in ("CRDT", "DBIT"):
            self.wrong(element, "bank.direction", "CdtDbtInd")
            return None
        if cents is None:
            return None
        return cents if direction == "CRDT" else -cents

    def cents(self, element: etree._Element, amount: etree._Element | None) -> int | None:
        if amount is None:
            self.wrong(element, "bank.missing", "Amt")
            return None
        currency, text = amount.get("Ccy", ""), (amount.text or "").strip()
        if currency != "EUR":
            self.wrong(amount, "bank.currency", currency=currency[:3])
            return None
        # trailing zeros are allowed by the schema (five decimals); a part of a cent is not money
        found = re.fullmatch(r"([0-9]{1,15})(?:\.([0-9]{1,2})0*)?\.?", text)
        if found is None:
            self.wrong(amount, "bank.amount")
            return None
        cents = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
        if cents > MAX_CENTS:
            self.wrong(amount, "bank.amount")
            return None
        return cents

    def moment(self, element: etree._Element | None) -> date | None:
        """The day of an ISO date, or the day in Finland of an ISO date and time."""
        if element is None:
            return None
        text = (element.text or "").strip()
        try:
            if len(text) <= len("2026-01-01Z") and "T" not in text:
                return date.fromisoformat(text[:10])
            at = datetime.fromisoformat(text)
            return local_date(at) if at.tzinfo else at.date()
        except (ValueError, OverflowError):
            self.wrong(element, "bank.date")
            return None

    def entry(self, entry: etree._Element, account: str) -> list[Booking]:
        """An entry's bookings: each of its details, or the entry itself where there are none."""
        whole = self.amount(entry)
        booked = child(entry, "BookgDt", "Dt")
        booked = child(entry, "BookgDt", "DtTm") if booked is None else booked
        value = child(entry, "ValDt", "Dt")
        value = child(entry, "ValDt", "DtTm") if value is None else value
        booked_on, value_on = self.moment(booked), self.moment(value)
        if booked is None and value is None:
            self.wrong(entry, "bank.missing", "BookgDt")
        day = booked_on or value_on
        if whole is None or day is None:
            return []
        details = list(children(entry, "NtryDtls", "TxDtls"))
        if len(details) <= 1:
            detail = details[0] if details else None
            return [self.booking(entry, detail, whole, day, value_on, account, None)] if whole else []
        amounts = [self.detail_amount(entry, detail) for detail in details]
        if None not in amounts and sum(cents or 0 for cents in amounts) != whole:
            self.wrong(
                entry,
                "bank.batch_sum",
                "NtryDtls",
                entry_cents=whole,
                sum_cents=sum(cents or 0 for cents in amounts),
            )
        return [
            self.booking(entry, detail, cents, day, value_on, account, place)
            for place, (detail, cents) in enumerate(zip(details, amounts, strict=True), 1)
            if cents
        ]

    def detail_amount(self, entry: etree._Element, detail: etree._Element) -> int | None:
        """A detail's own amount. Version 02 gives it no direction of its own: it has the entry's."""
        own = child(detail, "Amt")
        if own is not None and child(detail, "CdtDbtInd") is not None:
            return self.amount(detail)
        own = child(detail, "AmtDtls", "TxAmt", "Amt") if own is None else own
        if own is None:
            self.wrong(detail, "bank.detail_amount", "Amt")
            return None
        cents = self.cents(detail, own)
        return -cents if cents is not None and said(entry, "CdtDbtInd") == "DBIT" else cents

    def booking(
        self,
        entry: etree._Element,
        detail: etree._Element | None,
        cents: int,
        booked_on: date,
        value_on: date | None,
        account: str,
        place: int | None,
    ) -> Booking:
        refs = child(detail, "Refs")
        end_to_end = said(refs, "EndToEndId")
        end_to_end = "" if end_to_end.upper() in NO_ID else end_to_end
        info_id = said(refs, "PmtInfId") or said(entry, "NtryDtls", "Btch", "PmtInfId")
        count = said(entry, "NtryDtls", "Btch", "NbOfTxs")
        other = "Cdtr" if cents < 0 else "Dbtr"
        parties = child(detail, "RltdPties")
        written = said(detail, "RmtInf", "Strd", "CdtrRefInf", "Ref")
        text = " ".join(
            t for t in [*((u.text or "").strip() for u in children(detail, "RmtInf", "Ustrd"))] if t
        ) or said(entry, "AddtlNtryInf")
        reference = read_payment_reference(written) or ""
        reason = said(detail, "RtrInf", "Rsn", "Cd") or said(detail, "RtrInf", "Rsn", "Prtry")
        return Booking(
            path=self.at if place is None else f"{self.at}/NtryDtls/TxDtls[{place}]",
            amount_cents=cents,
            booked_on=booked_on,
            value_on=value_on,
            own_id=self.own_id(entry, refs, account, place, cents, booked_on, end_to_end, written, text),
            end_to_end_id=end_to_end,
            payment_info_id=info_id,
            batch_count=int(count) if detail is None and count.isdigit() and len(count) < 9 else 0,
            reference=reference,
            text=(text if reference or not written else f"{written} {text}".strip())[:LONGEST_TEXT],
            counterparty=said(parties, other, "Nm") or said(parties, other, "Pty", "Nm"),
            counterparty_iban=said(parties, f"{other}Acct", "Id", "IBAN"),
            return_reason=reason,
            reversal=said(entry, "RvslInd") in ("true", "1"),
        )

    def own_id(
        self,
        entry: etree._Element,
        refs: etree._Element | None,
        account: str,
        place: int | None,
        *rest: object,
    ) -> str:
        own, whole = said(refs, "AcctSvcrRef"), said(entry, "AcctSvcrRef")
        if own and own not in NO_ID and (place is None or own != whole):
            return self.nth(own)
        if whole and whole not in NO_ID:
            return self.nth(whole if place is None else f"{whole}/{place}")
        return self.nth(digest_id(account, *rest))

    def nth(self, own_id: str) -> str:
        """Two movements of one statement are two, also when the bank gives both the same reference."""
        self.alike[own_id] += 1
        return own_id if self.alike[own_id] == 1 else f"{own_id}#{self.alike[own_id]}"
