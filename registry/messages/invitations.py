"""Inviting clients to say how it went: when a service is over, and once more half a year later."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.model import Reminder
from registry.messages.reminding import Remind, mark_reminded
from registry.quality.model import Review
from registry.quality.rules import HALF_YEAR_DAYS, Moment
from registry.shared.actor import Actor
from registry.shared.outbox import enqueue
from registry.vouchers.model import Voucher
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import OPEN_STATES, RedemptionState

QUIET: Final = timedelta(days=30)
"""So long after the last visit a service is taken to be over, whatever is left on the voucher."""
HALF_YEAR: Final = timedelta(days=HALF_YEAR_DAYS)
LATEST: Final = timedelta(days=90)
"""Nobody is invited later than this after the time has come: the answer would be about something else by then."""

TEMPLATES: Final = {"review_after": "review.invited", "review_half_year": "review.invited_again"}


async def invite_reviews(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Invite up to `limit` clients, once for each provider and moment, where they have not answered yet; returns how
    many were looked at. A client who changed providers is asked about each where the voucher was used."""
    last = (
        select(
            Redemption.voucher_id,
            Redemption.provider_id,
            func.max(Redemption.captured_at).label("at"),
        )
        .where(
            Redemption.state == str(RedemptionState.CAPTURED),
            Redemption.captured_at > now - HALF_YEAR - LATEST,
        )
        .group_by(Redemption.voucher_id, Redemption.provider_id)
        .subquery()
    )
    goes_on = and_(
        Voucher.state.in_(OPEN_STATES), Voucher.provider_id == last.c.provider_id, last.c.at > now - QUIET
    )
    moment = case(
        (last.c.at <= now - HALF_YEAR, str(Moment.HALF_YEAR)),
        (and_(last.c.at > now - LATEST, or_(goes_on.is_(False), goes_on.is_(None))), str(Moment.AFTER)),
    )
    answered = select(Review.id).where(
        Review.voucher_id == last.c.voucher_id,
        Review.provider_id == last.c.provider_id,
        Review.moment == moment,
    )
    invited = select(Reminder.id).where(
        Reminder.voucher_id == last.c.voucher_id,
        Reminder.provider_id == last.c.provider_id,
        Reminder.kind == func.concat("review_", moment),
    )
    rows = (
        await session.execute(
            select(
                Voucher.id,
                Voucher.organiser_id,
                Voucher.client_id,
                last.c.provider_id,
                moment.label("moment"),
            )
            .join(last, last.c.voucher_id == Voucher.id)
            .where(moment.is_not(None), ~answered.exists(), ~invited.exists())
            .order_by(Voucher.id, last.c.provider_id)
            .limit(limit)
        )
    ).all()
    sent = await mark_reminded(
        session,
        [
            Remind(row.organiser_id, row.id, f"review_{row.moment}", provider_id=row.provider_id)
            for row in rows
        ],
        now=now,
    )
    for row in rows:
        kind = f"review_{row.moment}"
        if (row.id, kind, row.provider_id) in sent:
            enqueue(
                session,
                now=now,
                client_id=row.client_id,
                organiser_id=row.organiser_id,
                template=TEMPLATES[kind],
                facts={"voucher": str(row.id), "provider": str(row.provider_id)},
            )
    return len(rows)
