"""Whether bytes are a whole PNG or JPEG of a size that a viewer can open, told from their structure. Pure.

Nothing is decoded: a picture that says it has a billion pixels is refused for saying so, before anything makes room
for them. Every byte must belong to the picture, or it could be a second file to whoever reads it from its end.
"""

import re
import zlib
from typing import Final

from registry.shared.errors import Refusal

MOST_PIXELS: Final = 50_000_000
"""A page at 600 dpi has 35 million; a good telephone's camera takes 50."""
LONGEST_SIDE: Final = 30_000

TRUNCATED: Final = Refusal("file.truncated")
DAMAGED: Final = Refusal("file.damaged")
TRAILING: Final = Refusal("file.trailing_data")

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
JPEG_START: Final = b"\xff\xd8\xff"

_PNG_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""Colour type → the bit depths that it may have."""

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ZEROS: Final = re.compile(rb"\0*")
_PHONE_TRAILER: Final = 65_536


def _size_problem(width: int, height: int) -> Refusal | None:
    if not width or not height:
        return DAMAGED
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        facts = {"width": width, "height": height, "most_pixels": MOST_PIXELS}
        return Refusal("file.picture_too_large", facts)
    return None


def png_problem(content: bytes) -> Refusal | None:
    """What is wrong with a PNG, whose first bytes have been looked at already; None where nothing is."""
    place, seen_data = len(PNG_START), False
    while True:
        head = content[place : place + 8]
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        end = place + 12 + length
        if len(head) < 8 or end > len(content):
            return TRUNCATED
        body = content[place + 8 : end - 4]
        if zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(content[end - 4 : end], "big"):
            return DAMAGED
        if place == len(PNG_START):
            if problem := _png_header_problem(kind, body):
                return problem
        elif kind == b"IEND":
            if not seen_data or length:
                return DAMAGED
            return TRAILING if end < len(content) else None
        seen_data = seen_data or kind == b"IDAT"
        place = end


def _png_header_problem(kind: bytes, body: bytes) -> Refusal | None:
    if kind != b"IHDR" or len(body) != 13:
        return DAMAGED
    depth, colour = body[8], body[9]
    if depth not in _PNG_DEPTHS.get(colour, ()):
        return DAMAGED
    return _size_problem(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"))


def jpeg_problem(content: bytes) -> Refusal | None:
    """What is wrong with a JPEG; None where nothing is. After its end only what telephones put there is taken: more
    JPEG pictures (a preview, a second exposure), zeros, and one maker's small trailer."""
    place = 0
    while content.startswith(JPEG_START, place):
        end = _one_jpeg(content, place)
        if isinstance(end, Refusal):
            return end
        zeros = _ZEROS.match(content, end)
        place = zeros.end() if zeros else end
    rest = len(content) - place
    phone = content.endswith(b"SEFT") and content.find(b"SEFH", place) >= 0
    return None if not rest or (phone and rest <= _PHONE_TRAILER) else TRAILING


def _one_jpeg(content: bytes, place: int) -> int | Refusal:
    """Where the picture that begins at `place` ends."""
    place += 2
    framed = scanned = False
    while True:
        while content.startswith(b"\xff\xff", place):
            place += 1
        if place + 2 > len(content):
            return TRUNCATED
        marker = content[place + 1]
        if content[place] != 0xFF or marker in _ALONE or marker == _SOI:
            return DAMAGED
        if marker == _EOI:
            return place + 2 if scanned else DAMAGED
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        end = place + 2 + length
        if end > len(content):
            return TRUNCATED
        if length < 2:
            return DAMAGED
        if marker in _FRAMES:
            if framed or length < 8:
                return DAMAGED
            height, width = (int.from_bytes(content[place + n : place + n + 2], "big") for n in (5, 7))
            if problem := _size_problem(width, height):
                return problem
            framed = True
        place = end
        if marker == _SOS:
            if not framed:
                return DAMAGED
            scanned = True
            found = _END_OF_SCAN.search(content, place)
            if found is None:
                return TRUNCATED
            place = found.start()
