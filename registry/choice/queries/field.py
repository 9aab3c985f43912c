"""Who can be chosen and who is shown, in this client's own order, with what stands against everybody else."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.holding import Holding, distance_km, offer_of
from registry.choice.model import Shortlist
from registry.choice.rules import (
    NATIONAL,
    WITH_TRAVEL,
    exclusions,
    language_missing,
    period_key,
    place,
    seed,
)
from registry.providers.queries import AdmissionFacts, admissions_of_service, eligible_providers
from registry.shared.settings import Keys

NEAREST: Final = 3
"""How many further options are offered when too few are eligible."""

HEAD: Final = 4
"""Of so many times the shortlist's size the head of the frozen order is read to fill a first view."""


@dataclass(frozen=True, slots=True)
class Field:
    """Those who can be chosen, in order, with the facts and the reasons against each that was looked at."""

    facts: Mapping[UUID, AdmissionFacts]
    reasons: Mapping[UUID, tuple[str, ...]]
    order: Sequence[UUID]
    """Everyone who can be chosen; where only the head of the order was read, its part of them."""
    first: Sequence[UUID]
    """The first view."""
    eligible: int
    language_missing: bool

    @property
    def out(self) -> list[UUID]:
        """Who cannot be chosen, by name."""
        return sorted(
            (p for p, reasons in self.reasons.items() if reasons),
            key=lambda p: (self.facts[p].provider_name, p),
        )


async def first_of_many(session: AsyncSession, held: Holding, shortlist: Shortlist, on: date) -> Field | None:
    """The first view from the head of the frozen order alone, None where that does not fill it: who came later
    stands after everyone frozen, so nobody else need be read. None too where nobody in the head gives the service in
    the client's national language, for then one has to know whether anybody does."""
    head = shortlist.provider_ids[: held.shortlist_size * HEAD]
    seeker = held.seeker
    if len(head) < held.shortlist_size or seeker.kind != seeker.audience:
        return None
    found = await admissions_of_service(session, service_id=held.service_id, on=on, provider_ids=head)
    facts, reasons = _against(found, held, on)
    order = [p for p in head if p in facts and not reasons[p]]
    first = _first_view(order, shortlist, facts, held.shortlist_size)
    mine = seeker.languages & NATIONAL
    if len(first) < held.shortlist_size or (mine and not any(mine & set(facts[p].languages) for p in order)):
        return None
    eligible = await eligible_providers(
        session,
        service_id=held.service_id,
        municipality_code=seeker.municipality_code,
        languages=seeker.languages,
        accessibility=seeker.accessibility,
        on=on,
        at_most_cents=None if seeker.own_share_allowed else seeker.unit_price_ceiling_cents,
        place_held_at=held.provider_id,
    )
    return Field(facts, reasons, order, first, len(eligible), language_missing=False)


async def everyone(session: AsyncSession, held: Holding, shortlist: Shortlist, keys: Keys, on: date) -> Field:
    """All standing admissions of the service, with what stands against each."""
    found = await admissions_of_service(session, service_id=held.service_id, on=on)
    facts, reasons = _against(found, held, on)
    order = _in_order([p for p in facts if not reasons[p]], held, shortlist, keys)
    return Field(
        facts,
        reasons,
        order,
        _first_view(order, shortlist, facts, held.shortlist_size),
        len(order),
        language_missing(held.seeker, ((facts[p].languages, reasons[p]) for p in facts)),
    )


def _against(
    found: Iterable[AdmissionFacts], held: Holding, on: date
) -> tuple[dict[UUID, AdmissionFacts], dict[UUID, tuple[str, ...]]]:
    facts = {f.provider_id: f for f in found}
    return facts, {
        p: exclusions(offer_of(f, chosen_now=p == held.provider_id), held.seeker, on)
        for p, f in facts.items()
    }


def _in_order(eligible: Collection[UUID], held: Holding, shortlist: Shortlist, keys: Keys) -> list[UUID]:
    """The frozen order without those who cannot be chosen any more, then the newcomers by their place."""
    able = set(eligible)
    frozen = [p for p in shortlist.provider_ids if p in able]
    late = able - set(frozen)
    if not late:
        return frozen
    drawn = seed(
        period_key(keys.choice_seed, held.organiser_id, shortlist.year), held.client_id, held.service_id
    )
    return [*frozen, *sorted(late, key=lambda p: place(drawn, p))]


def _first_view(
    order: Sequence[UUID], shortlist: Shortlist, facts: Mapping[UUID, AdmissionFacts], size: int
) -> list[UUID]:
    """The frozen first view; a place that has fallen free goes to the next whose company group is not in it yet."""
    frozen = set(shortlist.provider_ids[: shortlist.first])
    first = [p for p in order if p in frozen]
    groups = {_group(facts[p]) for p in first} - {None}
    for provider_id in order:
        if len(first) >= size:
            break
        group = _group(facts[provider_id])
        if provider_id not in frozen and (group is None or group not in groups):
            first.append(provider_id)
            groups.add(group)
    return first[:size]


def _group(facts: AdmissionFacts) -> str | None:
    return facts.company_group.strip().casefold() or None if facts.company_group else None


def nearest(field: Field, held: Holding) -> list[UUID]:
    """Who comes closest to being choosable: first those who are only too far away, by distance, then those who
    are only full, by when they expect to start again."""
    facts, reasons = field.facts, field.reasons
    far = [p for p in facts if reasons[p] and set(reasons[p]) <= WITH_TRAVEL]
    far.sort(key=lambda p: (distance_km(facts[p], held) or 0, p))
    full = [p for p in facts if reasons[p] == ("full",)]
    full.sort(key=lambda p: (facts[p].next_start or date.max, p))
    return [*far[:NEAREST], *full[:NEAREST]][:NEAREST]
