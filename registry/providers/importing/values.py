"""Reading one cell: what is mended, what is left out, and what makes the whole row bad."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from registry.providers.rules import LONGEST_NAME, METHODS, PROVIDER_FORMS, search_words
from registry.shared.errors import Invalid
from registry.shared.money import Money


class BadValue(Exception):
    """The value cannot be read as what it should be."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell about a cell: in the reject file when it rejects, else in the warnings."""

    code: str
    column: str
    value: str


def clean(text: str) -> tuple[str, list[str]]:
    """The cell's text with single spaces and trimmed, and codes of what had to be mended.

    Control characters raise BadValue: they are no part of any text, and what they replaced is not known.
    """
    if text.isprintable() and "\ufffd" not in text:
        return " ".join(text.split()), []
    codes = []
    if any(c in "\r\n" for c in text):
        codes.append("value.line_break")
    kept = []
    for c in text:
        category = unicodedata.category(c)
        if category == "Cc" and c not in "\r\n\t":
            raise BadValue("value.control_character")
        if category in {"Cf", "Cs", "Co", "Cn"}:
            codes.append("value.invisible_character")
        else:
            kept.append(c)
    if "\ufffd" in text:
        codes.append("value.lost_character")
    return " ".join("".join(kept).split()), list(dict.fromkeys(codes))


def plain_text(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise BadValue("value.too_long")
    return text


def name(text: str) -> str:
    if not search_words(text):
        raise BadValue("name.unreadable")
    return plain_text(text)


_URL: Final = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d{1,5})?(?:[/?#]\S*)?", re.I
)


def web_address(text: str) -> tuple[str, str | None]:
    """A web address, and the code of what was mended: a missing `//`, `http:www…`, `https/www…`, a space after
    `www.`, or several addresses of which the first is kept. Mail addresses and street addresses are none."""
    if len(text) > LONGEST_NAME:
        raise BadValue("value.too_long")
    mended = re.sub(r"^www\.\s+", "www.", text, flags=re.I)
    mended = re.sub(r"^www:", "www.", mended, flags=re.I)
    mended = re.sub(r"^(https?):?/{0,2}(?=www\.)", r"\1://", mended, flags=re.I)
    addresses = [_absolute(part.rstrip(",;")) for part in mended.split()]
    if any("@" in address.split("/")[2] for address in addresses):
        raise BadValue("website.is_an_email")
    if not addresses or not all(_URL.fullmatch(address) for address in addresses):
        raise BadValue("website.unreadable")
    return addresses[0], None if _absolute(text) == addresses[0] else "website.mended"


def _absolute(text: str) -> str:
    return text if re.match(r"[a-z][a-z0-9+.-]*://", text, flags=re.I) else f"https://{text}"


def email(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\".]{2,}", text) or len(text) > 254:
        raise BadValue("email.unreadable")
    return text


def phone(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9 ()./x-]{5,40}", text):
        raise BadValue("phone.unreadable")
    return text


def one_of(codes: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in codes:
            raise BadValue("value.unknown_code")
        return text

    return read


def cents(text: str) -> int:
    try:
        amount = Money.parse(text).cents
    except Invalid:
        raise BadValue("price.unreadable") from None
    if amount <= 0:
        raise BadValue("price.unreadable")
    return amount


def basis_points(text: str) -> int:
    """A VAT rate in per cent: `25.5`, `25,5 %`."""
    try:
        rate = Decimal(text.replace(",", ".").removesuffix("%").strip()) * 100
    except InvalidOperation:
        raise BadValue("vat_rate.unreadable") from None
    if not rate.is_finite() or rate != rate.to_integral_value() or not 0 <= rate <= 10_000:
        raise BadValue("vat_rate.unreadable")
    return int(rate)


def whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadValue("number.unreadable")
    return int(text)


_FLAGS: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise BadValue("value.unknown_code")
    return _FLAGS[text.lower()]


def day(text: str, date_format: str | None = None) -> date:
    try:
        found = datetime.strptime(text, date_format).date() if date_format else date.fromisoformat(text)
    except ValueError:
        raise BadValue("date.unreadable") from None
    if not 1990 <= found.year <= 2100:
        raise BadValue("date.unreadable")
    return found


READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "name": name,
    "form": one_of(PROVIDER_FORMS),
    "company_group": plain_text,
    "street": plain_text,
    "postal_code": plain_text,
    "city": plain_text,
    "municipality_code": plain_text,
    "email": email,
    "phone": phone,
    "unit_price": cents,
    "vat_rate": basis_points,
    "places": whole_number,
    "method": one_of(METHODS),
    "remote": flag,
    "first_talk_free": flag,
    "same_coach": flag,
    "service": plain_text,
}
"""How each field is read; web addresses and dates have more to say and are read apart."""


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text has the mapping's pattern."""
    return re.fullmatch(pattern, text) is not None
