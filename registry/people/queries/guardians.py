"""Who acts for a client."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from registry.people.model import Account, ClientPerson, RoleGrant


@dataclass(frozen=True, slots=True)
class Guardian:
    """Somebody who acts for a client, or did."""

    role_grant_id: UUID
    client_id: UUID
    name: str
    email: str | None
    since: datetime
    ended_at: datetime | None


async def guardians_of(session: AsyncSession, *, client_id: UUID) -> list[Guardian]:
    """Those who act for the client now, then those who did."""
    return await _acting(session, client_id, RoleGrant.guardian)


async def representatives_of(session: AsyncSession, *, client_id: UUID) -> list[Guardian]:
    """Those who act for a company now, then those who did."""
    return await _acting(session, client_id, RoleGrant.representative)


async def _acting(
    session: AsyncSession, client_id: UUID, as_what: InstrumentedAttribute[bool]
) -> list[Guardian]:
    rows = await session.execute(
        select(
            RoleGrant.id,
            Account.display_name,
            Account.email,
            RoleGrant.granted_at,
            RoleGrant.ended_at,
        )
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.client_id == client_id, as_what)
        .order_by(RoleGrant.ended_at.desc().nulls_first(), RoleGrant.granted_at)
    )
    return [
        Guardian(grant_id, client_id, name, email, since, ended_at)
        for grant_id, name, email, since, ended_at in rows
    ]


async def initials_of(session: AsyncSession, *, client_id: UUID) -> str:
    """What a guardian's pages call the client: enough to know for whom one acts, and little for whoever looks over a
    shoulder, which matters most where the identity is protected."""
    name = await session.scalar(select(ClientPerson.name).where(ClientPerson.client_id == client_id))
    return " ".join(f"{part[0]}." for part in (name or "").split())
