"""What may be offered, and to whom an approval is of use."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry.providers.rules.states import AdmissionState
from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.vat import Vat, completed, rates_in_force, vat_errors

PROVIDER_FORMS: Final = ("company", "sole_trader", "association", "foundation", "public_body", "unknown")
ACCESSIBILITY: Final = ("step_free", "quiet_space", "sign_language", "induction_loop", "plain_language")
METHODS: Final = ("one_to_one", "group", "mixed")
"""How the service is given; the words for each are in the interface's catalogues."""

EXPERIENCE: Final = (
    "first_job",
    "studies_unfinished",
    "long_unemployed",
    "new_in_finland",
    "health",
    "learning",
    "family_leave",
    "over_50",
)
"""Whom a provider says it has experience of working with. It is the provider's own statement of its work: nothing asks
which of these a client is, for some of it would be health data."""

LANGUAGES: Final = frozenset(
    (  # noqa: SIM905 - one line a letter is worth more than a list
        "aa ab af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en"
        " eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz id ig ii ik is it iu ja jv ka"
        " kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd"
        " ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq"
        " sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi wa wo xh yi yo za zh zu"
    ).split()
)
"""ISO 639-1: the languages in which a service may be given."""

MAX_PLACES: Final = 10_000
MAX_UNIT_PRICE_CENTS: Final = 10_000_00
LONGEST_TEXT: Final = 2000
LONGEST_NAME: Final = 200
LANGUAGES_OF_TEXTS: Final = ("fi", "sv", "en")


def places_fit(*, places: int, taken: int) -> Decision:
    """Places promised to clients cannot be taken back by lowering the number."""
    if places < taken:
        return Refusal("admission.places_below_taken", {"places": places, "taken": taken})
    return ACCEPTED


@dataclass(frozen=True, slots=True)
class Offer:
    """What an application offers, and an approved one's admission holds."""

    unit_price_cents: int
    vat_rate_bp: int
    municipality_codes: tuple[str, ...]
    remote: bool
    languages: tuple[str, ...]
    accessibility: tuple[str, ...]
    method: str
    places: int
    next_start: date | None
    first_talk_free: bool
    rule_book_version: str
    same_coach: bool | None = None
    """Whether one person works with the client from beginning to end; None when it has not been said."""
    experience: tuple[str, ...] = ()
    vat_category: str | None = None
    """S, E, AE, Z or O; None where it has not been said (an import, and from before it was asked)."""
    vat_reason: str | None = None

    @property
    def vat(self) -> Vat:
        """With S for a rate above zero, and the usual reason where no other was given."""
        return completed(self.vat_rate_bp, self.vat_category, self.vat_reason)

    def document(self) -> dict[str, Any]:
        """As it is kept in the application: plain JSON."""
        return {
            "unit_price_cents": self.unit_price_cents,
            "vat_rate_bp": self.vat_rate_bp,
            "vat_category": self.vat_category,
            "vat_reason": self.vat_reason,
            "municipality_codes": list(self.municipality_codes),
            "remote": self.remote,
            "languages": list(self.languages),
            "accessibility": list(self.accessibility),
            "method": self.method,
            "places": self.places,
            "next_start": self.next_start.isoformat() if self.next_start else None,
            "first_talk_free": self.first_talk_free,
            "rule_book_version": self.rule_book_version,
            "same_coach": self.same_coach,
            "experience": list(self.experience),
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Offer":
        """Back from what the application holds."""
        start = document.get("next_start")
        return cls(
            unit_price_cents=int(document["unit_price_cents"]),
            vat_rate_bp=int(document["vat_rate_bp"]),
            municipality_codes=tuple(document["municipality_codes"]),
            remote=bool(document["remote"]),
            languages=tuple(document["languages"]),
            accessibility=tuple(document["accessibility"]),
            method=str(document["method"]),
            places=int(document["places"]),
            next_start=date.fromisoformat(start) if start else None,
            first_talk_free=bool(document.get("first_talk_free", False)),
            rule_book_version=str(document["rule_book_version"]),
            same_coach=document.get("same_coach"),
            experience=tuple(document.get("experience", ())),
            vat_category=document.get("vat_category"),
            vat_reason=document.get("vat_reason"),
        )


@dataclass(frozen=True, slots=True)
class OfferLimits:
    """What the service's terms allow an offer to be today."""

    unit_price_ceiling_cents: int
    own_share_allowed: bool
    rule_book_version: str
    municipalities: Collection[str]
    """Codes that exist."""


def offer_errors(
    offer: Offer, limits: OfferLimits, *, earliest_start: date | None, today: date | None = None
) -> dict[str, str]:
    """Field → code of everything in an offer that the terms do not allow; empty when it fits.

    A price above the ceiling would be an own share, which a service that the law makes free may never ask.
    `earliest_start` is the day before which a next start has no sense (None: do not look); the VAT rate is one of those
    of `today`, or where it is not given of the newest law that is known.
    """
    errors: dict[str, str] = {}
    if not 0 < offer.unit_price_cents <= MAX_UNIT_PRICE_CENTS:
        errors["unit_price"] = "offer.price_out_of_range"
    elif offer.unit_price_cents > limits.unit_price_ceiling_cents and not limits.own_share_allowed:
        errors["unit_price"] = "offer.price_above_ceiling"
    errors |= vat_errors(offer.vat, rates_in_force(today or earliest_start or date.max))
    if not offer.municipality_codes and not offer.remote:
        errors["municipality_codes"] = "offer.serves_nowhere"
    elif set(offer.municipality_codes) - set(limits.municipalities):
        errors["municipality_codes"] = "offer.municipality_unknown"
    if not offer.languages:
        errors["languages"] = "offer.language_missing"
    elif set(offer.languages) - LANGUAGES:
        errors["languages"] = "offer.language_unknown"
    if set(offer.accessibility) - set(ACCESSIBILITY):
        errors["accessibility"] = "offer.accessibility_unknown"
    if offer.method not in METHODS:
        errors["method"] = "offer.method_unknown"
    if set(offer.experience) - set(EXPERIENCE):
        errors["experience"] = "offer.experience_unknown"
    if not 0 <= offer.places <= MAX_PLACES:
        errors["places"] = "offer.places_out_of_range"
    if offer.next_start and earliest_start and offer.next_start < earliest_start:
        errors["next_start"] = "offer.next_start_past"
    if offer.rule_book_version != limits.rule_book_version:
        errors["rule_book_version"] = "offer.rule_book_not_accepted"
    return errors


def why_not(
    *,
    state: str,
    valid_from: date,
    valid_until: date | None,
    places: int,
    taken: int,
    municipality_codes: Collection[str],
    remote: bool,
    languages: Collection[str],
    accessibility: Collection[str],
    on: date,
    wanted_municipality: str | None,
    wanted_languages: Collection[str],
    wanted_accessibility: Collection[str],
) -> tuple[str, ...]:
    """Every reason for which an admission cannot be chosen by this client on this day; empty when it can be.

    The same rule as `queries.eligible_providers` asks of the database; a test holds the two together. One common
    language is enough, every accessibility need must be met, and a client whose municipality is not known can be
    served remotely only.
    """
    reasons = []
    if state != AdmissionState.ACTIVE:
        reasons.append("not_active")
    if on < valid_from or (valid_until is not None and on >= valid_until):
        reasons.append("not_in_term")
    if not remote and (wanted_municipality is None or wanted_municipality not in municipality_codes):
        reasons.append("elsewhere")
    if wanted_languages and not set(wanted_languages) & set(languages):
        reasons.append("other_language")
    if not set(wanted_accessibility) <= set(accessibility):
        reasons.append("accessibility")
    if taken >= places:
        reasons.append("full")
    return tuple(reasons)
