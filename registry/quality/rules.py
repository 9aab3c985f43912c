"""What is measured, what counts, and when a figure is a blank with a reason.

Outcomes, reviews and process facts are separate measures and are never mixed into one number: a star would hide
which of them it is made of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal

METHOD: Final = "2"
"""Version of the method that new releases are made by; each keeps its own, and no change of method rewrites it."""

FEWEST: Final = 5
"""No figure from fewer people, and no change of a figure by fewer: nobody may be recognised, nor had by subtraction."""

FEWEST_TO_EXPECT: Final = 200
"""No expected result in a service with fewer people whose circumstances are known: simulated with a hundred and weak
effects, what the facts foretell is further from the truth than what is usual for everybody (decision 0025)."""

SHARE_SCALE: Final = 10_000
"""Published shares are whole ten-thousandths, so that a release is the same bytes on every machine."""


class CountsAs(StrEnum):
    """What an outcome category means for n and k."""

    GOOD = "good"
    OTHER = "other"
    OUTSIDE = "outside"
    """A neutral exit (parental leave, military service, illness): neither good nor bad, so not in n."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StandardCategory:
    """An outcome category that every installation starts with."""

    code: str
    counts_as: CountsAs
    name_fi: str
    name_sv: str
    name_en: str


STANDARD_CATEGORIES: Final = (
    StandardCategory("open_job", CountsAs.GOOD, "Työssä avoimilla työmarkkinoilla", "I arbete på den öppna "
                     "arbetsmarknaden", "In a job on the open market"),
    StandardCategory("subsidised_job", CountsAs.GOOD, "Palkkatuetussa työssä", "I arbete med lönesubvention",
                     "In a subsidised job"),
    StandardCategory("self_employed", CountsAs.GOOD, "Yrittäjänä", "Företagare", "Self-employed"),
    StandardCategory("study_place", CountsAs.GOOD, "Opiskelemassa", "I studier", "Studying"),
    StandardCategory("other_service", CountsAs.OTHER, "Toisessa palvelussa", "I en annan tjänst",
                     "In another service"),
    StandardCategory("none", CountsAs.OTHER, "Työttömänä", "Arbetslös", "Unemployed"),
    StandardCategory("neutral_exit", CountsAs.OUTSIDE, "Muu syy, esimerkiksi perhevapaa, varusmiespalvelus tai "
                     "sairaus", "Annan orsak, till exempel familjeledighet, beväringstjänst eller sjukdom",
                     "Another reason, such as parental leave, military service or illness"),
    StandardCategory("unknown", CountsAs.UNKNOWN, "Ei tiedossa", "Inte känt", "Not known"),
)  # fmt: skip

MONTHS: Final = (3, 6, 12)


class Moment(StrEnum):
    """When a review was asked for: two series, never added together."""

    AFTER = "after"
    HALF_YEAR = "half_year"


HALF_YEAR_DAYS: Final = 182

ASPECTS: Final = ("welcome", "coaching", "usefulness", "contact", "timing")
LEAST_GOOD_SCORE: Final = 8
"""Reviews are shown as the share of clients scoring this or more of 10: a mean of scores hides who was unhappy."""


class Kind(StrEnum):
    SHARE = "share"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured; `settles_after` is how many days an admission needs before it can have any."""

    code: str
    kind: Kind
    settles_after: int


def outcome_measure(month: int) -> str:
    return f"outcome_{month}"


def review_measure(moment: str, aspect: str) -> str:
    return f"review_{moment}_{aspect}"


HEADLINE: Final = outcome_measure(6)
EXPECTED: Final = frozenset(map(outcome_measure, MONTHS))
"""The measures of which it can be said what was to be expected of a provider's clients."""
COMPLETION: Final = "completion"
FIRST_MEETING: Final = "first_meeting"
LAPSED: Final = "choices_lapsed"
"""Of the clients who chose the provider, how many it did not answer in time."""
COMPLAINTS: Final = "complaints_upheld"
"""Of the clients it gave the service to, how many made a complaint that was upheld."""

LESS_IS_BETTER: Final = frozenset({FIRST_MEETING, LAPSED, COMPLAINTS})

SWITCHED: Final = "switched"
NO_SHOW: Final = "no_show"
PRIVATE: Final = (SWITCHED, NO_SHOW)
"""For the provider and the officer only: shown to choosers they would punish whoever takes hard cases."""

_SERVICE_DAYS: Final = 180
"""What a new provider needs to be chosen, to give the service and to be heard about."""

MEASURES: Final[Mapping[str, Measure]] = {
    measure.code: measure
    for measure in (
        *(Measure(outcome_measure(month), Kind.SHARE, 30 * month + _SERVICE_DAYS) for month in MONTHS),
        *(Measure(review_measure(Moment.AFTER, a), Kind.SHARE, _SERVICE_DAYS) for a in ASPECTS),
        *(
            Measure(review_measure(Moment.HALF_YEAR, a), Kind.SHARE, HALF_YEAR_DAYS + _SERVICE_DAYS)
            for a in ASPECTS
        ),
        Measure(COMPLETION, Kind.SHARE, _SERVICE_DAYS),
        Measure(FIRST_MEETING, Kind.DAYS, _SERVICE_DAYS),
        Measure(LAPSED, Kind.SHARE, _SERVICE_DAYS),
        Measure(COMPLAINTS, Kind.SHARE, _SERVICE_DAYS),
    )
}


class Blank(StrEnum):
    """Why there is no figure. The list is closed: a blank without a reason looks like a bad result."""

    TOO_FEW = "too_few"
    TOO_NEW = "too_new"
    NOT_COLLECTED = "not_collected"
    UNDER_REVIEW = "under_review"


def blank_reason(
    measure: Measure, *, n: int, collected: bool, admitted_on: date | None, as_of: date, under_review: bool
) -> Blank | None:
    """Why the figure of a provider stays blank, or None when it may be shown.

    `n`: people with a known result. `collected`: whether anybody's figure for this measure exists in the service.
    """
    if under_review:
        return Blank.UNDER_REVIEW
    if n >= FEWEST:
        return None
    if not collected:
        return Blank.NOT_COLLECTED
    if admitted_on is not None and (as_of - admitted_on).days < measure.settles_after:
        return Blank.TOO_NEW
    return Blank.TOO_FEW


@dataclass(frozen=True, slots=True, order=True)
class Count:
    """A cell: n people with a known result, k of them good, and how many whose result is unknown. For a measure
    in days, `days` is the median and k is 0.

    `expected` and `variance`, in hundredths of a person: how many of these same n would usually do well, by what was
    known of them before the choice; None where nothing was.
    """

    n: int
    k: int = 0
    unknown: int = 0
    days: int | None = None
    expected: int | None = None
    variance: int | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.k <= self.n and self.unknown >= 0):
            raise ValueError(f"no such count: {self}")
        if (self.expected is None) is not (self.variance is None):
            raise ValueError(f"an expected count needs its variance: {self}")


def of_ten(share: float) -> int:
    """How many of ten people stand for the share, halves up: 0.65 is 7."""
    return int(share * 10 + 0.5)


def may_review(
    *, moment: Moment, last_redeemed_at: datetime | None, now: datetime, goes_on: bool = False
) -> Decision:
    """Only a client whose voucher was redeemed at the provider may review it, when the service is over, and the second
    time half a year after the last redemption: that series asks what the service turned out to be good for. A review is
    given once, so one of the first visit would keep the client from telling how it ended."""
    if last_redeemed_at is None:
        return Refusal("review.nothing_redeemed")
    if moment is Moment.AFTER and goes_on:
        return Refusal("review.service_goes_on")
    if moment is Moment.HALF_YEAR and (now - last_redeemed_at).days < HALF_YEAR_DAYS:
        return Refusal("review.too_early", {"days": HALF_YEAR_DAYS})
    return ACCEPTED
