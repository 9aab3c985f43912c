"""The text of a PDF that our own typesetter made, read back by the fonts' own tables: what a screen reader reads.

No general reader of PDF: it knows uncompressed objects, Flate streams and Identity-H fonts with ToUnicode tables.
"""

import re
import zlib
from collections.abc import Iterator

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)endobj", re.S)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
_HEX_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|<([0-9A-Fa-f\s]*)>|\((.*?)(?<!\\)\)", re.S)


def pdf_text(content: bytes) -> str:
    """All that is shown, page after page, with every run of blanks as one."""
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(content)}
    text = "".join(_page_text(objects, page) for page in _pages(objects))
    return " ".join(text.split())


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found
    return zlib.decompress(found[1]) if b"FlateDecode" in body else found[1]


def _pages(objects: dict[int, bytes]) -> Iterator[bytes]:
    (root,) = [body for body in objects.values() if b"/Type/Pages" in body and b"/Parent" not in body]
    yield from _kids(objects, root)


def _kids(objects: dict[int, bytes], node: bytes) -> Iterator[bytes]:
    kids = re.search(rb"/Kids\[([^\]]*)\]", node)
    if kids is None:
        yield node
        return
    for number in re.findall(rb"(\d+) 0 R", kids[1]):
        yield from _kids(objects, objects[int(number)])


def _reference(body: bytes, name: bytes) -> int:
    found = re.search(name + rb"\s*(\d+) 0 R", body)
    assert found, (name, body[:200])
    return int(found[1])


def _fonts(objects: dict[int, bytes], page: bytes) -> dict[bytes, dict[int, str]]:
    resources = objects[_reference(page, rb"/Resources")]
    named = re.search(rb"/Font<<(.*?)>>", resources)
    assert named
    fonts = {}
    for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", named[1]):
        table = _stream(objects[_reference(objects[int(number)], rb"/ToUnicode")])
        fonts[name] = dict(_pairs(table))
    return fonts


def _pairs(table: bytes) -> Iterator[tuple[int, str]]:
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.S):
        for glyph, said in _HEX_PAIR.findall(block):
            yield int(glyph, 16), bytes.fromhex(said.decode()).decode("utf-16-be")


def _page_text(objects: dict[int, bytes], page: bytes) -> str:
    fonts, font, said = _fonts(objects, page), {}, []
    content = _stream(objects[_reference(page, rb"/Contents")])
    for block in re.split(rb"\bBT\b", content)[1:]:
        for name, hexed, literal in _SHOWN.findall(block.split(b"ET")[0]):
            if name:
                font = fonts[name]
                continue
            glyphs = bytes.fromhex(hexed.decode()) if hexed else _unescaped(literal)
            said += [font.get(code, "?") for code in _codes(glyphs)]
        said.append(" ")
    return "".join(said)


def _codes(glyphs: bytes) -> Iterator[int]:
    for place in range(0, len(glyphs) - 1, 2):
        yield int.from_bytes(glyphs[place : place + 2])


_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescaped(literal: bytes) -> bytes:
    def said(found: re.Match[bytes]) -> bytes:
        if found[1].isdigit():
            return bytes([int(found[1], 8)])
        return _ESCAPED.get(found[1], found[1])

    return re.sub(rb"\\([0-7]{1,3}|.)", said, literal, flags=re.S)
