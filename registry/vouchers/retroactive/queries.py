"""Proposals of grants from a day that has passed, for whoever decides them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.people.model import Account
from registry.vouchers.retroactive.model import RetroactiveGrant

_SEEN: Final = (
    select(RetroactiveGrant, Service, Account.display_name)
    .join(Service, Service.id == RetroactiveGrant.service_id)
    .join(Account, Account.id == RetroactiveGrant.proposed_by)
)


@dataclass(frozen=True, slots=True)
class Proposal:
    id: UUID
    organiser_id: UUID
    client_id: UUID
    service: Names
    service_id: UUID
    events_from: date
    reason: str
    state: str
    proposed_at: datetime
    proposed_by: UUID
    proposer: str
    voucher_id: UUID | None


async def proposals(session: AsyncSession, *, limit: int = 100) -> list[Proposal]:
    """Those in sight, the open ones first, then the latest."""
    open_first = (RetroactiveGrant.state != "proposed", RetroactiveGrant.id.desc())
    return await _proposals(session, _SEEN.order_by(*open_first).limit(limit))


async def proposal_page(
    session: AsyncSession, *, after: UUID | None, limit: int, state: str | None = None
) -> list[Proposal]:
    """Those in sight, the latest first; one more than asked for where there is another page."""
    wanted = _SEEN.order_by(RetroactiveGrant.id.desc()).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(RetroactiveGrant.id < after)
    if state is not None:
        wanted = wanted.where(RetroactiveGrant.state == state)
    return await _proposals(session, wanted)


async def _proposals(session: AsyncSession, wanted: Select[RetroactiveGrant, Service, str]) -> list[Proposal]:
    rows = await session.execute(wanted)
    return [
        Proposal(
            row.id,
            row.organiser_id,
            row.client_id,
            Names(service.name_fi, service.name_sv, service.name_en),
            service.id,
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
