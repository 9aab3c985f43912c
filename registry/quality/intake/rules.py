"""What is known of a client before the choice, as bands: the ground of a fair comparison.

Taking hard cases must not look like doing bad work, so what may be expected is worked out from these facts. They are
fixed before the choice: whoever could set them afterwards could set the result.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from registry.people.rules import AGE_BANDS as AGES
from registry.people.rules import EDUCATIONS, MOST_MONTHS
from registry.shared.errors import ACCEPTED, Decision, Refusal

__all__ = ["AGES", "AREA_BANDS", "EDUCATIONS", "FACTS", "LANGUAGES", "MONTHS_BANDS", "MOST_MONTHS"]

LANGUAGES: Final = ("fi_sv", "other")
"""Whether Finnish or Swedish is the client's language: finer would single people out."""

_MONTHS: Final = ((3, "under_3"), (6, "3_to_5"), (12, "6_to_11"), (24, "12_to_23"))
MONTHS_BANDS: Final = (*(name for _, name in _MONTHS), "24_plus")
_AREA: Final = ((800, "under_8"), (1_000, "8_to_9"), (1_200, "10_to_11"))
AREA_BANDS: Final = (*(name for _, name in _AREA), "12_plus", "not_known")

FACTS: Final = ("months_unemployed", "education", "age", "language", "area_unemployment")
"""The facts that an expected result is worked out from, in this order everywhere."""


@dataclass(frozen=True, slots=True)
class IntakeFacts:
    """What a case worker says of a client when a voucher is granted; the rest is on file already."""

    months_unemployed: int
    education: str = "not_known"


def facts_fit(facts: IntakeFacts) -> Decision:
    """Whether these can be facts."""
    if not 0 <= facts.months_unemployed <= MOST_MONTHS:
        return Refusal("intake.months_out_of_range", {"most": MOST_MONTHS})
    if facts.education not in EDUCATIONS:
        return Refusal("intake.education_unknown")
    return ACCEPTED


def language_band(service_languages: Collection[str]) -> str:
    """Whether the client can use a service in Finnish or Swedish."""
    return "fi_sv" if {"fi", "sv"} & set(service_languages) else "other"


def months_band(months: int) -> str:
    """How long the client has been unemployed, in whole months."""
    return next((name for below, name in _MONTHS if months < below), "24_plus")


def area_band(rate_bp: int | None) -> str:
    """The unemployment of the client's municipality; `rate_bp`: hundredths of a per cent of the labour force."""
    if rate_bp is None:
        return "not_known"
    return next((name for below, name in _AREA if rate_bp < below), "12_plus")


def enough_known(*, n: int, known: int) -> bool:
    """Whether facts are known of at least four fifths of a provider's people: of the others the model can only say
    what is usual, and a comparison made of that would be none."""
    return known > 0 and 5 * known >= 4 * n
