"""Notes that a client did not come: for the provider that made them, the client that they are about, and the staff."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.model import Case
from registry.providers.model import Provider
from registry.vouchers.no_shows.model import NoShow


@dataclass(frozen=True, slots=True)
class NoShowView:
    """A day on which the client is said not to have come."""

    id: UUID
    voucher_id: UUID
    provider_name: str
    agreed_for: date
    recorded_at: datetime
    contested: bool
    """The client has said that it is not so, and nobody has decided yet."""


async def no_shows(
    session: AsyncSession, *, voucher_id: UUID | None = None, no_show_id: UUID | None = None
) -> list[NoShowView]:
    """Those in sight, of one voucher or of all; newest first. Whether one is contested shows only to whom cases do."""
    contested = exists().where(Case.subject_id == NoShow.id, Case.closed_at.is_(None))
    query = (
        select(NoShow.id, NoShow.voucher_id, Provider.name, NoShow.agreed_for, NoShow.recorded_at, contested)
        .join(Provider, Provider.id == NoShow.provider_id)
        .order_by(NoShow.agreed_for.desc(), NoShow.id)
    )
    if voucher_id is not None:
        query = query.where(NoShow.voucher_id == voucher_id)
    if no_show_id is not None:
        query = query.where(NoShow.id == no_show_id)
    return [NoShowView(*row) for row in await session.execute(query)]
