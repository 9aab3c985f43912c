"""How providers are reached, as the public may know it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.model import Provider
from registry.providers.rules import address_shown


@dataclass(frozen=True, slots=True)
class Contact:
    street: str | None
    postal_code: str | None
    """Neither of a sole trader, who often works at home."""
    city: str | None
    phone: str | None
    email: str | None
    website: str | None


async def contacts_of(session: AsyncSession, provider_ids: Sequence[UUID]) -> Mapping[UUID, Contact]:
    """Of several providers in one query."""
    rows = await session.scalars(select(Provider).where(Provider.id.in_(provider_ids)))
    return {
        row.id: Contact(
            *address_shown(row.form, row.street, row.postal_code), row.city, row.phone, row.email, row.website
        )
        for row in rows
    }
