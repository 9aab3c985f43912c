"""Canonical JSON (RFC 8785): the one byte form of a document, so that its hash is the same on every machine."""

from typing import Any, Final

import orjson
import rfc8785

_SAFE: Final = 2**53
"""Larger whole numbers are not exact in every JSON reader; RFC 8785 refuses them, and so does the slow way."""


def canonical_json(document: Any) -> bytes:
    """The canonical bytes of a document.

    Nearly all documents here are of text, whole numbers and null with ASCII names. For those orjson's sorted form is
    the canonical one, and many times faster, which redemption feels: every one writes an event. Whatever else comes
    goes through the reference implementation, which also refuses what has no such form.
    """
    if _plain(document):
        try:
            return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:
            pass  # half a character, or nested too deep: left to the reference implementation and its words
    return rfc8785.dumps(document)


def _plain(value: Any) -> bool:
    """Whether both ways give the same bytes. Names are sorted by UTF-16 units there and by code points here, and
    numbers with a fraction are written differently; subclasses may write themselves as they like."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_SAFE < value < _SAFE)
    if kind is dict:
        for name, item in value.items():
            if type(name) is not str or not name.isascii():
                return False
            if type(item) is not str and item is not None and not _plain(item):
                return False
        return True
    if kind is list:
        return all(map(_plain, value))
    return False
