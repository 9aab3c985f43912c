"""What is known of a client before the choice, as bands: the ground of a fair comparison.

Taking hard cases must not look like doing bad work, so what may be expected is worked out from these facts. They are
fixed before the choice: whoever could set them afterwards could set the result.
"""

from typing import Final

EDUCATIONS: Final = ("basic", "secondary", "higher", "not_known")
AGES: Final = ("under_20", "20_24", "25_29", "30_plus")
LANGUAGES: Final = ("fi_sv", "other")
"""Whether Finnish or Swedish is the client's language: finer would single people out."""

_MONTHS: Final = ((3, "under_3"), (6, "3_to_5"), (12, "6_to_11"), (24, "12_to_23"))
MONTHS_BANDS: Final = (*(name for _, name in _MONTHS), "24_plus")
_AREA: Final = ((800, "under_8"), (1_000, "8_to_9"), (1_200, "10_to_11"))
AREA_BANDS: Final = (*(name for _, name in _AREA), "12_plus", "not_known")

FACTS: Final = ("months_unemployed", "education", "age", "language", "area_unemployment")
"""The facts that an expected result is worked out from, in this order everywhere."""

MOST_MONTHS: Final = 720


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
