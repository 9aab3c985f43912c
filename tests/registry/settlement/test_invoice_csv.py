"""Invoice files as providers send them: every separator, every slip, and all reasons at once."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.settlement.invoice_csv import (
    MOST_BYTES,
    MOST_LINES,
    read_date,
    read_invoice,
)
from registry.settlement.invoice_problems import InvoiceUnreadable, Problem
from registry.settlement.rules import line_reference

TODAY = date(2026, 11, 22)
REDEMPTION = UUID("0198a5a8-0000-4000-8000-d57c4399c896")
REFERENCE = line_reference(REDEMPTION)
HEADER = "invoice_number;invoice_date;reference;amount;text"


def problems(content: bytes | str) -> list[Problem]:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(raw, today=TODAY)
    assert caught.value.code == "invoice.unreadable"
    assert caught.value.facts["problem_count"] == len(caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n1001;2026-11-02;{REFERENCE};60,00;lokakuu\n",
        f"\ufeff{HEADER}\r\n1001;2.11.2026;{REDEMPTION};60.00;lokakuu\r\n",
        f'invoice_number,invoice_date,reference,amount,text\n1001,2026-11-02,{REFERENCE},"60,00",lokakuu',
        f"Laskunumero;Laskupäivä;Viite;Summa;Selite\n1001;02.11.2026;{REFERENCE.upper()};60 €;lokakuu",
        f"Fakturanummer\tFakturadatum\tReferens\tBelopp\tFörklaring\n1001\t2026-11-02\t{REFERENCE}\t60,0\tlokakuu",
        f"\n\nText;Amount;Reference;Invoice date;Invoice number;other\nlokakuu;60;{REFERENCE};2026-11-02;1001;x\n\n",
    ],
)
def test_the_same_invoice_however_it_is_written(content: str) -> None:
    invoice = read_invoice(content.encode(), today=TODAY)
    assert (invoice.number, invoice.invoice_date) == ("1001", date(2026, 11, 2))
    (line,) = invoice.lines
    assert (line.reference, line.amount_cents, line.note) == (REFERENCE, 60_00, "lokakuu")
    assert invoice.total_cents == 60_00


def test_text_may_be_left_out_and_lines_are_counted_as_an_editor_counts_them() -> None:
    content = (
        "invoice_number;invoice_date;reference;amount;text\n"
        f'7;2026-11-02;{REFERENCE};1,00;"two\nlines"\n'
        "\n"
        f"7;2026-11-02;{REFERENCE};-1,00;"
    )
    assert [line.file_line for line in read_invoice(content.encode(), today=TODAY).lines] == [2, 5]
    bare = f"invoice_number;invoice_date;reference;amount\n7;2026-11-02;{REFERENCE};1"
    assert read_invoice(bare.encode(), today=TODAY).lines[0].note == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "invoice.empty"),
        (b"\n\n  \n", "invoice.empty"),
        (HEADER.encode(), "invoice.no_lines"),
        (f"{HEADER}\n".encode("utf-16"), "invoice.utf16"),
        ("Laskunumero;Laskupäivä".encode("cp1252"), "invoice.not_utf8"),
        (b"PK\x03\x04 a spreadsheet", "invoice.not_csv"),
        (b"%PDF-1.7", "invoice.not_csv"),
        (f"{HEADER}\n1;2\x00;3".encode(), "invoice.not_csv"),
        (b"x" * (MOST_BYTES + 1), "invoice.too_large"),
        ((HEADER + "\n1;2;3;4;5" * (MOST_LINES + 1)).encode(), "invoice.too_many_lines"),
    ],
)
def test_a_file_that_is_no_invoice_says_why(content: bytes, code: str) -> None:
    assert problems(content) == [Problem(None, None, code)]


def test_headers_that_lack_or_repeat_a_column_name_it() -> None:
    assert problems("number;date;reference;amount\n1;2;3;4") == [
        Problem(1, "invoice_number", "invoice.column_missing"),
        Problem(1, "invoice_date", "invoice.column_missing"),
    ]
    assert problems(f"{HEADER};viite\n1;2;3;4;5;6") == [Problem(1, "reference", "invoice.column_twice")]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (";2026-11-02;REF;1;", [("invoice_number", "field.required")]),
        (f"{'9' * 51};2026-11-02;REF;1;", [("invoice_number", "invoice.number_too_long")]),
        ("1\x07;2026-11-02;REF;1;", [("invoice_number", "field.control_character")]),
        ("1;;REF;1;", [("invoice_date", "field.required")]),
        ("1;2026-02-30;REF;1;", [("invoice_date", "invoice.date_malformed")]),
        ("1;11/02/2026;REF;1;", [("invoice_date", "invoice.date_malformed")]),
        ("1;1999-12-31;REF;1;", [("invoice_date", "invoice.date_malformed")]),
        ("1;2026-11-23;REF;1;", [("invoice_date", "invoice.date_in_future")]),
        ("1;2026-11-02;;1;", [("reference", "field.required")]),
        ("1;2026-11-02;OULU-1;1;", [("reference", "invoice.reference_malformed")]),
        ("1;2026-11-02;REF;;", [("amount", "field.required")]),
        ("1;2026-11-02;REF;0,00;", [("amount", "invoice.amount_zero")]),
        ("1;2026-11-02;REF;12,345;", [("amount", "money.malformed")]),
        ("1;2026-11-02;REF;1e3;", [("amount", "money.malformed")]),
        ("1;2026-11-02;REF;999999999999;", [("amount", "money.too_large")]),
        (f"1;2026-11-02;REF;1;{'x' * 201}", [("text", "invoice.text_too_long")]),
        ("1;2026-11-02;REF;1;a\x1bb", [("text", "field.control_character")]),
        ("1;2026-11-02;REF;1", [("row", "invoice.row_width")]),
        ("1;2026-11-02;REF;1;;", [("row", "invoice.row_width")]),
        ('1;2026-11-02;REF;1;"open', [("row", "invoice.row_malformed")]),
        (
            "1;soon;here;much;",
            [
                ("invoice_date", "invoice.date_malformed"),
                ("reference", "invoice.reference_malformed"),
                ("amount", "money.malformed"),
            ],
        ),
    ],
)
def test_a_bad_line_is_named_with_every_reason(row: str, expected: list[tuple[str, str]]) -> None:
    content = f"{HEADER}\n1;2026-11-02;{REFERENCE};1;ok\n{row.replace('REF', REFERENCE)}"
    assert [(p.line, p.column, p.code) for p in problems(content)] == [(3, *found) for found in expected]


def test_a_file_is_one_invoice() -> None:
    found = problems(
        f"{HEADER}\n1;2026-11-02;{REFERENCE};1;\n2;2026-11-02;{REFERENCE};1;\n1;2026-11-03;{REFERENCE};1;"
    )
    assert [(p.line, p.code) for p in found] == [(3, "invoice.several_numbers"), (4, "invoice.several_dates")]


def test_all_bad_lines_are_reported_at_once_also_as_field_errors() -> None:
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(f"{HEADER}\n1;x;y;z;\n1;x;y;z;".encode(), today=TODAY)
    assert len(caught.value.problems) == 6
    assert list(caught.value.errors)[:2] == ["line 2: invoice_date", "line 2: reference"]
    assert caught.value.errors["line 3: amount"] == "money.malformed"


def _only_refused(content: bytes) -> None:
    """Either an invoice comes out, or reasons; never another exception."""
    try:
        outcome: object = read_invoice(content, today=TODAY).lines
    except InvoiceUnreadable as refused:
        outcome = refused.problems
    assert outcome


@given(content=st.binary(max_size=400))
def test_no_bytes_at_all_are_more_than_refused(content: bytes) -> None:
    _only_refused(content)


@given(body=st.text(max_size=300))
def test_no_text_under_a_right_header_is_more_than_refused(body: str) -> None:
    _only_refused(f"{HEADER}\n{body}".encode(errors="replace"))


@given(day=st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_dates_are_read_the_finnish_way_and_the_iso_way(day: date) -> None:
    assert read_date(day.isoformat()) == day
    assert read_date(f"{day.day}.{day.month}.{day.year}") == day
    assert read_date(f"{day:%d.%m.%Y}") == day
