"""Which files are taken as evidence, under which name they are handed out, and how old evidence may be.

What a file is, its content says: neither its name nor what a browser claims. PDF, PNG and JPEG are taken, because every
officer can open them and they hold what they show.
"""

import re
import struct
import unicodedata
from datetime import date
from enum import StrEnum
from typing import Final

from registry.providers.files.pdf import PDF_START, pdf_problem
from registry.providers.files.pictures import JPEG_START, PNG_START, jpeg_problem, png_problem
from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.working_days import months_after

MOST_BYTES: Final = 10 * 1024 * 1024
EVIDENCE_MONTHS: Final = 3
"""Where a legal regime does not say otherwise (Act on the Contractor's Obligations 1233/2006 § 5)."""

LONGEST_NAME: Final = 100


class FileKind(StrEnum):
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"

    @property
    def media_type(self) -> str:
        return "application/pdf" if self is FileKind.PDF else f"image/{self}"

    @property
    def ending(self) -> str:
        return "jpg" if self is FileKind.JPEG else str(self)


TOO_LARGE: Final = Refusal("file.too_large", {"most_bytes": MOST_BYTES})

_STARTS: Final = ((PDF_START, FileKind.PDF), (PNG_START, FileKind.PNG), (JPEG_START, FileKind.JPEG))
_PROBLEM: Final = {FileKind.PDF: pdf_problem, FileKind.PNG: png_problem, FileKind.JPEG: jpeg_problem}

_HEAD: Final = 1_024
"""Readers of HTML and PDF look for a beginning this far."""
_WEB: Final = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?php)", re.IGNORECASE)
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_TAIL: Final = 22 + 65_535


def examine(content: bytes) -> FileKind | Refusal:
    """What the file is, or why it is not taken. Looks at every byte's place in the structure, decodes no picture."""
    if not content:
        return Refusal("file.empty")
    if len(content) > MOST_BYTES:
        return TOO_LARGE
    kind = next((kind for start, kind in _STARTS if content.startswith(start)), None)
    if kind is None:
        return Refusal("file.kind_not_taken")
    if _another_format(content, kind):
        return Refusal("file.another_format")
    return _PROBLEM[kind](content) or kind


def _another_format(content: bytes, kind: FileKind) -> bool:
    """Whether the same bytes are a page, a PDF or an archive to another reader: such a file passes one check and is
    opened as something else."""
    head = content[:_HEAD]
    if _WEB.search(head) or (kind is not FileKind.PDF and PDF_START in head):
        return True
    place = len(content)
    while (place := content.rfind(_ZIP_END, max(0, len(content) - _ZIP_TAIL), place)) >= 0:
        record = content[place + 4 : place + 22]
        if len(record) == 18:
            disk, first_disk, _, _, size, offset, _ = struct.unpack("<HHHHIIH", record)
            if not disk and not first_disk and size + offset <= place:
                return True
    return False


def shown_name(given: str | None, kind: FileKind) -> str:
    """The name under which a file is handed out: of what its sender called it the last part, without what could
    lead a path or an eye astray (control and direction characters), and with the ending of what it is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given or ""))[-1]
    visible = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ")
    bare = re.sub(r'[<>:"|?*;%]', "", visible)
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", bare).strip(" .")[:LONGEST_NAME].strip(" .")
    return f"{stem or 'file'}.{kind.ending}"


# --- age --------------------------------------------------------------------------------------------------------------


def evidence_good_until(issued: date, *, months: int = EVIDENCE_MONTHS) -> date:
    """The last day on which evidence may be submitted. A limit on a paper's age, not a period for acting: it does not
    move to a working day."""
    return months_after(issued, months)


def evidence_in_time(*, issued: date, submitted: date, months: int = EVIDENCE_MONTHS) -> Decision:
    """Whether evidence was young enough on the day of submission; what happens to its age later does not matter."""
    if issued > submitted:
        return Refusal("evidence.issued_later", {"issued": issued})
    until = evidence_good_until(issued, months=months)
    if submitted > until:
        return Refusal("evidence.too_old", {"issued": issued, "until": until, "months": months})
    return ACCEPTED
