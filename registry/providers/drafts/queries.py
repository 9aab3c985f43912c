"""Reading a draft with all that its answers are held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.catalogue.legal_regimes.rules import EvidenceRule, evidence_asked
from registry.catalogue.model import Municipality, Organiser, Service, VoucherTerms
from registry.catalogue.queries import Names
from registry.catalogue.rule_books.queries import Book, rule_book_of
from registry.providers.bank_accounts.model import BankAccount
from registry.providers.company_register.lookups import KnownFacts, known_facts
from registry.providers.drafts.kept import read_answers
from registry.providers.drafts.model import ApplicationDraft
from registry.providers.drafts.rules import Answers, Place, ServiceAsks, Situation, missing, parts_of
from registry.providers.evidence.model import EvidencePaper
from registry.providers.evidence.rules import Asked, Paper, asked_together, lacking
from registry.providers.model import Admission, Application, Coach, CoachDetail, Provider
from registry.providers.rules import OfferLimits
from registry.providers.sites.model import Site
from registry.shared.errors import NotFound, Refusal


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service of the draft, as its pages show it."""

    id: UUID
    name: Names
    organiser_id: UUID
    organiser_name: Names
    unit_name: str | None
    unit_price_ceiling_cents: int
    own_share_allowed: bool
    rule_book_version: str
    book: Book | None
    asked: tuple[EvidenceRule, ...]


@dataclass(frozen=True, slots=True)
class DraftState:
    """An open draft, what it is held against, and what is missing."""

    id: UUID
    provider_id: UUID
    version: int
    started_at: datetime
    changed_at: datetime
    answers: Answers
    provider_name: str
    provider_form: str
    business_id: str | None
    services: Mapping[UUID, ServiceFacts]
    situation: Situation
    asked: tuple[Asked, ...]
    known: KnownFacts | None
    parts: Sequence[Place] = field(default_factory=tuple)
    missing: Mapping[Place, Refusal] = field(default_factory=dict)


async def open_draft(session: AsyncSession, *, provider_id: UUID) -> ApplicationDraft | None:
    """The provider's draft that has not been sent."""
    draft: ApplicationDraft | None = await session.scalar(
        select(ApplicationDraft).where(
            ApplicationDraft.provider_id == provider_id, ApplicationDraft.submitted_at.is_(None)
        )
    )
    return draft


async def draft_state(session: AsyncSession, *, provider_id: UUID, today: date) -> DraftState:
    """The provider's open draft. Raises NotFound where there is none."""
    draft = await open_draft(session, provider_id=provider_id)
    if draft is None:
        raise NotFound("draft.unknown")
    return await state_of(session, draft, today=today)


async def state_of(session: AsyncSession, draft: ApplicationDraft, *, today: date) -> DraftState:
    """What the draft's answers are worth today."""
    answers = read_answers(draft.answers)
    provider = await session.get_one(Provider, draft.provider_id)
    business_id = provider.identity_value if provider.identity_scheme == "fi:business-id" else None
    known = await known_facts(session, business_id=business_id) if business_id else None
    employer = known.employer if known else None
    facts, asks = await _services(
        session,
        provider,
        list(answers.services),
        employer=answers.employer if employer is None else employer,
        register_answered=bool(known and known.verified),
    )
    asked = asked_together([one.asked for one in facts.values()])
    situation = Situation(
        services=asks,
        coaches=await _coaches(session, provider.id),
        sites=await _sites(session, provider.id),
        papers_lacking={
            str(kind): why
            for kind, why in lacking(await papers(session, provider.id), asked, on=today).items()
        },
        papers_asked=[str(one.kind) for one in asked],
        employer_known=employer is not None or not any(_employers(one) for one in facts.values()),
        has_account=await _has_account(session, provider, facts),
        today=today,
    )
    return DraftState(
        id=draft.id,
        provider_id=provider.id,
        version=draft.version,
        started_at=draft.started_at,
        changed_at=draft.changed_at,
        answers=answers,
        provider_name=provider.name,
        provider_form=provider.form,
        business_id=business_id,
        services=facts,
        situation=situation,
        asked=asked,
        known=known,
        parts=parts_of(answers, situation),
        missing=missing(answers, situation),
    )


def _employers(service: ServiceFacts) -> bool:
    """Whether the answer to "do you have employees?" changes what this service asks."""
    return any(rule.employers_only for rule in service.asked)


async def _services(
    session: AsyncSession,
    provider: Provider,
    ids: Sequence[UUID],
    *,
    employer: bool | None,
    register_answered: bool,
) -> tuple[dict[UUID, ServiceFacts], dict[UUID, ServiceAsks]]:
    rows = (
        await session.execute(
            select(Service, Organiser, VoucherTerms)
            .join(Organiser, Organiser.id == Service.organiser_id)
            .join(VoucherTerms, VoucherTerms.service_id == Service.id)
            .where(Service.id.in_(ids), Service.active)
            .ext(distinct_on(Service.id))
            .order_by(Service.id, VoucherTerms.version.desc())
        )
    ).all()
    found = {service.id: (service, organiser, terms) for service, organiser, terms in rows}
    municipalities = (
        await session.execute(select(Municipality.code, Municipality.employment_area_code))
    ).all()
    codes = frozenset(code for code, _ in municipalities)
    taken = await _taken(session, provider.id, ids)
    facts: dict[UUID, ServiceFacts] = {}
    asks: dict[UUID, ServiceAsks] = {}
    for service_id in ids:
        if service_id not in found:
            continue
        service, organiser, terms = found[service_id]
        book = await rule_book_of(session, service_id, version=terms.rule_book_version)
        regime = await regime_in_force(session, service_id)
        own = provider.own_production_of == organiser.id
        rules = (
            evidence_asked(
                regime.regime,
                provider_kind="own_production" if own else provider.form,
                employer=employer,
                register_answered=register_answered,
            )
            if regime
            else ()  # what no regime asks, nobody asks
        )
        own_share = terms.own_share_allowed and not service.free_by_law
        facts[service_id] = ServiceFacts(
            id=service_id,
            name=Names(service.name_fi, service.name_sv, service.name_en),
            organiser_id=organiser.id,
            organiser_name=Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
            unit_name=terms.unit_name,
            unit_price_ceiling_cents=terms.unit_price_ceiling_cents,
            own_share_allowed=own_share,
            rule_book_version=terms.rule_book_version,
            book=book,
            asked=rules,
        )
        area = organiser.employment_area_code
        asks[service_id] = ServiceAsks(
            limits=OfferLimits(terms.unit_price_ceiling_cents, own_share, terms.rule_book_version, codes),
            area=frozenset(code for code, of in municipalities if area is None or of == area),
            points=tuple(point.code for point in book.points) if book else (),
            problem=taken.get(service_id),
        )
    return facts, asks


async def _taken(session: AsyncSession, provider_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Services that cannot be applied for now: an admission stands, or another application waits."""
    admitted = await session.scalars(
        select(Admission.service_id).where(
            Admission.provider_id == provider_id,
            Admission.service_id.in_(ids),
            Admission.state.in_(("active", "suspended")),
        )
    )
    waiting = await session.scalars(
        select(Application.service_id).where(
            Application.provider_id == provider_id,
            Application.service_id.in_(ids),
            Application.state.in_(("submitted", "more_information", "hearing", "heard")),
        )
    )
    problems = dict.fromkeys(waiting, "application.open_already")
    return problems | dict.fromkeys(admitted, "application.admitted_already")


async def _coaches(session: AsyncSession, provider_id: UUID) -> frozenset[UUID]:
    return frozenset(
        await session.scalars(
            select(Coach.id)
            .join(CoachDetail, CoachDetail.coach_id == Coach.id)
            .where(
                Coach.provider_id == provider_id,
                Coach.ended_at.is_(None),
                CoachDetail.surname != "",
                CoachDetail.qualification != "",
            )
        )
    )


async def _sites(session: AsyncSession, provider_id: UUID) -> frozenset[UUID]:
    return frozenset(
        await session.scalars(select(Site.id).where(Site.provider_id == provider_id, Site.ended_at.is_(None)))
    )


async def papers(session: AsyncSession, provider_id: UUID) -> list[Paper]:
    """The provider's own papers that it has not taken back."""
    rows = await session.execute(
        select(
            EvidencePaper.id, EvidencePaper.kind, EvidencePaper.issued_on, EvidencePaper.valid_until
        ).where(EvidencePaper.provider_id == provider_id, EvidencePaper.withdrawn_at.is_(None))
    )
    return [Paper(*row) for row in rows]


async def _has_account(
    session: AsyncSession, provider: Provider, services: Mapping[UUID, ServiceFacts]
) -> bool | None:
    paying = {one.organiser_id for one in services.values()} - {provider.own_production_of}
    if services and not paying:
        return None
    known = await session.scalar(
        select(BankAccount.id)
        .where(BankAccount.provider_id == provider.id, BankAccount.state.in_(("requested", "in_force")))
        .limit(1)
    )
    return known is not None
