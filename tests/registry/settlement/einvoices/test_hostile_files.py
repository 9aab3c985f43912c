"""Files that are sent to do harm, or come broken, end at the door and cost next to nothing."""

import resource
import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.settlement.einvoices.intake import Expected, take_einvoice
from registry.settlement.einvoices.reading import read_einvoice
from registry.settlement.einvoices.source import DEEPEST, MOST_BYTES, MOST_NAMED, MOST_TAGS, looks_like_xml
from registry.settlement.einvoices.writing_finvoice import write_finvoice
from registry.settlement.einvoices.writing_ubl import write_ubl
from registry.settlement.invoice_problems import InvoiceUnreadable
from tests.registry.settlement.einvoices.made import invoice, line

ROOT = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (str(n - 1).encode() if n > 1 else b"") * 10)
        for n in range(1, 10)
    )
    + b"]>"
    + ROOT
    + b">&lol9;</Invoice>"
)
EXTERNAL = b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>' + ROOT + b">&secret;</Invoice>"
REMOTE = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">' + ROOT + b"/>"


def only(content: bytes) -> str:
    read, (problem,), count = read_einvoice(content)
    assert (read, count) == (None, 1)
    return problem.rule


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (BOMB, "XML-DOCTYPE"),
        (EXTERNAL, "XML-DOCTYPE"),
        (REMOTE, "XML-DOCTYPE"),
        (EXTERNAL.decode().encode("utf-16"), "XML-ENCODING"),
        (EXTERNAL.decode().encode("utf-16-le"), "XML-ENCODING"),
        (b'<?xml version="1.0" encoding="UTF-7"?>' + ROOT + b"/>", "XML-ENCODING"),
        (b'<?xml version="1.0" encoding="nosuch"?>' + ROOT + b"/>", "XML-ENCODING"),
        (b'<?xml version="1.0" encoding="UTF-8"?>' + ROOT + b">\xe4\xf6</Invoice>", "XML-ENCODING"),
        (ROOT + b">", "XML-MALFORMED"),
        (ROOT + b">&undefined;</Invoice>", "XML-MALFORMED"),
        (b"<html><body>lasku</body></html>", "XML-UNKNOWN"),
        (ROOT + b">" + b"<a>" * DEEPEST + b"</a>" * DEEPEST + b"</Invoice>", "XML-DEPTH"),
        (ROOT + b">" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</Invoice>", None),
        (ROOT + b">" + b"<a/>" * (MOST_TAGS + 1) + b"</Invoice>", "XML-SIZE"),
        (b"<a>" + b" " * MOST_BYTES + b"</a>", "XML-SIZE"),
        (b"", "XML-MALFORMED"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_invoice_is_refused_whole(content: bytes, rule: str | None) -> None:
    assert only(content) in ({rule} if rule else {"XML-DEPTH", "XML-MALFORMED"})


def test_fifty_megabytes_are_refused_at_the_door() -> None:
    content = ROOT + b">" + b"<cbc:ID>1</cbc:ID>" * 2_800_000 + b"</Invoice>"
    assert len(content) > 50_000_000
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    assert only(content) == "XML-SIZE"
    assert time.perf_counter() - begun < 0.1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000


def test_a_file_of_nothing_but_errors_is_read_in_time_and_its_problems_are_counted() -> None:
    content = write_ubl(invoice(*[line("1.00")] * 4_000))
    broken = content.replace(b">1.00</cbc:LineExtensionAmount>", b">x</cbc:LineExtensionAmount>")
    begun = time.perf_counter()
    _, found, count = read_einvoice(broken)
    assert (len(found), count) == (MOST_NAMED, 4_000)
    assert time.perf_counter() - begun < 8


def test_amounts_beyond_any_sense_are_no_numbers() -> None:
    content = write_ubl(invoice())
    for amount in (b"1e400", b"NaN", b"Infinity", b"9" * 13, b"9" * 40, b"\xd9\xa1\xd9\xa2", b"1_000"):
        _, found, _ = read_einvoice(content.replace(b">100.00<", b">" + amount + b"<"))
        assert {problem.rule for problem in found} == {"FORMAT-NUMBER"}, amount


def test_xml_is_told_from_csv_by_its_content() -> None:
    assert looks_like_xml(write_ubl(invoice()))
    assert looks_like_xml(b"\xef\xbb\xbf\n" + write_finvoice(invoice()))
    assert looks_like_xml(EXTERNAL.decode().encode("utf-16"))
    assert not looks_like_xml(b"invoice_number;invoice_date;reference;amount\n")
    assert not looks_like_xml(b"")


FILES = (
    write_ubl(invoice(line(), line("-5.00"))),
    write_finvoice(invoice(line(), line("-5.00"), type_code="381")),
)
TOKENS = (
    b"", b"<", b">", b"&", b"\x00", b"\xff", b"-", b",", b".", b"9" * 12, b"1e9", b"</cac:Item>", b"<a/>", b"]]>",
    b"<![CDATA[x]]>", b'" x="', b"<?p?>", b"<!-- -->", "ä".encode(), b"\xc2\xa0", b"S", b"O", b"AE", b"2026-02-30",
)  # fmt: skip


@settings(max_examples=300)
@given(
    content=st.sampled_from(FILES),
    cuts=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(TOKENS)), min_size=1, max_size=5
    ),
)
def test_whatever_a_file_is_made_of_it_is_read_or_refused(
    content: bytes, cuts: list[tuple[float, int, bytes]]
) -> None:
    expected = Expected("fi:business-id", "2345678-0", ("RF3920261000018",), ())
    for place, length, token in cuts:
        at = int(place * len(content))
        content = content[:at] + token + content[at + length :]
    with suppress(InvoiceUnreadable):
        take_einvoice(content, expected=expected, today=date(2026, 11, 22))
