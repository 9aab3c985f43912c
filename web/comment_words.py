"""Comments in words: the marks of what was masked, the reasons why one is kept back, and when it was written."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from registry.quality.comments.masking import LOOKED_AT, MEASURED, Measured
from registry.quality.comments.patterns import MARK
from web.translations import N_, gettext

MARKS: Final[dict[str, str]] = {
    "identity_code": N_("[identity code]"),
    "business_id": N_("[business id]"),
    "phone": N_("[phone number]"),
    "email": N_("[e-mail address]"),
    "web": N_("[web address]"),
    "address": N_("[address]"),
    "bank_account": N_("[account number]"),
    "vehicle": N_("[number plate]"),
    "name": N_("[name]"),
    "coach": N_("[a coach]"),
}

REASONS: Final[dict[str, str]] = {
    "names_a_person": N_("It names a person, or one can tell who is meant"),
    "third_person": N_("It tells about somebody else’s private life"),
    "health": N_("It tells about somebody’s health"),
    "abuse": N_("It insults somebody"),
    "threat": N_("It threatens somebody"),
    "advertising": N_("It is advertising"),
    "off_topic": N_("It is not about the service"),
    "not_understandable": N_("It cannot be understood"),
}

KEEP_BACK: Final[dict[str, str]] = {
    "names_a_person": N_("Keep back: it names a person, or one can tell who is meant"),
    "third_person": N_("Keep back: it tells about somebody else’s private life"),
    "health": N_("Keep back: it tells about somebody’s health"),
    "abuse": N_("Keep back: it insults somebody"),
    "threat": N_("Keep back: it threatens somebody"),
    "advertising": N_("Keep back: it is advertising"),
    "off_topic": N_("Keep back: it is not about the service"),
    "not_understandable": N_("Keep back: it cannot be understood"),
}

MOMENTS: Final[dict[str, str]] = {
    "after": N_("Written right after the service"),
    "half_year": N_("Written half a year after the service"),
}


def words_shown(text: str) -> Markup:
    """A masked text for a page: everything escaped, and each mark in the reader's language."""
    parts = MARK.split(text)
    return Markup("").join(
        Markup('<span class="masked">{}</span>').format(gettext(MARKS[part])) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def marked_text(text: str) -> str:
    """The same as plain text."""
    return "".join(gettext(MARKS[part]) if place % 2 else part for place, part in enumerate(MARK.split(text)))


def moment_text(moment: str) -> str:
    return gettext(MOMENTS[moment])


def reason_text(reason: str) -> str:
    return gettext(REASONS[reason])


def masked_text(kinds: Sequence[str]) -> list[str]:
    """The kinds of what was masked, as they stand in the text."""
    return [gettext(MARKS[kind]) for kind in kinds]


def masking_measured() -> tuple[Measured, Measured]:
    """How masking did on comments that it was made with, and on those it was not."""
    return LOOKED_AT, MEASURED
