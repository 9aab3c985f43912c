"""The text of a PDF in the order of its content, which is the order in which a screen reader reads ours."""

import io

from pypdf import PdfReader


def pdf_text(content: bytes) -> str:
    """All that is shown, page after page, with every run of blanks as one."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
