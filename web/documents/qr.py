"""QR codes, and what a voucher's code says: `PS1:NUMBER:SECRET`."""

import io
import re
from typing import Final

import segno

from registry.shared.identifiers import NUMBER_LENGTH, SECRET_LENGTH, clean_code

PREFIX: Final = "PS1"
"""Names the kind of code and its version, so that a scanner knows it from any other."""

_CODE: Final = re.compile(
    rf"{PREFIX}:([0-9A-Z]{{{NUMBER_LENGTH}}}):([0-9A-Z]{{{SECRET_LENGTH}}})", re.IGNORECASE
)


def voucher_code(number: str, secret: str) -> str:
    """What the QR code of a voucher holds."""
    return f"{PREFIX}:{number}:{secret}"


def read_code(number: str, secret: str) -> tuple[str, str]:
    """What was typed, or a whole code that a hand-held scanner wrote into either field."""
    for text in (number, secret):
        found = _CODE.fullmatch(text.strip())
        if found:
            return clean_code(found[1]), clean_code(found[2])
    return number, secret


def inline_svg(text: str, label: str) -> str:
    """The code as SVG for a page: no style attributes, which the content security policy forbids, and a name for
    those who do not see it. Error correction M: a scratched screen still scans."""
    code = segno.make(text, error="m", micro=False)
    return code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, title=label, border=4, dark="#000")


def svg_file(text: str) -> bytes:
    """The same as an SVG document, for a PDF."""
    written = io.BytesIO()
    segno.make(text, error="m", micro=False).save(written, kind="svg", border=4, omitsize=True, light="#fff")
    return written.getvalue()
