"""A provider's systems, as far as they may be shown."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.api_clients.model import ApiClient
from registry.people.model import Account
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class ApiClientRow:
    """A system with credentials: everything but its secrets."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    secret_made_at: datetime
    old_secret_until: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def old_secret_works(self, now: datetime) -> bool:
        return self.old_secret_until is not None and now < self.old_secret_until


async def api_clients_of(session: AsyncSession, *, provider_id: UUID) -> list[ApiClientRow]:
    """The provider's systems, those in use first, in one query."""
    rows = await session.execute(
        select(ApiClient, Account.display_name)
        .outerjoin(Account, Account.id == ApiClient.created_by)
        .where(ApiClient.provider_id == provider_id)
        .order_by(ApiClient.revoked_at.is_not(None), ApiClient.created_at.desc(), ApiClient.id)
        .limit(200)
    )
    return [_row(row, name) for row, name in rows]


async def api_client_of(session: AsyncSession, *, provider_id: UUID, client_id: UUID) -> ApiClientRow:
    """One of them; NotFound where it is not the provider's."""
    found = (
        await session.execute(
            select(ApiClient, Account.display_name)
            .outerjoin(Account, Account.id == ApiClient.created_by)
            .where(ApiClient.id == client_id, ApiClient.provider_id == provider_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("api_client.unknown")
    return _row(*found)


def _row(row: ApiClient, name: str | None) -> ApiClientRow:
    return ApiClientRow(
        id=row.id,
        name=row.name,
        scopes=tuple(row.scopes),
        created_by=name or "",
        created_at=row.created_at,
        secret_made_at=row.secret_made_at,
        old_secret_until=row.old_secret_until,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
