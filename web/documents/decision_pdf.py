"""A decision as a PDF: accessible (PDF/UA-1), in the applicant's language, with the words that went out and no others."""

from pathlib import Path
from typing import Final, Literal

import orjson
import typst

from registry.providers.decisions.document import DecisionText, text_document

FOLDER: Final = Path(__file__).parent


def decision_pdf(text: DecisionText, organiser: str) -> bytes:
    """The document of a decision. Takes some milliseconds of computing: call it in a thread."""
    try:
        return _compile(text, organiser, "ua-1")
    except typst.TypstError:
        # a name in a script that our fonts lack cannot be tagged as the standard asks; a paper is better than none
        return _compile(text, organiser, "1.7")


def _compile(text: DecisionText, organiser: str, standard: Literal["ua-1", "1.7"]) -> bytes:
    data = text_document(text) | {"organiser": organiser}
    return typst.compile(
        str(FOLDER / "decision.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": orjson.dumps(data).decode()},
        pdf_standards=standard,
    )
