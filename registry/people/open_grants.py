"""The role behind a sign-in, asked for before any organiser is in sight."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role

_OPEN_GRANT: Final = text(
    "SELECT account_id, role, organiser_id, provider_id, client_id, guardian FROM registry_role_grant(:wanted)"
)


@dataclass(frozen=True, slots=True)
class OpenGrant:
    """A role that has not ended, of an account that is not disabled."""

    account_id: UUID
    role: Role
    organiser_id: UUID | None
    provider_id: UUID | None
    client_id: UUID | None
    guardian: bool


async def open_grant(session: AsyncSession, *, role_grant_id: UUID) -> OpenGrant | None:
    """Through the SECURITY DEFINER function, since row-level security hides the row from a transaction without sight."""
    row = (await session.execute(_OPEN_GRANT, {"wanted": role_grant_id})).one_or_none()
    if row is None:
        return None
    return OpenGrant(
        row.account_id, Role(row.role), row.organiser_id, row.provider_id, row.client_id, row.guardian
    )
