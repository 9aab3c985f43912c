"""Reading what courts have told. Row-level security hides what is another's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.decisions.court.model import CourtAppeal


@dataclass(frozen=True, slots=True)
class CourtRow:
    """An appeal to a court, as it stands."""

    id: UUID
    decision_id: UUID
    court: str
    docket: str
    filed_on: date
    state: str
    ruled_on: date | None
    ruling: str
    followed_by: UUID | None


async def court_appeals_of(session: AsyncSession, decision_id: UUID) -> Sequence[CourtRow]:
    """Against one decision, the latest first."""
    rows = await session.scalars(
        select(CourtAppeal)
        .where(CourtAppeal.decision_id == decision_id)
        .order_by(CourtAppeal.entered_at.desc(), CourtAppeal.id.desc())
    )
    return [
        CourtRow(
            id=one.id,
            decision_id=one.decision_id,
            court=one.court,
            docket=one.docket,
            filed_on=one.filed_on,
            state=one.state,
            ruled_on=one.ruled_on,
            ruling=one.ruling,
            followed_by=one.followed_by,
        )
        for one in rows
    ]
