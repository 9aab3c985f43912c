"""Whether bytes are a whole PDF of which an officer sees all that there is. Pure.

Refused, because an officer verifies what the page shows: a PDF that is encrypted (nobody could look into it), one that
does things by itself (scripts, forms that send, programs that start) and one that carries other files. A certificate
needs none of that, and printing it to a new PDF takes it off. This is care, not a virus scanner: files are also served
only as downloads, and never run here. Names are looked for in plain objects and in compressed ones, also when they are
written with #-escapes.
"""

import re
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Final

from registry.shared.errors import Refusal

PDF_START: Final = b"%PDF-"

_VERSION: Final = re.compile(rb"%PDF-[12]\.[0-9][\s%]")
_WHITE: Final = b"\x00\t\n\x0c\r "
_END: Final = re.compile(rb"startxref\s+([0-9]{1,10})\s+%%EOF\Z")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME_ENDS: Final = rb"(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
_ENCRYPTED: Final = re.compile(rb"/Encrypt" + _NAME_ENDS)
_ACTIVE: Final = re.compile(
    rb"/(JavaScript|Launch|SubmitForm|ImportData|RichMedia|Rendition|XFA|GoToE|EmbeddedFiles?)" + _NAME_ENDS
)
_OBJECT_STREAM: Final = re.compile(rb"/ObjStm" + _NAME_ENDS)
_STREAM: Final = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
_DEFLATED: Final = re.compile(rb"/Filter\s*\[?\s*/FlateDecode\s*\]?\s*[/>]")
_NUMBERS_FIRST: Final = re.compile(rb"[\s0-9]*[0-9]\s+[0-9]+\s")
_DICTIONARY: Final = 2_048
_LOOK: Final = 256
MOST_UNPACKED: Final = 64_000_000
MOST_STREAMS: Final = 20_000
"""More than any certificate has: looking into each takes its time."""

_DAMAGED: Final = Refusal("file.damaged")
_UNREADABLE: Final = Refusal("file.pdf_unreadable")
"""It holds objects that are packed in a way that cannot be looked into."""


def pdf_problem(content: bytes) -> Refusal | None:
    """What is wrong with a PDF, whose first bytes have been looked at already; None where nothing is."""
    if not _VERSION.match(content):
        return _DAMAGED
    whole = content.rstrip(_WHITE)
    ending = _END.search(whole, max(0, len(whole) - 64))
    if ending is None:
        return Refusal("file.trailing_data" if b"%%EOF" in content else "file.truncated")
    if int(ending[1]) >= ending.start():
        return _DAMAGED
    plain = _plain(content)
    if _ENCRYPTED.search(plain):
        return Refusal("file.pdf_encrypted")
    for part in chain([plain], _unpacked(content)):
        if isinstance(part, Refusal):
            return part
        if found := _ACTIVE.search(part):
            return Refusal("file.pdf_active", {"found": found[1].decode()})
    return None


def _plain(part: bytes) -> bytes:
    """With names as they are read: /J#61vaScript is /JavaScript."""
    return _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), part)


def _unpacked(content: bytes) -> Iterator[bytes | Refusal]:
    """Every compressed stream that holds objects, or looks as if: one says so in its dictionary, or begins with the
    numbers of its objects."""
    left, view = MOST_UNPACKED, memoryview(content)
    for number, stream in enumerate(_STREAM.finditer(content)):
        if number >= MOST_STREAMS:
            yield _UNREADABLE
        dictionary = _plain(content[max(0, stream.start() - _DICTIONARY) : stream.start()])
        dictionary = dictionary[dictionary.rfind(b"endobj") + 1 :]
        said = _OBJECT_STREAM.search(dictionary) is not None
        if (
            said
            and b"/Filter" in dictionary
            and (not _DEFLATED.search(dictionary) or b"/Predictor" in dictionary)
        ):
            yield _UNREADABLE
        try:
            first = zlib.decompressobj().decompress(view[stream.end() : stream.end() + 4 * _LOOK], _LOOK)
            if not said and not _NUMBERS_FIRST.match(first):
                continue
            objects = zlib.decompressobj().decompress(view[stream.end() :], left)
        except zlib.error:
            if said and b"/Filter" in dictionary:
                yield _UNREADABLE
            continue
        left -= len(objects)
        if left <= 0:
            yield _UNREADABLE
            return
        yield _plain(objects)
