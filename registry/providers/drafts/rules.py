"""What an application asks, what has been answered so far, and what is missing before it can be sent. Pure.

Answers that are the same for every service are asked once: where, in which languages, by whom, with which papers. Each
service has its own price, places and rule book.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from registry.providers.rules import ACCESSIBILITY, EXPERIENCE, Offer, OfferLimits, offer_errors
from registry.shared.errors import Refusal
from registry.shared.vat import VAT_NAMES

MOST_SERVICES: Final = 20
MOST_SUM_CENTS: Final = 100_000_000_00


class Part(StrEnum):
    """The parts of an application, in the order of the task list."""

    ORGANISATION = "organisation"
    SERVICES = "services"
    WHERE = "where"
    SITES = "sites"
    LANGUAGES = "languages"
    ACCESSIBILITY = "accessibility"
    WAY = "way"
    COACHES = "coaches"
    RULES = "rules"
    PRICE = "price"
    CAPACITY = "capacity"
    INSURANCE = "insurance"
    EVIDENCE = "evidence"
    BANK = "bank"


OF_SERVICE: Final = (Part.RULES, Part.PRICE, Part.CAPACITY)
"""Parts that each service has for itself."""


@dataclass(frozen=True, slots=True)
class Price:
    """For one unit, VAT included; `start` is the day from which it holds, today or later when it is sent."""

    unit_price_cents: int
    vat_rate_bp: int
    start: date | None = None
    vat_category: str | None = None
    vat_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    places: int
    next_start: date | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The points of one version of the rule book that were accepted, by their codes."""

    version: str
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceAnswers:
    """What is answered for one service."""

    accepted: Accepted | None = None
    price: Price | None = None
    capacity: Capacity | None = None


@dataclass(frozen=True, slots=True)
class Where:
    municipality_codes: tuple[str, ...]
    remote: bool


@dataclass(frozen=True, slots=True)
class Way:
    """How the provider works with a client."""

    method: str
    first_talk_free: bool = False
    same_coach: bool | None = None
    experience: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Insurance:
    """The liability insurance, as the policy says it."""

    insurer: str
    sum_cents: int
    valid_until: date


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that has been answered; None and empty is what has not."""

    services: Mapping[UUID, ServiceAnswers] = field(default_factory=dict)
    where: Where | None = None
    sites: tuple[UUID, ...] = ()
    languages: tuple[str, ...] = ()
    accessibility: tuple[str, ...] | None = None
    """None until the page has been answered: that there is nothing to state is an answer."""
    way: Way | None = None
    coaches: tuple[UUID, ...] = ()
    insurance: Insurance | None = None
    employer: bool | None = None
    """Whether there are employees, where the company register does not say."""

    def with_services(self, wanted: Sequence[UUID]) -> "Answers":
        """The services picked, each with what was answered for it before."""
        return replace(self, services={one: self.services.get(one, ServiceAnswers()) for one in wanted})

    def with_service(self, service_id: UUID, answers: ServiceAnswers) -> "Answers":
        return replace(self, services={**self.services, service_id: answers})


@dataclass(frozen=True, slots=True)
class ServiceAsks:
    """What a service asks of an offer today."""

    limits: OfferLimits
    area: frozenset[str]
    """Municipalities of its organiser; all of them where the organiser has no area."""
    points: tuple[str, ...]
    """Codes of the rule book's points; none while no book has been published: then its version alone is accepted."""
    problem: str | None = None
    """Why it cannot be applied for at all: an admission stands, another application is open."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the answers are held against: the services, and what the provider has besides the draft."""

    services: Mapping[UUID, ServiceAsks]
    coaches: Collection[UUID]
    """Those who still work there and have a surname and a qualification."""
    sites: Collection[UUID]
    papers_lacking: Mapping[str, Refusal]
    papers_asked: Collection[str]
    employer_known: bool
    has_account: bool | None
    """None where none is asked: an organiser does not pay its own unit by voucher to an account."""
    today: date


Place = tuple[Part, UUID | None]
"""A part, and of which service it is where each has its own."""


class _Note(Protocol):
    def __call__(self, part: Part, code: str | Refusal, service_id: UUID | None = None) -> None: ...


def offer_of(answers: Answers, service_id: UUID, asks: ServiceAsks) -> Offer | None:
    """The offer that the answers make for one service; None while a part of it is missing. It serves the picked
    municipalities that are its organiser's."""
    own = answers.services[service_id]
    if not (answers.where and answers.way and own.price and own.capacity and own.accepted):
        return None
    codes = [code for code in answers.where.municipality_codes if code in asks.area]
    return Offer(
        unit_price_cents=own.price.unit_price_cents,
        vat_rate_bp=own.price.vat_rate_bp,
        municipality_codes=tuple(codes),
        remote=answers.where.remote,
        languages=answers.languages,
        accessibility=answers.accessibility or (),
        method=answers.way.method,
        places=own.capacity.places,
        next_start=own.capacity.next_start,
        first_talk_free=answers.way.first_talk_free,
        rule_book_version=own.accepted.version,
        same_coach=answers.way.same_coach,
        experience=answers.way.experience,
        vat_category=own.price.vat_category,
        vat_reason=own.price.vat_reason,
    )


_FIELD_PARTS: Final[Mapping[str, Part]] = {
    "unit_price": Part.PRICE,
    **dict.fromkeys(VAT_NAMES, Part.PRICE),
    "municipality_codes": Part.WHERE,
    "languages": Part.LANGUAGES,
    "accessibility": Part.ACCESSIBILITY,
    "method": Part.WAY,
    "experience": Part.WAY,
    "places": Part.CAPACITY,
    "next_start": Part.CAPACITY,
    "rule_book_version": Part.RULES,
}
"""Which page mends what is wrong with an offer."""


def missing(answers: Answers, situation: Situation) -> dict[Place, Refusal]:
    """What stands between the draft and its being sent: part → the reason. Empty when it can be sent."""
    found: dict[Place, Refusal] = {}

    def note(part: Part, code: str | Refusal, service_id: UUID | None = None) -> None:
        refusal = Refusal(code) if isinstance(code, str) else code
        found.setdefault((part, service_id), refusal)

    if not answers.services:
        note(Part.SERVICES, "draft.no_service")
    _common(answers, situation, note)
    for service_id, own in answers.services.items():
        asks = situation.services.get(service_id)
        if asks is None or asks.problem:
            note(Part.SERVICES, (asks.problem if asks else None) or "draft.service_gone")
            continue
        _of_service(answers, service_id, own, asks, situation.today, note)
    return found


def _common(answers: Answers, situation: Situation, note: _Note) -> None:
    if answers.where is None:
        note(Part.WHERE, "draft.unanswered")
    if serves_on_the_spot(answers):
        if not answers.sites:
            note(Part.SITES, "draft.no_site")
        elif set(answers.sites) - set(situation.sites):
            note(Part.SITES, "draft.site_gone")
    if not answers.languages:
        note(Part.LANGUAGES, "draft.unanswered")
    if answers.accessibility is None:
        note(Part.ACCESSIBILITY, "draft.unanswered")
    elif set(answers.accessibility) - set(ACCESSIBILITY):
        note(Part.ACCESSIBILITY, "offer.accessibility_unknown")
    if answers.way is None:
        note(Part.WAY, "draft.unanswered")
    elif set(answers.way.experience) - set(EXPERIENCE):
        note(Part.WAY, "offer.experience_unknown")
    if not answers.coaches:
        note(Part.COACHES, "draft.no_coach")
    elif set(answers.coaches) - set(situation.coaches):
        note(Part.COACHES, "draft.coach_incomplete")
    if "liability_insurance" in situation.papers_asked:
        if answers.insurance is None:
            note(Part.INSURANCE, "draft.unanswered")
        elif answers.insurance.valid_until < situation.today:
            note(Part.INSURANCE, Refusal("draft.insurance_over", {"until": answers.insurance.valid_until}))
    if not situation.employer_known and answers.employer is None:
        note(Part.EVIDENCE, "draft.employer_unsaid")
    elif situation.papers_lacking:
        note(Part.EVIDENCE, Refusal("draft.papers_lacking", {"count": len(situation.papers_lacking)}))
    if situation.has_account is False:
        note(Part.BANK, "draft.no_account")


def _of_service(
    answers: Answers, service_id: UUID, own: ServiceAnswers, asks: ServiceAsks, today: date, note: _Note
) -> None:
    if own.accepted is None:
        note(Part.RULES, "draft.unanswered", service_id)
    elif own.accepted.version != asks.limits.rule_book_version:
        note(Part.RULES, "draft.rule_book_changed", service_id)
    elif left := len(set(asks.points) - set(own.accepted.points)):
        note(Part.RULES, Refusal("draft.points_left", {"count": left}), service_id)
    if own.price is None:
        note(Part.PRICE, "draft.unanswered", service_id)
    elif own.price.start is not None and own.price.start < today:
        note(Part.PRICE, "draft.price_start_past", service_id)
    if own.capacity is None:
        note(Part.CAPACITY, "draft.unanswered", service_id)
    offer = offer_of(answers, service_id, asks)
    if offer is None:
        return
    for name, code in offer_errors(offer, asks.limits, earliest_start=today).items():
        part = _FIELD_PARTS[name]
        note(part, code, service_id if part in OF_SERVICE else None)


def serves_on_the_spot(answers: Answers) -> bool:
    """Who serves remotely only is not asked for a place with a door."""
    return answers.where is None or bool(answers.where.municipality_codes)


def parts_of(answers: Answers, situation: Situation) -> list[Place]:
    """Every part that this application has, in order: what does not apply is not asked."""
    insured = "liability_insurance" in situation.papers_asked
    papers = bool(situation.papers_asked) or not situation.employer_known
    common = [
        Part.ORGANISATION, Part.SERVICES, Part.WHERE, Part.SITES, Part.LANGUAGES, Part.ACCESSIBILITY, Part.WAY,
        Part.COACHES,
    ]  # fmt: skip
    if not serves_on_the_spot(answers):
        common.remove(Part.SITES)
    places: list[Place] = [(part, None) for part in common]
    places += [(part, service_id) for service_id in answers.services for part in OF_SERVICE]
    places += [(Part.INSURANCE, None)] if insured else []
    places += [(Part.EVIDENCE, None)] if papers else []
    places += [(Part.BANK, None)] if situation.has_account is not None else []
    return places
