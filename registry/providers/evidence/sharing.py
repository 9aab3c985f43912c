"""A paper is shown to organisers: to each what it asks, when an application is sent, and a newer one later on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.catalogue.legal_regimes.rules import EvidenceKind, EvidenceRule
from registry.people.duties import require_office
from registry.providers.evidence.commands import locked_paper
from registry.providers.evidence.model import EvidenceShare
from registry.providers.evidence.rules import Paper, asked_together, chosen, fits, good_until
from registry.providers.files.rules import EVIDENCE_MONTHS
from registry.providers.model import Admission, Application
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, NotFound, Refused, require
from registry.shared.period import local_date


async def share_papers(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    provider_id: UUID,
    papers: Sequence[Paper],
    asked: Mapping[UUID, Iterable[EvidenceRule]],
) -> None:
    """Show each organiser what it asks, and nothing else. The organisers must be in sight."""
    today = local_date(now)
    for organiser_id, rules in asked.items():
        wanted = asked_together([tuple(rules)])
        months = {one.kind: one.max_age_months for one in wanted}
        for kind, paper in chosen(papers, wanted, on=today).items():
            made = await session.scalar(
                insert(EvidenceShare)
                .values(
                    paper_id=paper.id,
                    organiser_id=organiser_id,
                    provider_id=provider_id,
                    shared_by=actor.id,
                    shared_at=now,
                    good_until=good_until(paper, max_age_months=months[kind]),
                )
                .on_conflict_do_nothing()
                .returning(EvidenceShare.paper_id)
            )
            if made is not None:
                record(
                    session,
                    actor=actor,
                    now=now,
                    action="evidence.shared",
                    subject_kind="evidence",
                    subject_id=paper.id,
                    organiser_id=organiser_id,
                    facts={"provider": provider_id, "kind": str(kind)},
                )


async def show_paper(
    session: AsyncSession, *, actor: Actor, now: datetime, paper_id: UUID, organiser_id: UUID
) -> None:
    """Show a paper to an organiser that the provider deals with already: a newer one, before the old one's time is
    over. It has to be young enough by the strictest of the regimes that the provider is under there."""
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    paper = await locked_paper(session, paper_id)
    if paper.provider_id != actor.provider_id or organiser_id not in actor.sight.organisers:
        raise NotFound("evidence.unknown")
    if paper.withdrawn_at is not None:
        raise Refused("evidence.withdrawn")
    seen = Paper(paper.id, paper.kind, paper.issued_on, paper.valid_until)
    rules = await _rules_at(session, paper.provider_id, organiser_id, EvidenceKind(paper.kind))
    require(fits(seen, max_age_months=rules[0].max_age_months, on=local_date(now)))
    await share_papers(
        session,
        actor=actor,
        now=now,
        provider_id=paper.provider_id,
        papers=[seen],
        asked={organiser_id: rules},
    )


async def _rules_at(
    session: AsyncSession, provider_id: UUID, organiser_id: UUID, kind: EvidenceKind
) -> list[EvidenceRule]:
    """The strictest rule about papers of this kind, of the services that the provider applied for or has there."""
    found = [
        rule
        for service_id in await session.scalars(
            select(Application.service_id)
            .where(Application.provider_id == provider_id, Application.organiser_id == organiser_id)
            .union(
                select(Admission.service_id).where(
                    Admission.provider_id == provider_id, Admission.organiser_id == organiser_id
                )
            )
        )
        if (regime := await regime_in_force(session, service_id)) is not None
        for rule in regime.regime.evidence
        if rule.kind is kind
    ]
    usual = EvidenceRule(
        kind, asked_of=(), employers_only=False, fetched=False, max_age_months=EVIDENCE_MONTHS
    )
    return [min(found, key=lambda rule: rule.max_age_months, default=usual)]
