"""Writing pain.001.001.09: the payment orders that an organiser sends to its bank.

One file is one payment information: one account, one day, SEPA credit transfers. Ids are at most 35 characters and
unique, or the bank refuses the file; sums and counts stand in it twice, so that a file cut short is noticed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from lxml import etree
from stdnum import iban

from registry.settlement.bank.references import read_payment_reference
from registry.settlement.bank.target_days import is_target_day
from registry.shared.money import MAX_CENTS, Money

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_ID: Final = 35
LONGEST_NAME: Final = 70
"""The standard takes 140 characters, SEPA credit transfers carry 70 (EPC 125-05)."""
LONGEST_TEXT: Final = 140
ALLOWED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ÅÄÖåäö&")
"""SEPA's characters and those that Finnish banks take besides; in ids none beyond SEPA's."""
IN_IDS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


@dataclass(frozen=True, slots=True)
class Order:
    """One credit transfer. `reference` (RF or Finnish) goes structured, or `text` free; never both (SEPA)."""

    end_to_end_id: str
    amount_cents: int
    name: str
    iban: str
    reference: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """Everything that decides the bytes: the same again gives the same file."""

    message_id: str
    created_at: datetime
    execute_on: date
    debtor_name: str
    debtor_iban: str
    orders: Sequence[Order]
    debtor_bic: str = ""

    @property
    def total_cents(self) -> int:
        return sum(order.amount_cents for order in self.orders)


def problems_of(file: PaymentFile) -> list[str]:
    """Every reason why a bank would refuse the file, as `what: code`; empty for one that may be sent."""
    found = []
    if not file.orders:
        found.append("file: payment_file.empty")
    if not is_target_day(file.execute_on):
        found.append("execute_on: payment_file.not_target_day")
    ids = [file.message_id, *(order.end_to_end_id for order in file.orders)]
    if len(set(ids)) != len(ids):
        found.append("ids: payment_file.id_twice")
    found += [f"{one}: payment_file.id" for one in ids if not _good_id(one)]
    if not iban.is_valid(file.debtor_iban):
        found.append("debtor: payment_file.iban")
    if not _plain(file.debtor_name, LONGEST_NAME):
        found.append("debtor: payment_file.name")
    for order in file.orders:
        if not 0 < order.amount_cents <= MAX_CENTS:
            found.append(f"{order.end_to_end_id}: payment_file.amount")
        if not iban.is_valid(order.iban):
            found.append(f"{order.end_to_end_id}: payment_file.iban")
        if not _plain(order.name, LONGEST_NAME):
            found.append(f"{order.end_to_end_id}: payment_file.name")
        if order.reference and read_payment_reference(order.reference) is None:
            found.append(f"{order.end_to_end_id}: payment_file.reference")
    return found


def _good_id(one: str) -> bool:
    return 0 < len(one) <= LONGEST_ID and set(one) <= IN_IDS


def _plain(text: str, longest: int) -> str:
    """The text in characters that banks pass on; the rest become full stops, so that a name stays recognisable."""
    return "".join(ch if ch in ALLOWED else "." for ch in " ".join(text.split()))[:longest].strip()


def write_payment_file(file: PaymentFile) -> bytes:
    """The file's bytes; ValueError names every problem, for a command has ruled them out before."""
    if found := problems_of(file):
        raise ValueError("; ".join(found))
    document = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    message = _put(document, "CstmrCdtTrfInitn")
    count, total = str(len(file.orders)), str(Money(file.total_cents))
    header = _put(message, "GrpHdr")
    _put(header, "MsgId", text=file.message_id)
    _put(header, "CreDtTm", text=f"{file.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    _put(header, "NbOfTxs", text=count)
    _put(header, "CtrlSum", text=total)
    _put(header, "InitgPty", "Nm", text=_plain(file.debtor_name, LONGEST_NAME))
    info = _put(message, "PmtInf")
    _put(info, "PmtInfId", text=file.message_id)
    _put(info, "PmtMtd", text="TRF")
    _put(info, "NbOfTxs", text=count)
    _put(info, "CtrlSum", text=total)
    _put(info, "PmtTpInf", "SvcLvl", "Cd", text="SEPA")
    _put(info, "ReqdExctnDt", "Dt", text=file.execute_on.isoformat())
    _put(info, "Dbtr", "Nm", text=_plain(file.debtor_name, LONGEST_NAME))
    _put(info, "DbtrAcct", "Id", "IBAN", text=iban.compact(file.debtor_iban))
    if file.debtor_bic:
        _put(info, "DbtrAgt", "FinInstnId", "BICFI", text=file.debtor_bic)
    else:
        _put(info, "DbtrAgt", "FinInstnId", "Othr", "Id", text="NOTPROVIDED")
    _put(info, "ChrgBr", text="SLEV")
    for order in file.orders:
        _order(info, order)
    return bytes(etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _order(info: etree._Element, order: Order) -> None:
    transfer = _put(info, "CdtTrfTxInf")
    _put(transfer, "PmtId", "EndToEndId", text=order.end_to_end_id)
    amount = _put(transfer, "Amt", "InstdAmt", text=str(Money(order.amount_cents)))
    amount.set("Ccy", "EUR")
    _put(transfer, "Cdtr", "Nm", text=_plain(order.name, LONGEST_NAME))
    _put(transfer, "CdtrAcct", "Id", "IBAN", text=iban.compact(order.iban))
    if order.reference:
        structured = _put(transfer, "RmtInf", "Strd", "CdtrRefInf")
        kind = _put(structured, "Tp")
        _put(kind, "CdOrPrtry", "Cd", text="SCOR")
        if order.reference.startswith("RF"):
            _put(kind, "Issr", text="ISO")
        _put(structured, "Ref", text=order.reference)
    elif text := _plain(order.text, LONGEST_TEXT):
        _put(transfer, "RmtInf", "Ustrd", text=text)


def _put(parent: etree._Element, *path: str, text: str | None = None) -> etree._Element:
    """Elements inside each other, the last of them holding `text`."""
    for name in path:
        parent = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    parent.text = text
    return parent
