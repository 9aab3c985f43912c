"""A claim on a provider as a letter: accessible (PDF/UA-1), in the reader's language, its sum and day those of the moment
it was made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import orjson
import typst

FOLDER: Final = Path(__file__).parent


def claim_pdf(facts: Mapping[str, Any]) -> bytes:
    """The document made of `facts`, the texts that claim.typ names. Call it in a thread."""
    try:
        return _compile(facts, "ua-1")
    except typst.TypstError:
        # a name in a script that our fonts lack cannot be tagged as the standard asks; a paper is better than none
        return _compile(facts, "1.7")


def _compile(facts: Mapping[str, Any], standard: Literal["ua-1", "1.7"]) -> bytes:
    return typst.compile(
        str(FOLDER / "claim.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": orjson.dumps(dict(facts)).decode()},
        pdf_standards=standard,
    )
