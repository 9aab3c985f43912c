"""Payment references: the Finnish reference number (viite) and the international RF (ISO 11649)."""

from typing import Final

from stdnum import iso11649

from registry.settlement.rules import finnish_check_digit

LONGEST: Final = 20
"""Digits of a Finnish reference number, its check digit included (Finance Finland)."""


def read_payment_reference(written: str) -> str | None:
    """The reference without spaces and leading zeros if its check digits fit; None when it is no reference. A wrong
    digit is the payer's slip, so such a text stays text and is never taken for another's reference."""
    compact = "".join(written.split()).upper()
    if compact.startswith("RF"):
        return str(iso11649.compact(compact)) if iso11649.is_valid(compact) else None
    digits = compact.lstrip("0")
    if not digits.isascii() or not digits.isdigit() or not 4 <= len(digits) <= LONGEST:
        return None
    return digits if finnish_check_digit(digits[:-1]) == digits[-1] else None


def core(reference: str) -> str:
    """What the same reference has in common as RF and as a national number: its digits."""
    if not reference.startswith("RF"):
        return reference
    return reference[4:].lstrip("0")
