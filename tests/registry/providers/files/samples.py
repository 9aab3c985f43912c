"""Small files of each kind, whole and spoilt. Structure is what is looked at, so most hold no picture at all."""

import io
import struct
import zipfile
import zlib
from functools import cache

import typst


def png_chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int = 1,
    height: int = 1,
    *,
    depth: int = 8,
    colour: int = 0,
    middle: bytes = b"",
    data: bytes | None = None,
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"\0\0") if data is None else data
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + middle
        + png_chunk(b"IDAT", pixels)
        + png_chunk(b"IEND")
    )


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_frame(width: int = 8, height: int = 8, *, marker: int = 0xC0) -> bytes:
    return segment(marker, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")


SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"


def jpeg(
    width: int = 8, height: int = 8, *, before: bytes = b"", frame: bytes | None = None, scans: bytes = SCAN
) -> bytes:
    start = b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    return start + before + (jpeg_frame(width, height) if frame is None else frame) + scans + b"\xff\xd9"


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of the given objects beside its catalogue, with a right table and a right end."""
    body = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate((b"<< /Type /Catalog /Pages 2 0 R >>", *objects), start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(places) + 1,
        trailer,
        table,
    )
    return bytes(body)


def stream(content: bytes, dictionary: bytes = b"/Filter /FlateDecode") -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (dictionary, len(content), content)


def object_stream(
    objects: bytes, dictionary: bytes = b"/Type /ObjStm /N 1 /First 5 /Filter /FlateDecode"
) -> bytes:
    return stream(zlib.compress(b"9 0  " + objects), dictionary)


@cache
def real_pdf() -> bytes:
    """As a program makes them: compressed objects, fonts, a picture of text."""
    return typst.compile("= Todistus\nVerovelkaa ei ole. Päiväys 2.11.2026.".encode())


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("run.txt", "x")
    return packed.getvalue()
