"""What comes next against a decision: the authority's own review, or a court."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import regime_with
from registry.catalogue.legal_regimes.rules import RemedyKind
from registry.providers.decisions.model import Appeal, DecisionRecord
from registry.providers.decisions.rules import ON_APPEAL, DecisionKind


async def review_answered(session: AsyncSession, row: DecisionRecord) -> UUID | None:
    """The request for review that a decision answers, or that the one answers which it corrects."""
    step: DecisionRecord | None = row
    while step is not None:
        found: UUID | None = await session.scalar(select(Appeal.id).where(Appeal.answer_id == step.id))
        if found is not None or step.correction is None or step.replaces is None:
            return found
        step = await session.get(DecisionRecord, step.replaces)
    return None


async def goes_to_court(session: AsyncSession, row: DecisionRecord) -> bool:
    """Whether a court is next: where the regime that it was decided under says so, and after a review."""
    if DecisionKind(row.kind) in ON_APPEAL or await review_answered(session, row) is not None:
        return True
    regime = await regime_with(session, row.service_id, row.regime_digest)
    return regime is not None and regime.remedy.kind is RemedyKind.APPEAL
