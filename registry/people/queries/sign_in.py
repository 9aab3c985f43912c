"""The roles that one may sign in with."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.catalogue.queries import Names
from registry.people.model import ClientPerson, RoleGrant, SignInSession
from registry.shared.actor import Role, Sight
from registry.shared.database import see


async def role_grants_of(session: AsyncSession, *, account_id: UUID) -> list[tuple[UUID, Role, UUID | None]]:
    """(id, role, organiser) of each role that an account holds now, as far as the transaction sees."""
    rows = await session.execute(
        select(RoleGrant.id, RoleGrant.role, RoleGrant.organiser_id)
        .where(RoleGrant.account_id == account_id, RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.granted_at)
    )
    return [(grant_id, Role(role), organiser_id) for grant_id, role, organiser_id in rows]


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role that somebody may act in: for an organiser, for a provider, or as the client of that name."""

    role_grant_id: UUID
    role: Role
    organiser: Names | None
    provider_id: UUID | None
    client_name: str | None
    guardian: bool
    """Acts for that client under the own name."""
    current: bool
    """The one acted in now."""


def _names(organiser: Organiser | None) -> Names | None:
    return Names(organiser.name_fi, organiser.name_sv, organiser.name_en) if organiser else None


async def own_roles(session: AsyncSession, *, account_id: UUID, session_id: UUID | None) -> list[OwnRole]:
    """All roles of the signed-in person, at whatever organiser, the oldest first. Widens the transaction to all
    organisers to find them, so it stands alone in one and is asked only of the own account."""
    await see(session, Sight(organisers=tuple(await session.scalars(select(Organiser.id)))))
    rows = await session.execute(
        select(RoleGrant, Organiser, ClientPerson.name, SignInSession.id)
        .outerjoin(Organiser, Organiser.id == RoleGrant.organiser_id)
        .outerjoin(ClientPerson, ClientPerson.client_id == RoleGrant.client_id)
        .outerjoin(
            SignInSession, and_(SignInSession.id == session_id, SignInSession.role_grant_id == RoleGrant.id)
        )
        .where(RoleGrant.account_id == account_id, RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    return [
        OwnRole(
            role_grant_id=grant.id,
            role=Role(grant.role),
            organiser=_names(organiser),
            provider_id=grant.provider_id,
            client_name=client_name,
            guardian=grant.guardian,
            current=signed_in is not None,
        )
        for grant, organiser, client_name, signed_in in rows
    ]
