"""Who may be chosen, and who is shown first: fair by construction, and anybody can recompute it.

Everyone eligible can be chosen; the order only says who is shown first. It comes from a key that the organiser is
committed to before the period begins, and from nothing that a provider could influence: not its name, size, age,
price or payment.
"""

import hmac
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final
from uuid import UUID

from registry.providers.rules import why_not

RULES: Final = "1"
"""Version of the rules of eligibility and order; a shortlist keeps the one it was made by."""

CHANNELS: Final = ("self", "counter", "phone", "api")
"""Where a comparison was shown; a pick is made by oneself, at the counter or by phone."""

EXCLUSIONS: Final = (
    "not_active",
    "not_in_term",
    "other_audience",
    "elsewhere",
    "other_language",
    "accessibility",
    "above_ceiling",
    "full",
)
"""Every reason for which somebody cannot be chosen; each has its sentence in the interface."""

WITH_TRAVEL: Final = frozenset({"elsewhere"})
"""Too far is the client's own judgement: who is out for this reason alone can be picked knowingly."""


@dataclass(frozen=True, slots=True)
class Seeker:
    """What the choice needs to know of a client and the voucher; nothing here says who it is."""

    kind: str
    municipality_code: str | None
    languages: frozenset[str]
    accessibility: frozenset[str]
    audience: str
    """The service's: person or company."""
    unit_price_ceiling_cents: int
    own_share_allowed: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What eligibility asks of an admission."""

    admission_id: UUID
    provider_id: UUID
    company_group: str | None
    state: str
    valid_from: date
    valid_until: date | None
    municipality_codes: frozenset[str]
    remote: bool
    languages: frozenset[str]
    accessibility: frozenset[str]
    unit_price_cents: int
    places: int
    taken: int


NATIONAL: Final = frozenset({"fi", "sv"})
"""A client has a right to be served in Finnish or Swedish (Language Act 423/2003, § 10): when nobody does it, the
organiser has to find a way, and the client need not do with another language."""


def language_missing(seeker: Seeker, found: Iterable[tuple[Collection[str], Collection[str]]]) -> bool:
    """Whether somebody could be chosen as far as all but the language goes, and nobody of them gives the service in a
    national language of the client. `found`: (languages, reasons) of each offer."""
    mine = seeker.languages & NATIONAL
    able = [languages for languages, reasons in found if not set(reasons) - {"other_language"}]
    return bool(mine and able) and not any(mine & set(languages) for languages in able)


def exclusions(offer: Offer, seeker: Seeker, on: date) -> tuple[str, ...]:
    """Every reason for which this client cannot choose this provider on this day, in the order of EXCLUSIONS;
    none when it can. A price above the ceiling shuts out only where the client may not pay the rest, for there
    every redemption would be refused."""
    reasons = set(
        why_not(
            state=offer.state,
            valid_from=offer.valid_from,
            valid_until=offer.valid_until,
            places=offer.places,
            taken=offer.taken,
            municipality_codes=offer.municipality_codes,
            remote=offer.remote,
            languages=offer.languages,
            accessibility=offer.accessibility,
            on=on,
            wanted_municipality=seeker.municipality_code,
            wanted_languages=seeker.languages,
            wanted_accessibility=seeker.accessibility,
        )
    )
    if seeker.kind != seeker.audience:
        reasons.add("other_audience")
    if not seeker.own_share_allowed and offer.unit_price_cents > seeker.unit_price_ceiling_cents:
        reasons.add("above_ceiling")
    return tuple(reason for reason in EXCLUSIONS if reason in reasons)


# --- the order ----------------------------------------------------------------------------------------------------


def period_key(choice_seed: bytes, organiser_id: UUID, year: int) -> bytes:
    """The organiser's secret for one calendar year: committed to before it begins, opened after it."""
    return hmac.digest(choice_seed, b"period" + organiser_id.bytes + year.to_bytes(4, "big"), "sha256")


def commitment(key: bytes) -> bytes:
    """What is published of a period's key while it is secret: nobody can change the key afterwards unnoticed."""
    return sha256(b"registry choice period key\x00" + key).digest()


def seed(key: bytes, client_id: UUID, service_id: UUID) -> bytes:
    """The seed of one client and service. The voucher is not in it, so that granting again does not roll again."""
    return hmac.digest(key, client_id.bytes + service_id.bytes, "sha256")


def place(seed: bytes, provider_id: UUID) -> bytes:
    """Where a provider stands in this client's order: smaller is earlier."""
    return hmac.digest(seed, provider_id.bytes, "sha256")


def _stands_for_group(seed: bytes, provider_id: UUID) -> bytes:
    return hmac.digest(seed, b"group" + provider_id.bytes, "sha256")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The providers in this client's order; the first `first` of them are the first view."""

    order: tuple[UUID, ...]
    first: int


def arrange(seed: bytes, offers: Iterable[tuple[UUID, str | None]], size: int) -> Arrangement:
    """Put (provider id, company group) into order, the first view of `size` places first.

    A company group takes one place in the first view, and its chance of one is that of a single firm, however
    many firms it registers: a draw of its own picks who stands for the group, and only that firm's place counts.
    """
    representatives: dict[str, UUID] = {}
    alone: list[UUID] = []
    everyone: list[UUID] = []
    for provider_id, group in offers:
        everyone.append(provider_id)
        if group is None or not group.strip():
            alone.append(provider_id)
            continue
        name = group.strip().casefold()
        standing = representatives.get(name)
        if standing is None or _stands_for_group(seed, provider_id) < _stands_for_group(seed, standing):
            representatives[name] = provider_id
    places = {provider_id: place(seed, provider_id) for provider_id in everyone}
    first = sorted([*alone, *representatives.values()], key=places.__getitem__)[:size]
    shown = set(first)
    rest = sorted((p for p in places if p not in shown), key=places.__getitem__)
    return Arrangement(order=(*first, *rest), first=len(first))


def order_digest(order: Sequence[UUID]) -> str:
    """One hash for a whole order, for the audit event."""
    return sha256(b"".join(provider_id.bytes for provider_id in order)).hexdigest()


# --- near and far -------------------------------------------------------------------------------------------------

_EARTH_KM: Final = 6371.0088


def straight_line_km(longitude1: float, latitude1: float, longitude2: float, latitude2: float) -> int:
    """Whole kilometres between two points along the sphere (WGS 84 degrees). Between the centres of two
    municipalities: not a travelling distance, and every page says so."""
    a, b = math.radians(latitude1), math.radians(latitude2)
    across = math.radians(longitude2 - longitude1)
    chord = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return round(2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(chord))))


def count_reasons(excluded: Iterable[tuple[str, ...]]) -> Mapping[str, int]:
    """How many are out for each reason, in the order of EXCLUSIONS."""
    found = [reason for reasons in excluded for reason in reasons]
    return {reason: found.count(reason) for reason in EXCLUSIONS if reason in found}
