"""Putting a client's options side by side: the same facts in the same order for every provider."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.holding import Holding, Names, distance_km, seat_of
from registry.choice.model import Shortlist
from registry.choice.queries.field import Field, everyone, first_of_many, nearest
from registry.choice.queries.looking import (
    ORDERED_BY,
    PER_PAGE,
    Looking,
    by_facts,
    by_figure,
    lets_through,
    page_of,
    undecided,
)
from registry.choice.rules import count_reasons
from registry.providers.oversight.queries import PublicFinding, findings_about
from registry.providers.queries import AdmissionFacts, OwnWords, own_words
from registry.quality.comments.queries import CommentView, published_comments
from registry.quality.queries import Evidence, Figure, ReleaseName, evidence
from registry.quality.rules import HEADLINE, Blank
from registry.shared.period import local_date
from registry.shared.settings import Keys

COMMENTS_SHOWN: Final = 3
"""Of each provider; the others are on its own page."""

PAIRWISE: Final = 12
"""Above so many, pairs are not compared: nobody reads 66 sentences."""

OUT_TOLD: Final = 100
"""How many of those who cannot be chosen are named with their reasons at a time."""


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
    comments: Sequence[CommentView]
    """Of clients of this service, with the provider's answers; one more than are shown when there are more."""
    findings: Sequence[PublicFinding]

    @property
    def provider_id(self) -> UUID:
        return self.offer.provider_id


@dataclass(frozen=True, slots=True)
class Out:
    """A provider of the service who cannot be chosen, and every reason why."""

    provider_id: UUID
    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is shown: the first view or everyone, and why there are not more."""

    holding: Holding
    options: tuple[Option, ...]
    eligible: int
    """How many can be chosen in all."""
    widened: bool
    looking: Looking
    found: int
    """How many of them the filters let through; `options` are a page of these."""
    languages: tuple[str, ...]
    """In which languages any of them gives the service: what one can filter by."""
    undecided: frozenset[UUID]
    """In an order by a figure: whom the evidence cannot tell apart from the next one."""
    nearest: tuple[Option, ...]
    """Offered besides, when fewer than the service's shortlist size can be chosen."""
    out_for: Mapping[str, int]
    """How many providers of the service are out for which reason; told only where too few can be chosen."""
    out: tuple[Out, ...]
    """Who they are, for staff: a page of them, by name."""
    out_count: int
    """How many there are in all; 0 where nobody is told."""
    out_page: int
    language_missing: bool
    """Somebody could be chosen, but nobody in the client's Finnish or Swedish."""
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

    @property
    def hidden(self) -> int:
        """How many the filters keep out of sight."""
        return self.eligible - self.found

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PER_PAGE))

    @property
    def out_pages(self) -> int:
        return max(1, -(-self.out_count // OUT_TOLD))


async def compare(
    session: AsyncSession,
    *,
    held: Holding,
    shortlist: Shortlist,
    keys: Keys,
    now: datetime,
    widened: bool,
    looking: Looking | None = None,
    tell_out: bool = False,
) -> Comparison:
    """Side by side: the first view, or everyone as the chooser looks through them, in this client's own order unless
    asked otherwise. At most eight queries, however many providers there are.

    The order is the frozen one. Who can no longer be chosen is left out, and who has come since stands after,
    by the same draw; so a first view is filled up, and never reordered. `tell_out`: name who cannot be chosen.
    """
    on = local_date(now)
    out_page = looking.out_page if looking is not None else 1
    looking = looking if widened and looking is not None else Looking()
    field = None if widened or tell_out else await first_of_many(session, held, shortlist, on)
    if field is None:
        field = await everyone(session, held, shortlist, keys, on)
    too_few = field.eligible < held.shortlist_size
    besides = nearest(field, held) if too_few else []
    asked = list(field.first)
    if widened:
        asked = [p for p in field.order if lets_through(looking, field.facts[p], held, on)]
    asked = by_facts(asked, looking, field.facts, held)
    figures = await evidence(
        session,
        organiser_id=held.organiser_id,
        service_id=held.service_id,
        provider_ids=[*(asked if looking.order in ORDERED_BY else page_of(asked, looking)), *besides],
        now=now,
    )
    asked = by_figure(asked, looking, figures)
    shown = page_of(asked, looking)
    told = _Told(
        figures=figures,
        words=await own_words(session, [*shown, *besides], service_id=held.service_id),
        comments=await published_comments(
            session,
            provider_ids=[*shown, *besides],
            now=now,
            service_id=held.service_id,
            most=COMMENTS_SHOWN + 1,
        ),
        findings=await findings_about(session, [*shown, *besides], service_id=held.service_id),
    )
    options = {p: _option(field, p, held, told) for p in (*shown, *besides)}
    return Comparison(
        holding=held,
        options=tuple(options[p] for p in shown),
        eligible=field.eligible,
        widened=widened,
        looking=looking,
        found=len(asked) if widened else field.eligible,
        languages=_languages(field) if widened else (),
        undecided=undecided(asked, looking, figures),
        nearest=tuple(options[p] for p in besides),
        out_for=count_reasons(field.reasons.values()) if too_few or tell_out else {},
        out=_out(field, out_page) if tell_out else (),
        out_count=len(field.out) if tell_out else 0,
        out_page=out_page,
        language_missing=field.language_missing,
        release=figures.release,
        clear=tuple(figures.clear_differences(shown, HEADLINE)) if len(shown) <= PAIRWISE else (),
    )


def _out(field: Field, number: int) -> tuple[Out, ...]:
    start = (max(1, number) - 1) * OUT_TOLD
    named = field.out[start : start + OUT_TOLD]
    return tuple(Out(p, field.facts[p].provider_name, field.reasons[p]) for p in named)


def _languages(field: Field) -> tuple[str, ...]:
    return tuple(sorted({language for p in field.order for language in field.facts[p].languages}))


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of the providers shown, beside the facts of their offers."""

    figures: Evidence
    words: Mapping[UUID, OwnWords]
    comments: Mapping[UUID, Sequence[CommentView]]
    findings: Mapping[UUID, Sequence[PublicFinding]]


def _option(field: Field, provider_id: UUID, held: Holding, told: _Told) -> Option:
    facts = field.facts[provider_id]
    above = max(0, facts.unit_price_cents - held.unit_price_ceiling_cents)
    return Option(
        offer=facts,
        words=told.words.get(provider_id),
        seat=seat_of(facts),
        distance_km=distance_km(facts, held),
        comes_here=held.seeker.municipality_code in facts.municipality_codes,
        own_share_cents=above if held.own_share_allowed else 0,
        reasons=field.reasons[provider_id],
        chosen_now=provider_id == held.provider_id,
        figures=_Figures(told.figures, provider_id),
        comments=told.comments.get(provider_id, ()),
        findings=told.findings.get(provider_id, ()),
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
