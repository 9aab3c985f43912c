"""Putting a client's options side by side: the same facts in the same order for every provider."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality
from registry.choice.holding import Holding, Names, distance_km, names_of, offer_of
from registry.choice.model import Shortlist
from registry.choice.rules import (
    WITH_TRAVEL,
    count_reasons,
    exclusions,
    period_key,
    place,
    seed,
)
from registry.providers.queries import (
    AdmissionFacts,
    OwnWords,
    admissions_of_service,
    eligible_providers,
    own_words,
)
from registry.quality.queries import Evidence, Figure, ReleaseName, evidence
from registry.quality.rules import HEADLINE, Blank
from registry.shared.period import local_date
from registry.shared.settings import Keys

NEAREST: Final = 3
"""How many further options are offered when too few are eligible."""

HEAD: Final = 4
"""Of so many times the shortlist's size the head of the frozen order is read to fill a first view."""

PAIRWISE: Final = 12
"""Above so many, pairs are not compared: nobody reads 66 sentences."""


@dataclass(frozen=True, slots=True)
class Option:
    """One provider as the comparison shows it."""

    offer: AdmissionFacts
    words: OwnWords | None
    seat: Names | None
    """The municipality where it is."""
    distance_km: int | None
    """Straight line between the centres of the client's municipality and the provider's."""
    comes_here: bool
    """Gives the service on the spot in the client's municipality."""
    own_share_cents: int
    """What the client pays per unit itself."""
    reasons: tuple[str, ...]
    """Why the client cannot choose it; only "elsewhere" leaves it to the client."""
    chosen_now: bool
    figures: Mapping[str, Figure]

    @property
    def provider_id(self) -> UUID:
        return self.offer.provider_id


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is shown: the first view or everyone, and why there are not more."""

    holding: Holding
    options: tuple[Option, ...]
    eligible: int
    """How many can be chosen in all."""
    widened: bool
    nearest: tuple[Option, ...]
    """Offered besides, when fewer than the service's shortlist size can be chosen."""
    out_for: Mapping[str, int]
    """How many providers of the service are out for which reason; told only where too few can be chosen."""
    release: ReleaseName | None
    clear: tuple[tuple[UUID, UUID], ...]
    """(better, worse) by the headline outcome: the pairs that the evidence can tell apart."""

    @property
    def collected(self) -> bool:
        """Whether the headline outcome is collected for this service at all."""
        return any(option.figures[HEADLINE].blank != Blank.NOT_COLLECTED for option in self.options)

    @property
    def rated(self) -> int:
        """How many of the options have the headline figure."""
        return sum(1 for option in self.options if option.figures[HEADLINE].shown)


async def compare(
    session: AsyncSession, *, held: Holding, shortlist: Shortlist, keys: Keys, now: datetime, widened: bool
) -> Comparison:
    """Side by side: the first view, or everyone, in this client's own order. At most seven queries, however many
    providers there are.

    The order is the frozen one. Who can no longer be chosen is left out, and who has come since stands after,
    by the same draw; so a first view is filled up, and never reordered.
    """
    on = local_date(now)
    field = None
    if not widened:
        field = await _first_of_many(session, held, shortlist, on)
    if field is None:
        field = await _everyone(session, held, shortlist, keys, on, widened)
    nearest: list[UUID] = []
    if field.eligible < held.shortlist_size:
        nearest = _nearest(field.facts, field.reasons, held)
    wanted = [*field.shown, *nearest]
    words = await own_words(session, wanted)
    seats = await _municipalities(session, {field.facts[p].municipality_code for p in wanted})
    found = await evidence(
        session, organiser_id=held.organiser_id, service_id=held.service_id, provider_ids=wanted, now=now
    )
    options = {
        p: _option(field.facts[p], field.reasons[p], held, words.get(p), seats, found, on) for p in wanted
    }
    return Comparison(
        holding=held,
        options=tuple(options[p] for p in field.shown),
        eligible=field.eligible,
        widened=widened,
        nearest=tuple(options[p] for p in nearest),
        out_for=count_reasons(field.reasons.values()) if field.eligible < held.shortlist_size else {},
        release=found.release,
        clear=tuple(found.clear_differences(field.shown, HEADLINE)) if len(field.shown) <= PAIRWISE else (),
    )


@dataclass(frozen=True, slots=True)
class _Field:
    """Who is shown, in order, with the facts and the reasons against each that was looked at."""

    facts: Mapping[UUID, AdmissionFacts]
    reasons: Mapping[UUID, tuple[str, ...]]
    shown: list[UUID]
    eligible: int


def _field_facts(
    found: Iterable[AdmissionFacts], held: Holding, on: date
) -> tuple[dict[UUID, AdmissionFacts], dict[UUID, tuple[str, ...]]]:
    facts = {f.provider_id: f for f in found}
    return facts, {
        p: exclusions(offer_of(f, chosen_now=p == held.provider_id), held.seeker, on)
        for p, f in facts.items()
    }


async def _first_of_many(
    session: AsyncSession, held: Holding, shortlist: Shortlist, on: date
) -> _Field | None:
    """The first view from the head of the frozen order alone, None where that does not fill it: who came later
    stands after everyone frozen, so nobody else need be read."""
    head = shortlist.provider_ids[: held.shortlist_size * HEAD]
    if len(head) < held.shortlist_size or held.seeker.kind != held.seeker.audience:
        return None
    found = await admissions_of_service(session, service_id=held.service_id, on=on, provider_ids=head)
    facts, reasons = _field_facts(found, held, on)
    order = [p for p in head if p in facts and not reasons[p]]
    first = _first_view(order, shortlist, facts, held.shortlist_size)
    if len(first) < held.shortlist_size:
        return None
    seeker = held.seeker
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
    return _Field(facts, reasons, first, len(eligible))


async def _everyone(
    session: AsyncSession, held: Holding, shortlist: Shortlist, keys: Keys, on: date, widened: bool
) -> _Field:
    """All standing admissions of the service, with what stands against each."""
    found = await admissions_of_service(session, service_id=held.service_id, on=on)
    facts, reasons = _field_facts(found, held, on)
    order = _in_order([p for p in facts if not reasons[p]], held, shortlist, keys)
    shown = order if widened else _first_view(order, shortlist, facts, held.shortlist_size)
    return _Field(facts, reasons, shown, len(order))


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


def _nearest(
    facts: Mapping[UUID, AdmissionFacts], reasons: Mapping[UUID, tuple[str, ...]], held: Holding
) -> list[UUID]:
    """Who comes closest to being choosable: first those who are only too far away, by distance, then those who
    are only full, by when they expect to start again."""
    far = [p for p in facts if reasons[p] and set(reasons[p]) <= WITH_TRAVEL]
    far.sort(key=lambda p: (distance_km(facts[p], held) or 0, p))
    full = [p for p in facts if reasons[p] == ("full",)]
    full.sort(key=lambda p: (facts[p].next_start or date.max, p))
    return [*far[:NEAREST], *full[:NEAREST]][:NEAREST]


def _option(
    facts: AdmissionFacts,
    reasons: tuple[str, ...],
    held: Holding,
    words: OwnWords | None,
    seats: Mapping[str, Names],
    found: Evidence,
    on: date,
) -> Option:
    ceiling = held.unit_price_ceiling_cents
    return Option(
        offer=facts,
        words=words,
        seat=seats.get(facts.municipality_code or ""),
        distance_km=distance_km(facts, held),
        comes_here=held.seeker.municipality_code in facts.municipality_codes,
        own_share_cents=max(0, facts.unit_price_cents - ceiling) if held.own_share_allowed else 0,
        reasons=reasons,
        chosen_now=facts.provider_id == held.provider_id,
        figures=_Figures(found, facts.provider_id),
    )


class _Figures(Mapping[str, Figure]):
    """A provider's figures by measure; every measure has one, if only a blank with its reason."""

    def __init__(self, found: Evidence, provider_id: UUID) -> None:
        self._found, self._provider_id = found, provider_id

    def __getitem__(self, measure: str) -> Figure:
        return self._found.figure(self._provider_id, measure)

    def __iter__(self) -> Iterator[str]:
        return (measure for provider, measure in self._found.figures if provider == self._provider_id)

    def __len__(self) -> int:
        return sum(1 for _ in self)


async def _municipalities(session: AsyncSession, codes: Iterable[str | None]) -> dict[str, Names]:
    wanted = {code for code in codes if code}
    rows = await session.scalars(select(Municipality).where(Municipality.code.in_(wanted)))
    return {row.code: names_of(row) for row in rows}
