"""Bank files of every version, made from the same few facts and valid against the version's schema."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lxml import etree

VERSIONS = tuple((kind, version) for kind in ("053", "054") for version in range(2, 9))
ACCOUNT = "FI2112345600000785"


@dataclass(frozen=True)
class Detail:
    """One payment inside an entry; cents without sign."""

    cents: int
    end_to_end_id: str = "NOTPROVIDED"
    reference: str = ""
    text: str = ""
    name: str = "Palvelu Oy"
    iban: str = "FI1410093000123458"
    own_ref: str = ""
    return_reason: str = ""


@dataclass(frozen=True)
class Entry:
    """An entry of a statement; negative cents are a debit."""

    cents: int
    details: Sequence[Detail] = ()
    day: str = "2026-11-20"
    ref: str = ""
    status: str = "BOOK"
    info_id: str = ""
    count: int = 0


@dataclass(frozen=True)
class File:
    kind: str
    version: int
    entries: Sequence[Entry] = field(default_factory=tuple)
    opening: int = 1_000_000_00
    closing: int | None = None
    statement_id: str = "STMT-1"


def money(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _way(cents: int) -> str:
    return "DBIT" if cents < 0 else "CRDT"


def _amount(cents: int) -> str:
    return f'<Amt Ccy="EUR">{money(cents)}</Amt>'


def camt(file: File) -> bytes:
    """The file as bytes."""
    root, part = {"053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}[file.kind]
    moved = sum(e.cents for e in file.entries if e.status == "BOOK")
    closing = file.opening + moved if file.closing is None else file.closing
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(cents)}<CdtDbtInd>{_way(cents)}</CdtDbtInd>"
        "<Dt><Dt>2026-11-20</Dt></Dt></Bal>"
        for code, cents in (("OPBD", file.opening), ("CLBD", closing))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{file.kind}.001.{file.version:02d}"><{root}>'
        "<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-21T06:00:00+02:00</CreDtTm></GrpHdr>"
        f"<{part}><Id>{file.statement_id}</Id><CreDtTm>2026-11-21T06:00:00+02:00</CreDtTm>"
        "<FrToDt><FrDtTm>2026-11-20T00:00:00+02:00</FrDtTm><ToDtTm>2026-11-20T23:59:59+02:00</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balances if file.kind == '053' else ''}"
        f"{''.join(_entry(file.version, e) for e in file.entries)}</{part}></{root}></Document>"
    ).encode()


def _entry(version: int, entry: Entry) -> str:
    status = f"<Cd>{entry.status}</Cd>" if version >= 7 else entry.status
    batch = ""
    if entry.info_id:
        batch = f"<Btch><PmtInfId>{entry.info_id}</PmtInfId><NbOfTxs>{entry.count}</NbOfTxs></Btch>"
    details = "".join(_detail(version, entry, detail) for detail in entry.details)
    return (
        f"<Ntry>{_amount(entry.cents)}<CdtDbtInd>{_way(entry.cents)}</CdtDbtInd><Sts>{status}</Sts>"
        f"<BookgDt><Dt>{entry.day}</Dt></BookgDt><ValDt><Dt>{entry.day}</Dt></ValDt>"
        + (f"<AcctSvcrRef>{entry.ref}</AcctSvcrRef>" if entry.ref else "")
        + "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        + (f"<NtryDtls>{batch}{details}</NtryDtls>" if batch or details else "")
        + "</Ntry>"
    )


def _detail(version: int, entry: Entry, detail: Detail) -> str:
    way = f"<CdtDbtInd>{_way(entry.cents)}</CdtDbtInd>"
    amount = _amount(detail.cents)
    amount = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>" if version == 2 else amount + way
    side = "Cdtr" if entry.cents < 0 else "Dbtr"
    name = f"<Nm>{detail.name}</Nm>"
    party = f"<{side}>{f'<Pty>{name}</Pty>' if version >= 7 else name}</{side}>"
    account = f"<{side}Acct><Id><IBAN>{detail.iban}</IBAN></Id></{side}Acct>"
    remittance = f"<Ustrd>{detail.text}</Ustrd>" if detail.text else ""
    if detail.reference:
        remittance += f"<Strd><CdtrRefInf><Ref>{detail.reference}</Ref></CdtrRefInf></Strd>"
    own = f"<AcctSvcrRef>{detail.own_ref}</AcctSvcrRef>" if detail.own_ref else ""
    return (
        f"<TxDtls><Refs>{own}<EndToEndId>{detail.end_to_end_id}</EndToEndId></Refs>{amount}"
        f"<RltdPties>{party}{account}</RltdPties>"
        + (f"<RmtInf>{remittance}</RmtInf>" if remittance else "")
        + (f"<RtrInf><Rsn><Cd>{detail.return_reason}</Cd></Rsn></RtrInf>" if detail.return_reason else "")
        + "</TxDtls>"
    )


@cache
def schema(shared: Path, kind: str, version: int) -> etree.XMLSchema:
    """The version's schema; `shared` is the folder of the real files, beside that of the schemas."""
    return etree.XMLSchema(etree.parse(shared.parent / "schemas" / f"camt.{kind}.001.{version:02d}.xsd"))
