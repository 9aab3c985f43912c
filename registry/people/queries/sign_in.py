"""The roles that one may sign in with."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import RoleGrant
from registry.shared.actor import Role


async def role_grants_of(session: AsyncSession, *, account_id: UUID) -> list[tuple[UUID, Role, UUID | None]]:
    """(id, role, organiser) of each role that an account holds now, as far as the transaction sees."""
    rows = await session.execute(
        select(RoleGrant.id, RoleGrant.role, RoleGrant.organiser_id)
        .where(RoleGrant.account_id == account_id, RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.granted_at)
    )
    return [(grant_id, Role(role), organiser_id) for grant_id, role, organiser_id in rows]
