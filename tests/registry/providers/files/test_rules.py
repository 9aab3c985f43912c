"""Which files are taken: real ones of each kind, and everything that only looks like one."""

import struct
import zlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.providers.files.pdf import MOST_STREAMS, MOST_UNPACKED
from registry.providers.files.rules import (
    MOST_BYTES,
    FileKind,
    evidence_good_until,
    evidence_in_time,
    examine,
    shown_name,
)
from registry.shared.errors import ACCEPTED, Refusal
from tests.registry.providers.files.samples import (
    SCAN,
    archive,
    jpeg,
    jpeg_frame,
    object_stream,
    pdf,
    png,
    png_chunk,
    real_pdf,
    segment,
    stream,
)


def said(content: bytes) -> str:
    """The kind, or the code of the refusal."""
    found = examine(content)
    return found.code if isinstance(found, Refusal) else str(found)


# --- what is taken ------------------------------------------------------------------------------------------


def test_each_kind_is_told_by_its_content() -> None:
    assert examine(real_pdf()) is FileKind.PDF
    assert examine(pdf()) is FileKind.PDF
    assert examine(png()) is FileKind.PNG
    assert examine(jpeg()) is FileKind.JPEG


@pytest.mark.parametrize(
    "content",
    [
        png(8160, 6120, colour=2),
        png(middle=png_chunk(b"tEXt", b"Comment\0hi")),
        png(depth=16, colour=6),
        jpeg(8160, 6120),
        jpeg(frame=jpeg_frame(marker=0xC2), scans=SCAN + segment(0xC4, b"\0" * 17) + SCAN),  # progressive
        jpeg(before=b"\xff\xff\xff" + segment(0xFE, b"fill bytes before a marker")),
        jpeg() + jpeg(),  # a preview after the picture
        jpeg() + b"\0" * 300 + jpeg() + b"\0",
        jpeg() + b"\0\0\x01\x0aImage_UTC_DataSEFH\x6b\0\0\0SEFT",
    ],
)
def test_pictures_as_cameras_and_programs_make_them(content: bytes) -> None:
    assert said(content) in ("png", "jpeg")


@pytest.mark.parametrize(
    "content",
    [
        pdf(b"<< /AcroForm << /Fields [] /SigFlags 3 >> >>"),  # signed by an authority
        pdf(b"<< /EncryptMetadata true >>"),
        pdf(b"<< /S /URI /URI (https://www.vero.fi/) >>"),
        pdf(stream(zlib.compress(b"1 0 0 1 72 720 cm BT (Launch) Tj ET"))),
        pdf(object_stream(b"<< /Type /Page >>")),
        pdf(stream(b"\x00" * 50, b"/Filter /DCTDecode")),
        pdf(stream(b"not packed", b"")),
        pdf(b"<< /Title (JavaScript course) >>"),
        pdf().rstrip() + b"\r\n\0\0",
        pdf().replace(b"\n%%EOF\n", b"\r\n%%EOF"),
        pdf().replace(b"%PDF-1.7", b"%PDF-2.0"),
    ],
)
def test_pdfs_that_show_what_they_hold(content: bytes) -> None:
    assert said(content) == "pdf"


# --- spoofing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><svg/>',
        b"<!DOCTYPE html><title>certificate.pdf</title>",
        b"\xef\xbb\xbf%PDF-1.7",
        b"\n" + real_pdf(),
        b"junk" * 20 + real_pdf(),
        b"MZ" + b"\0" * 200,
        b"GIF89a" + b"\0" * 50,
        b"II*\0" + b"\0" * 50,
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"%!PS-Adobe-3.0",
        b"\x89PNG\r\n\x1a",
        b"\x89PNG\n\x1a\n" + png()[8:],
        b"\xff\xd8",
        archive(),
    ],
)
def test_what_is_none_of_the_three_is_not_taken(content: bytes) -> None:
    assert said(content) == "file.kind_not_taken"


def test_nothing_is_no_file() -> None:
    assert said(b"") == "file.empty"


@pytest.mark.parametrize(
    "content",
    [
        real_pdf() + archive(),
        jpeg() + archive(),
        png() + archive(),
        pdf(stream(archive(), b"")),  # hidden in an object, the PDF's own end after it
        png(middle=png_chunk(b"zzZz", archive())),
        jpeg(before=segment(0xFE, archive())),
        jpeg(before=segment(0xFE, real_pdf()[:60])),
        png(middle=png_chunk(b"tEXt", b"%PDF-1.4")),
        pdf().replace(b"%\xe2\xe3\xcf\xd3", b"%<script>alert(1)</script>"),
        jpeg(before=segment(0xFE, b"<HTML><body>")),
        png(middle=png_chunk(b"tEXt", b"a\0<svg onload=x>")),
    ],
)
def test_one_file_that_is_two_is_not_taken(content: bytes) -> None:
    assert said(content) == "file.another_format"


def test_a_few_bytes_that_look_like_the_end_of_an_archive_are_none() -> None:
    assert said(pdf(stream(b"PK\x05\x06" + b"\xff" * 30, b""))) == "pdf"
    assert said(png(data=zlib.compress(b"\0\0") + b"PK\x05\x06")) == "png"


@pytest.mark.parametrize(
    "content",
    [
        real_pdf() + b"more",
        real_pdf() + b"<< /a >>" * 200,
        jpeg() + b"x",
        jpeg() + b"\0\0x",
        jpeg() + b"SEFH" + b"x" * 70_000 + b"SEFT",
        jpeg() + b"SEFT",
        png() + b"x",
        png() + png(),
    ],
)
def test_nothing_hides_behind_the_end(content: bytes) -> None:
    assert said(content) == "file.trailing_data"


def test_at_most_ten_megabytes() -> None:
    nearly = pdf(stream(b"\0" * (MOST_BYTES - 1_000), b""))
    largest = nearly + b"\n" * (MOST_BYTES - len(nearly))
    assert said(largest) == "pdf"
    assert examine(largest + b"\n") == Refusal("file.too_large", {"most_bytes": MOST_BYTES})
    eleven = pdf(stream(b"\0" * 11 * 1024 * 1024, b""))
    assert said(eleven) == "file.too_large"


# --- bombs and damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        png(2**31 - 1, 2**31 - 1),
        png(50_000, 1_000),
        png(10_000, 5_001),
        jpeg(65_535, 65_535),
        jpeg(30_001, 1),
        jpeg() + jpeg(65_535, 65_535),
    ],
)
def test_a_picture_that_says_it_is_huge_is_not_opened(content: bytes) -> None:
    assert said(content) == "file.picture_too_large"


@pytest.mark.parametrize(
    "content",
    [
        png(0, 1),
        png(depth=3),
        png(colour=5),
        png().replace(b"IDAT", b"IDAt"),
        png()[:33] + png_chunk(b"IEND"),
        png()[:8] + png_chunk(b"IDAT", b"x") + png_chunk(b"IEND"),
        png()[:8] + png_chunk(b"IHDR", b"x" * 12) + png_chunk(b"IEND"),
        png()[:-12] + png_chunk(b"IEND", b"x"),
        jpeg(0, 8),
        jpeg(8, 0),
        jpeg(frame=b""),
        jpeg(frame=jpeg_frame() + jpeg_frame()),
        jpeg(frame=segment(0xC0, b"\x08\0\x08")),
        jpeg(scans=b""),
        jpeg(before=b"\xff\xd8"),
        jpeg(before=b"\xff\xd0"),
        jpeg(before=b"text"),
        jpeg(before=b"\xff\xe1\0\x01"),
        pdf().replace(b"%PDF-1.7", b"%PDF-9.9"),
        pdf().replace(b"%PDF-1.7", b"%PDF-1.x"),
        pdf().replace(b"startxref\n", b"startxref\n9"),
    ],
)
def test_a_broken_structure_is_said(content: bytes) -> None:
    assert said(content) == "file.damaged"


@pytest.mark.parametrize("whole", [png(), jpeg(), real_pdf(), pdf(stream(b"x" * 500, b""))])
def test_a_file_that_ends_too_early_is_never_taken(whole: bytes) -> None:
    kept = whole.rstrip()
    for length in range(1, len(kept), max(1, len(kept) // 300)):
        assert said(kept[:length]) not in ("pdf", "png", "jpeg"), length


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (png()[:-1], "file.truncated"),
        (png()[:40], "file.truncated"),
        (jpeg()[:-2], "file.truncated"),
        (jpeg()[:30], "file.truncated"),
        (real_pdf()[: len(real_pdf()) // 2], "file.truncated"),
    ],
)
def test_half_a_file_is_called_so(content: bytes, code: str) -> None:
    assert said(content) == code


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"%PDF-1.7\n", png()[:33], png()[:8], jpeg()[:20], b"\xff\xd8\xff"]),
)
def test_no_bytes_at_all_break_it(tail: bytes, start: bytes) -> None:
    assert isinstance(examine(start + tail), (FileKind, Refusal))


@given(st.data())
def test_no_change_of_a_byte_breaks_it(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([png(), jpeg() + jpeg(), pdf(object_stream(b"<< >>"))])))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(examine(bytes(whole)), (FileKind, Refusal))


# --- PDFs that do more than show ----------------------------------------------------------------------------


def test_a_locked_pdf() -> None:
    assert said(pdf(trailer=b"/Encrypt 5 0 R")) == "file.pdf_encrypted"
    assert said(pdf(trailer=b"/#45ncrypt<</Filter/Standard>>")) == "file.pdf_encrypted"


ACTIVE = {
    b"<< /S /JavaScript /JS (app.alert(1)) >>": "JavaScript",
    b"<< /S/JavaScript/JS 4 0 R>>": "JavaScript",
    b"<< /S /J#61v#61Script >>": "JavaScript",
    b"<< /S /Launch /F (cmd.exe) >>": "Launch",
    b"<< /S /SubmitForm >>": "SubmitForm",
    b"<< /S /ImportData >>": "ImportData",
    b"<< /Type /EmbeddedFile >>": "EmbeddedFile",
    b"<< /Names << /EmbeddedFiles 7 0 R >> >>": "EmbeddedFiles",
    b"<< /S /GoToE >>": "GoToE",
    b"<< /AcroForm << /XFA 8 0 R >> >>": "XFA",
    b"<< /Subtype /RichMedia >>": "RichMedia",
}


@pytest.mark.parametrize(("content", "found"), ACTIVE.items())
def test_a_pdf_that_does_something(content: bytes, found: str) -> None:
    refused = Refusal("file.pdf_active", {"found": found})
    assert examine(pdf(content)) == refused
    assert examine(pdf(object_stream(content))) == refused
    # neither a missing type nor a filler before it hides the objects
    assert examine(pdf(object_stream(content, b"/Filter /FlateDecode"))) == refused
    assert examine(pdf(object_stream(content, b"/Type /Obj#53tm /Filter [ /FlateDecode ] /N 1"))) == refused
    # nor does a stream that is no picture
    assert examine(pdf(stream(content, b""))) == refused


@pytest.mark.parametrize(
    "packed",
    [
        object_stream(b"<< >>", b"/Type /ObjStm /Filter [ /ASCIIHexDecode /FlateDecode ]"),
        object_stream(b"<< >>", b"/Type /ObjStm /Filter 9 0 R"),
        object_stream(b"<< >>", b"/Type /ObjStm /Filter /FlateDecode /DecodeParms << /Predictor 12 >>"),
        stream(b"no deflated data", b"/Type /ObjStm /Filter /FlateDecode"),
    ],
)
def test_objects_that_cannot_be_looked_into(packed: bytes) -> None:
    assert said(pdf(packed)) == "file.pdf_unreadable"


def test_a_pdf_that_swells_when_it_is_unpacked() -> None:
    bomb = zlib.compress(b"9 0 " + b" " * (MOST_UNPACKED + 1), 9)
    assert len(bomb) < 100_000
    assert said(pdf(stream(bomb, b"/Type /ObjStm /Filter /FlateDecode"))) == "file.pdf_unreadable"
    half = zlib.compress(b"9 0 " + b" " * (MOST_UNPACKED // 2), 9)
    assert said(pdf(stream(half), stream(half))) == "file.pdf_unreadable"


def test_more_streams_than_anybody_looks_into() -> None:
    many = pdf(*[stream(b"", b"")] * MOST_STREAMS)
    assert said(many) == "pdf"
    assert said(pdf(stream(b"stream\n" * (MOST_STREAMS + 1), b""))) == "file.pdf_unreadable"


def test_what_is_unpacked_is_pictures_no_more_than_needed() -> None:
    """A scan of many pages is many times larger unpacked, and is no bomb: only objects are unpacked whole."""
    page = stream(zlib.compress(b"\xff" * (MOST_UNPACKED // 2), 9), b"/Subtype /Image /Filter /FlateDecode")
    assert said(pdf(page, page, page)) == "pdf"


# --- names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kind", "shown"),
    [
        ("verotodistus.pdf", FileKind.PDF, "verotodistus.pdf"),
        ("Työeläke 2026.PDF", FileKind.PDF, "Työeläke 2026.pdf"),
        ("scan.jpeg", FileKind.JPEG, "scan.jpg"),
        ("invoice.pdf.exe", FileKind.PNG, "invoice.pdf.png"),
        ("../../etc/passwd", FileKind.PDF, "passwd.pdf"),
        ("..\\..\\boot.ini", FileKind.PDF, "boot.pdf"),
        ("C:\\Users\\Aino\\kuva.png", FileKind.PNG, "kuva.png"),
        ("a\r\nSet-Cookie: x=1.pdf", FileKind.PDF, "aSet-Cookie x=1.pdf"),
        ("gpj.\u202efdp", FileKind.PDF, "gpj.pdf"),
        ("nul\0.pdf", FileKind.PDF, "nul.pdf"),
        ("....", FileKind.PDF, "file.pdf"),
        ("", FileKind.PDF, "file.pdf"),
        (None, FileKind.JPEG, "file.jpg"),
        ("/", FileKind.PDF, "file.pdf"),
        ("x" * 300 + ".pdf", FileKind.PDF, "x" * 100 + ".pdf"),
        ('"; filename=evil.html', FileKind.PDF, "filename=evil.pdf"),
        ("Tyo\u0308", FileKind.PDF, "Työ.pdf"),
    ],
)
def test_names_are_shown_harmless(given: str | None, kind: FileKind, shown: str) -> None:
    assert shown_name(given, kind) == shown


@given(st.text(max_size=200))
def test_no_name_leads_anywhere(given: str) -> None:
    name = shown_name(given, FileKind.PDF)
    assert name.endswith(".pdf")
    assert not name.startswith(".")
    assert not set(name) & set('/\\\0\r\n"%')
    assert name.isprintable()
    assert len(name) <= 104


def test_media_types() -> None:
    types = [kind.media_type for kind in FileKind]
    assert types == ["application/pdf", "image/png", "image/jpeg"]


# --- age ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issued", "last"),
    [
        (date(2026, 8, 22), date(2026, 11, 22)),
        (date(2026, 8, 31), date(2026, 11, 30)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 5, 29)),
        (date(2027, 2, 28), date(2027, 5, 28)),
        (date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_evidence_is_good_for_three_months_and_not_a_day_longer(issued: date, last: date) -> None:
    assert evidence_good_until(issued) == last
    assert evidence_in_time(issued=issued, submitted=issued) == ACCEPTED
    assert evidence_in_time(issued=issued, submitted=last) == ACCEPTED
    late = date.fromordinal(last.toordinal() + 1)
    assert evidence_in_time(issued=issued, submitted=late) == Refusal(
        "evidence.too_old", {"issued": issued, "until": last, "months": 3}
    )


def test_the_age_is_data() -> None:
    assert evidence_good_until(date(2026, 1, 31), months=1) == date(2026, 2, 28)


def test_evidence_from_tomorrow() -> None:
    tomorrow = date(2026, 11, 23)
    refused = evidence_in_time(issued=tomorrow, submitted=date(2026, 11, 22))
    assert refused == Refusal("evidence.issued_later", {"issued": tomorrow})


def test_samples_are_what_they_say() -> None:
    assert struct.unpack(">II", png(7, 9)[16:24]) == (7, 9)
