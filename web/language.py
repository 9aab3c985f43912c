"""In which language a request is answered, and whether in easy Finnish."""

import re
from typing import Final

from web.translations import SELKO, negotiate, speak

IN_SELKO: Final = re.compile(r"/my(/.*)?|/vouchers/[^/]+/(choose|matters|refuse)(/.*)?")
"""The pages that have an easy Finnish text: the jobseeker's own, and the same ones read together with a case worker.
Elsewhere it is Finnish, and the reader's wish for easy Finnish is kept for when they come back."""


def settle_language(picked: str | None, accept_language: str | None, path: str) -> None:
    """`picked` is what the person chose, now (the cookie) or once (the account); accounts know no easy Finnish."""
    speak(
        negotiate(picked, accept_language),
        selko=picked == SELKO,
        offered=IN_SELKO.fullmatch(path) is not None,
    )
