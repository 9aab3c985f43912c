"""Looking through everyone: filters and orders that the chooser picks. Nothing here is ever picked for them: the order
that nobody asked to change is the drawn one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from registry.choice.holding import Holding, distance_km
from registry.providers.queries import AdmissionFacts
from registry.quality.beta import told_apart
from registry.quality.queries import Evidence, Figure
from registry.quality.rules import ASPECTS, HEADLINE, Moment, review_measure

ORDERS: Final = ("drawn", "near", "soon", "outcome", "reviews")
ORDERED_BY: Final[Mapping[str, str]] = {
    "outcome": HEADLINE,
    "reviews": review_measure(Moment.AFTER, ASPECTS[1]),
}
"""Orders by a figure, and which. It is the shrunken estimate: simulated, the interval's lower end picks worse than even
raw rates, for it puts whoever has served few people last."""

SOON_DAYS: Final = 14
PER_PAGE: Final = 15

FARTHEST: Final = 10**6


@dataclass(frozen=True, slots=True)
class Looking:
    """What the chooser asked to see of everyone."""

    language: str = ""
    online: bool = False
    here: bool = False
    """Gives the service on the spot in the client's municipality."""
    soon: bool = False
    """Begins within two weeks."""
    free_talk: bool = False
    order: str = "drawn"
    page: int = 1
    out_page: int = 1
    """Staff only: which page of those who cannot be chosen."""

    @property
    def filtered(self) -> bool:
        return bool(self.language or self.online or self.here or self.soon or self.free_talk)


def lets_through(looking: Looking, facts: AdmissionFacts, held: Holding, on: date) -> bool:
    """Whether an offer passes every filter that is set."""
    start = facts.next_start
    return (
        (not looking.language or looking.language in facts.languages)
        and (not looking.online or facts.remote)
        and (not looking.here or held.seeker.municipality_code in facts.municipality_codes)
        and (not looking.soon or (start is not None and start <= on + timedelta(days=SOON_DAYS)))
        and (not looking.free_talk or facts.first_talk_free)
    )


def by_facts(
    drawn: Sequence[UUID], looking: Looking, facts: Mapping[UUID, AdmissionFacts], held: Holding
) -> list[UUID]:
    """The providers in the order asked for, where that is an order by facts; whom it does not part keep the order
    that was drawn."""
    if looking.order == "near":
        return sorted(drawn, key=lambda p: travel_km(facts[p], held))
    if looking.order == "soon":
        return sorted(drawn, key=lambda p: facts[p].next_start or date.max)
    return list(drawn)


def by_figure(drawn: Sequence[UUID], looking: Looking, found: Evidence) -> list[UUID]:
    """The providers by their shrunken estimate, the best first, where that was asked for. Of whom nothing is known the
    best estimate is what is usual for the service: so a newcomer stands among the others, not after them."""
    measure = ORDERED_BY.get(looking.order)
    if measure is None:
        return list(drawn)
    figures = {p: found.figure(p, measure) for p in drawn}
    usual = next((f.usual for f in figures.values() if f.usual is not None), 0.0)

    def standing(provider_id: UUID) -> float:
        estimate = figures[provider_id].estimate
        return usual if estimate is None else estimate

    return sorted(drawn, key=standing, reverse=True)


def page_of(ordered: Sequence[UUID], looking: Looking) -> list[UUID]:
    start = (max(1, looking.page) - 1) * PER_PAGE
    return list(ordered[start : start + PER_PAGE])


def travel_km(facts: AdmissionFacts, held: Holding) -> int:
    """How far the client would go: nowhere where the provider comes to the client's own municipality."""
    if held.seeker.municipality_code in facts.municipality_codes:
        return 0
    away = distance_km(facts, held)
    return FARTHEST if away is None else away


def undecided(ordered: Sequence[UUID], looking: Looking, found: Evidence) -> frozenset[UUID]:
    """In an order by a figure: those whom the evidence cannot tell apart from the next one."""
    measure = ORDERED_BY.get(looking.order)
    if measure is None:
        return frozenset()
    figures = [found.figure(p, measure) for p in ordered]
    return frozenset(p for p, a, b in zip(ordered, figures, figures[1:], strict=False) if not differ(a, b))


def differ(one: Figure, other: Figure) -> bool:
    """Whether the evidence shows a clear difference; where there is no figure it shows none."""
    if one.alpha is None or one.beta is None or other.alpha is None or other.beta is None:
        return False
    return told_apart(one.alpha, one.beta, other.alpha, other.beta) != 0
