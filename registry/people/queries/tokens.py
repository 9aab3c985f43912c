"""Machines' tokens, as far as they may be shown."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import Account, ApiToken
from registry.shared.actor import Actor, Role


@dataclass(frozen=True, slots=True)
class Token:
    """A machine's token, as far as it may be shown: never itself."""

    id: UUID
    name: str
    role: Role
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """valid | revoked | expired"""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if now < self.expires_at else "expired"


async def tokens_of(session: AsyncSession, *, actor: Actor) -> list[Token]:
    """The tokens that were made by hand and that the actor may revoke: a provider's own; an administrator's whole
    organiser's; for other staff those of their role."""
    query = (
        select(ApiToken, Account.display_name)
        .outerjoin(Account, Account.id == ApiToken.created_by)
        .where(ApiToken.api_client_id.is_(None))
        .order_by(ApiToken.created_at.desc())
        .limit(200)
    )
    if actor.role == Role.PROVIDER_USER:
        query = query.where(ApiToken.provider_id == actor.provider_id)
    else:
        query = query.where(ApiToken.organiser_id == actor.organiser_id)
        if actor.role != Role.ORGANISER_ADMINISTRATOR:
            query = query.where(ApiToken.role == str(actor.role))
    return [
        Token(
            id=row.id,
            name=row.name,
            role=Role(row.role),
            scopes=tuple(row.scopes),
            created_by=creator or "",
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )
        for row, creator in await session.execute(query)
    ]
