"""What the sandbox's page shows a provider of its own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.providers.model import Admission
from registry.shared.actor import Actor, Sight
from registry.shared.database import see
from registry.vouchers.model import Assignment, Voucher


@dataclass(frozen=True, slots=True)
class SandboxVoucher:
    id: UUID
    assignment_id: UUID
    number: str
    state: str
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class SandboxView:
    """Whether there is a sandbox, whether the provider is in it, and its newest vouchers."""

    there: bool
    joined: bool
    vouchers: tuple[SandboxVoucher, ...] = ()


async def sandbox_view(session: AsyncSession, *, actor: Actor, limit: int = 20) -> SandboxView:
    """Three queries."""
    organiser_id = await session.scalar(select(Organiser.id).where(Organiser.sandbox))
    if organiser_id is None:
        return SandboxView(there=False, joined=False)
    joined = await session.scalar(
        select(Admission.id)
        .where(
            Admission.provider_id == actor.provider_id,
            Admission.organiser_id == organiser_id,
            Admission.state == "active",
        )
        .limit(1)
    )
    if joined is None:
        return SandboxView(there=True, joined=False)
    await see(session, Sight(organisers=(organiser_id,), provider=actor.provider_id))
    rows = await session.execute(
        select(Voucher.id, Assignment.id, Voucher.number, Voucher.state, Voucher.granted_at)
        .join(Assignment, Assignment.voucher_id == Voucher.id)
        .where(Assignment.provider_id == actor.provider_id, Voucher.organiser_id == organiser_id)
        .order_by(Voucher.granted_at.desc(), Voucher.id.desc())
        .limit(limit)
    )
    return SandboxView(there=True, joined=True, vouchers=tuple(SandboxVoucher(*row) for row in rows))
