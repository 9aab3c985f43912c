"""Proposals of grants from a day that has passed, for whoever decides them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.people.model import Account
from registry.vouchers.retroactive.model import RetroactiveGrant


@dataclass(frozen=True, slots=True)
class Proposal:
    id: UUID
    organiser_id: UUID
    client_id: UUID
    service: Names
    events_from: date
    reason: str
    state: str
    proposed_at: datetime
    proposed_by: UUID
    proposer: str
    voucher_id: UUID | None


async def proposals(session: AsyncSession, *, limit: int = 100) -> list[Proposal]:
    """Those in sight, the open ones first, then the latest."""
    rows = await session.execute(
        select(RetroactiveGrant, Service, Account.display_name)
        .join(Service, Service.id == RetroactiveGrant.service_id)
        .join(Account, Account.id == RetroactiveGrant.proposed_by)
        .order_by(RetroactiveGrant.state != "proposed", RetroactiveGrant.id.desc())
        .limit(limit)
    )
    return [
        Proposal(
            row.id,
            row.organiser_id,
            row.client_id,
            Names(service.name_fi, service.name_sv, service.name_en),
            row.events_from,
            row.reason,
            row.state,
            row.proposed_at,
            row.proposed_by,
            proposer,
            row.voucher_id,
        )
        for row, service, proposer in rows
    ]
