"""A bank file of any version is read the same, or refused with everything that is wrong with it."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from registry.settlement.bank.camt import read_bank_file
from registry.settlement.bank.documents import MOST_BYTES, BankFileUnreadable, Paths
from registry.settlement.rules import statement_reference
from tests.registry.settlement.bank.camt_files import ACCOUNT, VERSIONS, Detail, Entry, File, camt, schema

RF = statement_reference(date(2026, 10, 1), 1)
PAID = Detail(105_50, "E2E-1", RF, own_ref="BANK-1")
RETURNED = Detail(45_00, "E2E-2", return_reason="AC04", own_ref="BANK-2")
TWO = (Detail(10_00, "E2E-3", own_ref="BANK-3"), Detail(20_01, "E2E-4", text="lasku 7", own_ref="BANK-4"))
ENTRIES = (
    Entry(-105_50, (PAID,)),
    Entry(45_00, (RETURNED,)),
    Entry(-30_01, TWO, ref="BATCH-1"),
    Entry(-999_00, (), ref="BATCH-2", info_id="PAY-1", count=7),
    Entry(-1_00, (Detail(1_00),), status="PDNG"),
)


@pytest.mark.parametrize(("kind", "version"), VERSIONS)
def test_every_version_is_read_into_the_same_bookings(shared_data: Path, kind: str, version: int) -> None:
    content = camt(File(kind, version, ENTRIES))
    schema(shared_data, kind, version).assertValid(etree.fromstring(content))
    (statement,) = read_bank_file(content)
    assert (statement.kind, statement.version, statement.account) == (kind, version, ACCOUNT)
    assert statement.pending == 1
    if kind == "053":
        assert statement.opening_cents is not None
        assert statement.closing_cents == statement.opening_cents + statement.moved_cents
    assert [
        (b.amount_cents, b.own_id, b.end_to_end_id, b.return_reason, b.booked_on) for b in statement.bookings
    ] == [
        (-105_50, "BANK-1", "E2E-1", "", date(2026, 11, 20)),
        (45_00, "BANK-2", "E2E-2", "AC04", date(2026, 11, 20)),
        (-10_00, "BANK-3", "E2E-3", "", date(2026, 11, 20)),
        (-20_01, "BANK-4", "E2E-4", "", date(2026, 11, 20)),
        (-999_00, "BATCH-2", "", "", date(2026, 11, 20)),
    ]
    first, _, _, fourth, batch = statement.bookings
    assert (first.reference, first.counterparty) == (RF, "Palvelu Oy")
    assert first.counterparty_iban == "FI1410093000123458"
    assert fourth.text == "lasku 7"
    assert fourth.path.endswith("/Ntry[3]/NtryDtls/TxDtls[2]")
    assert (batch.payment_info_id, batch.batch_count) == ("PAY-1", 7)


def problems(content: bytes) -> dict[str, str]:
    with pytest.raises(BankFileUnreadable) as caught:
        read_bank_file(content)
    return {p.path: p.code for p in caught.value.problems}


@pytest.mark.parametrize("version", range(2, 9))
def test_every_problem_is_told_at_once_with_its_place(version: int) -> None:
    content = camt(File("053", version, ENTRIES)).decode()
    content = content.replace(
        '<Amt Ccy="EUR">105.50</Amt><CdtDbtInd>DBIT', '<Amt Ccy="SEK">105.50</Amt><CdtDbtInd>OUT', 1
    )
    content = content.replace('<Amt Ccy="EUR">20.01</Amt>', '<Amt Ccy="EUR">20.011</Amt>')
    content = re.sub(r"(999\.00.*?)<BookgDt>.*?</BookgDt><ValDt>.*?</ValDt>", r"\1", content, count=1)
    content = content.replace("<Id>STMT-1</Id>", "")
    before_all = "<ValDt><DtTm>0001-01-01T00:00:00+14:00</DtTm></ValDt>"
    content = re.sub(r"<ValDt>.*?</ValDt>", before_all, content, count=1)
    found = problems(content.encode())
    where = "/Document/BkToCstmrStmt/Stmt"
    amount = "/AmtDtls/TxAmt/Amt" if version == 2 else "/Amt"
    assert (
        found.items()
        >= {
            f"{where}/Id": "bank.missing",
            f"{where}/Ntry[1]/Amt": "bank.currency",
            f"{where}/Ntry[1]/CdtDbtInd": "bank.direction",
            f"{where}/Ntry[1]/ValDt/DtTm": "bank.date",
            f"{where}/Ntry[3]/NtryDtls/TxDtls[2]{amount}": "bank.amount",
            f"{where}/Ntry[4]/BookgDt": "bank.missing",
        }.items()
    )


@pytest.mark.parametrize("cents", [1, -1])
def test_a_statement_must_add_up_to_the_cent(cents: int) -> None:
    right = File("053", 8, ENTRIES)
    closing = right.opening + sum(e.cents for e in ENTRIES[:4])
    with pytest.raises(BankFileUnreadable) as caught:
        read_bank_file(camt(replace(right, closing=closing + cents)))
    (problem,) = caught.value.problems
    assert (problem.code, problem.facts["left_cents"]) == ("bank.balance", cents)


def test_the_details_of_a_sum_must_add_up() -> None:
    entries = (Entry(-30_02, TWO),)
    assert problems(camt(File("054", 8, entries))) == {
        "/Document/BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry/NtryDtls": "bank.batch_sum"
    }


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>"""
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bank.empty"),
        (b"   \n", "bank.empty"),
        (b"nothing", "bank.not_xml"),
        (camt(File("053", 8, ENTRIES))[:-20], "bank.not_xml"),
        (camt(File("053", 8, ENTRIES)).replace(b"UTF-8", b"UTF-16"), "bank.not_xml"),
        (
            camt(File("053", 8, (Entry(-1, (Detail(1, name="Ä"),)),))).decode().encode("latin-1"),
            "bank.not_xml",
        ),
        (BOMB + camt(File("053", 8)).split(b"?>", 1)[1].replace(b"MSG-1", b"&d;"), "bank.doctype"),
        (EXTERNAL + camt(File("053", 8)).split(b"?>", 1)[1].replace(b"MSG-1", b"&x;"), "bank.doctype"),
        (b"<a>" * 60 + b"</a>" * 60, "bank.too_deep"),
        (b"<a>" + b" " * MOST_BYTES + b"</a>", "bank.too_large"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.09'/>", "bank.not_camt"),
        (b"<Document/>", "bank.not_camt"),
    ],
)
def test_what_is_no_bank_file_is_refused_before_anything_is_read(content: bytes, code: str) -> None:
    assert list(problems(content).values()) == [code]


def test_where_thousands_of_orders_stand_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What names each order's place must not look at all the others for it."""
    looked = 0

    def local(element: etree._Element) -> str:
        nonlocal looked
        looked += 1
        return str(etree.QName(element).localname)

    monkeypatch.setattr("registry.settlement.bank.documents.local", local)
    root = etree.fromstring("<Document><Other/>" + "<Order><Id/></Order>" * 1_000 + "</Document>")
    paths = Paths()
    found = [paths.of(order, "Amt") for order in root.iterfind("Order/Id")]
    assert (found[0], found[-1]) == ("/Document/Order[1]/Id/Amt", "/Document/Order[1000]/Id/Amt")
    assert looked < 5_000


def test_the_same_movement_has_the_same_id_in_a_statement_and_in_a_notification() -> None:
    alike = Entry(-5_00, (Detail(5_00, "E2E-9"),))
    ids = [
        [b.own_id for s in read_bank_file(camt(File(kind, version, (alike, alike)))) for b in s.bookings]
        for kind, version in (("053", 2), ("054", 8))
    ]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_two_movements_under_one_reference_of_the_bank_are_two() -> None:
    entries = (Entry(-5_00, (), ref="R-1"), Entry(-50, (), ref="R-1"))
    (statement,) = read_bank_file(camt(File("053", 8, entries)))
    assert [b.own_id for b in statement.bookings] == ["R-1", "R-1#2"]
    # and the same statement twice in one file tells of the same movements
    twice = camt(File("054", 8, entries)).decode()
    part = twice[twice.index("<Ntfctn>") : twice.index("</BkToCstmrDbtCdtNtfctn>")]
    first, second = read_bank_file(twice.replace(part, part + part).encode())
    assert [b.own_id for b in first.bookings] == [b.own_id for b in second.bookings]


ENTRY = st.builds(
    lambda cents, way, details: Entry(way * cents, details),
    st.integers(1, 10**9),
    st.sampled_from((1, -1)),
    st.just(()),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(ENTRY, max_size=20), st.integers(-(10**9), 10**9), st.sampled_from(range(2, 9)))
def test_whatever_is_booked_is_read_to_the_cent(entries: list[Entry], opening: int, version: int) -> None:
    (statement,) = read_bank_file(camt(File("053", version, entries, opening=opening)))
    assert [b.amount_cents for b in statement.bookings] == [e.cents for e in entries]
    assert statement.opening_cents == opening
