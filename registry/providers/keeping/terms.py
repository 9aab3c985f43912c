"""What an organiser has set for keeping a service's approvals: notice of prices, time to accept a new rule book."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.commands.services import locked_service
from registry.catalogue.legal_regimes.rules import EvidenceKind
from registry.providers.keeping.model import ServiceKeeping
from registry.providers.keeping.rules import (
    ACCEPT_RANGE,
    AGAIN_RANGE,
    NOTICE_RANGE,
    Afterwards,
    KeepingTerms,
    again_kept,
)
from registry.shared.actor import Actor
from registry.shared.errors import Invalid
from registry.shared.period import local_date


async def keeping_terms(session: AsyncSession, service_id: UUID) -> KeepingTerms:
    """What was set, or the defaults."""
    row = await session.get(ServiceKeeping, service_id, populate_existing=True)
    if row is None:
        return KeepingTerms()
    again = {kind: one["months"] for kind, one in row.papers_again.items()}
    return KeepingTerms(row.price_notice_days, row.accept_within_days, Afterwards(row.afterwards), again)


async def set_keeping_terms(
    session: AsyncSession, *, actor: Actor, now: datetime, service_id: UUID, terms: KeepingTerms
) -> None:
    """Set them for what begins from now on: a price or a rule book that was announced keeps its day."""
    service = await locked_service(session, actor, service_id)
    errors = {}
    if not NOTICE_RANGE[0] <= terms.price_notice_days <= NOTICE_RANGE[1]:
        errors["price_notice_days"] = "keeping.notice_range"
    if not ACCEPT_RANGE[0] <= terms.accept_within_days <= ACCEPT_RANGE[1]:
        errors["accept_within_days"] = "keeping.accept_range"
    for kind, months in terms.papers_again.items():
        if kind not in set(EvidenceKind) or not AGAIN_RANGE[0] <= months <= AGAIN_RANGE[1]:
            errors[f"again_{kind}"] = "keeping.again_range"
    if errors:
        raise Invalid("keeping.wrong", errors=errors)
    row = await session.get(ServiceKeeping, service_id, populate_existing=True)
    had = row.papers_again if row is not None else {}
    values = {
        "price_notice_days": terms.price_notice_days,
        "accept_within_days": terms.accept_within_days,
        "afterwards": str(terms.afterwards),
        "papers_again": again_kept(had, terms.papers_again, today=local_date(now)),
        "changed_by": actor.id,
        "changed_at": now,
    }
    await session.execute(
        insert(ServiceKeeping)
        .values(service_id=service_id, **values)
        .on_conflict_do_update(index_elements=["service_id"], set_=values)
    )
    record(
        session,
        actor=actor,
        now=now,
        action="service.keeping_set",
        subject_kind="service",
        subject_id=service_id,
        organiser_id=service.organiser_id,
        facts={name: value for name, value in values.items() if not name.startswith("changed")},
    )
