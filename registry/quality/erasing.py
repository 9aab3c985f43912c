"""Reviews whose time is over: the words first, then the scores; what was published of them stays, and names nobody."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quality.alarms.model import ReviewOrigin
from registry.quality.comments.commands import erase_comments
from registry.quality.model import Review
from registry.shared.actor import Actor
from registry.vouchers.model import Voucher

LIFE: Final = timedelta(days=3 * 365)


async def delete_old_reviews(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Delete up to `limit` reviews of services that ended three years ago."""
    ended = func.coalesce(Voucher.ended_at, Voucher.claim_until)
    ids = (
        await session.scalars(
            select(Review.id)
            .join(Voucher, Voucher.id == Review.voucher_id)
            .where(ended < now - LIFE, Review.submitted_at < now - LIFE)
            .order_by(Review.id)
            .limit(limit)
            .with_for_update(of=Review, skip_locked=True)
        )
    ).all()
    if ids:
        await erase_comments(session, actor=actor, now=now, review_ids=ids, public_too=False)
        await session.execute(delete(ReviewOrigin).where(ReviewOrigin.review_id.in_(ids)))
        await session.execute(delete(Review).where(Review.id.in_(ids)))
    return len(ids)
