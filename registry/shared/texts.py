"""Texts that people and machines send, made fit to keep, and fit to hand on: the last word, whichever door they came
through."""

from typing import Final

from registry.shared.errors import Invalid

LINE: Final = 200
PASSAGE: Final = 4_000


def single_line(field: str, text: str, *, longest: int = LINE, required: bool = True) -> str:
    """Trimmed text of one line, without control characters, at most `longest` characters.

    Raises Invalid naming the field: field.required, field.too_long, field.control_character.
    """
    return _clean(field, text, longest=longest, required=required, breaks="")


def passage(field: str, text: str, *, longest: int = PASSAGE, required: bool = True) -> str:
    """As `single_line`, of several lines."""
    return _clean(field, text.replace("\r\n", "\n"), longest=longest, required=required, breaks="\n\t")


def _clean(field: str, text: str, *, longest: int, required: bool, breaks: str) -> str:
    trimmed = text.strip()
    if required and not trimmed:
        raise Invalid("field.required", errors={field: "field.required"})
    if len(trimmed) > longest:
        raise Invalid("field.too_long", errors={field: "field.too_long"}, longest=longest)
    if not all(character.isprintable() or character in breaks for character in trimmed):
        raise Invalid("field.control_character", errors={field: "field.control_character"})
    return trimmed


def harmless_in_spreadsheet(text: str) -> str:
    """A text for a CSV file: one that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
