"""What a provider's person may do there: everything as its office, or meet clients as a coach."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import RoleGrant
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden

COACH: Final = "coach"


async def duty_of(session: AsyncSession, actor: Actor) -> str:
    """`office` or `coach`. A system with a token stands for the office, which alone can make tokens."""
    if actor.kind != "account" or actor.role != Role.PROVIDER_USER:
        return "office"
    held = await session.scalar(
        select(RoleGrant.duty).where(
            RoleGrant.account_id == actor.id,
            RoleGrant.provider_id == actor.provider_id,
            RoleGrant.ended_at.is_(None),
        )
    )
    return held or "office"


async def require_office(session: AsyncSession, actor: Actor) -> None:
    """A coach neither applies nor touches prices, papers, accounts, people or tokens: whoever meets a client need not be
    trusted with the organisation."""
    if await duty_of(session, actor) == COACH:
        raise Forbidden("door.office_only")
