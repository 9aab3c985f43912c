"""Which providers have a page: for the sitemap."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.model import Admission
from registry.providers.queries.choosable import OPEN_REGISTER, STANDING, in_term


async def count_pages(session: AsyncSession, *, on: date) -> int:
    """How many providers stand in the register."""
    return (
        await session.scalar(
            select(func.count(func.distinct(Admission.provider_id))).where(
                STANDING, in_term(on), OPEN_REGISTER
            )
        )
        or 0
    )


async def pages_of(session: AsyncSession, *, on: date, offset: int, limit: int) -> Sequence[UUID]:
    """Providers that stand in the register, by id."""
    return (
        await session.scalars(
            select(Admission.provider_id)
            .where(STANDING, in_term(on), OPEN_REGISTER)
            .distinct()
            .order_by(Admission.provider_id)
            .offset(offset)
            .limit(limit)
        )
    ).all()
