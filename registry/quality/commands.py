"""Taking in what clients say of providers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.quality.comments.commands import queue_comment
from registry.quality.model import Review
from registry.quality.rules import ASPECTS, Moment, may_review
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.vouchers.model import Voucher
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import RedemptionState, VoucherState, goes_on

COMMENT_LENGTH: Final = 2_000


async def submit_review(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    provider_id: UUID,
    moment: Moment,
    scores: Mapping[str, int],
    comment: str | None = None,
    over: bool = False,
) -> UUID:
    """Take in a client's review of a provider where the client's own voucher was redeemed: one per voucher,
    provider and moment, and final, so that nobody can be talked into changing it.

    `scores`: all five aspects, 0 to 10. The comment is kept for moderation and published nowhere yet. `over`: the
    client says that the service is over, which only the client knows while the voucher stands there with value left.
    """
    _check_review(scores, comment)
    voucher = await session.scalar(select(Voucher).where(Voucher.id == voucher_id))
    if voucher is None or voucher.client_id != actor.client_id:
        raise NotFound("voucher.unknown")
    last_redeemed_at = await session.scalar(
        select(func.max(Redemption.captured_at)).where(
            Redemption.voucher_id == voucher_id,
            Redemption.provider_id == provider_id,
            Redemption.state == RedemptionState.CAPTURED,
        )
    )
    may_go_on = goes_on(
        VoucherState(voucher.state),
        chosen_here=voucher.provider_id == provider_id,
        left_cents=voucher.available_cents + voucher.reserved_cents,
    )
    require(
        may_review(moment=moment, last_redeemed_at=last_redeemed_at, now=now, goes_on=may_go_on and not over)
    )
    review = Review(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        service_id=voucher.service_id,
        provider_id=provider_id,
        voucher_id=voucher_id,
        client_id=voucher.client_id,
        moment=str(moment),
        comment=(comment or "").strip() or None,
        submitted_at=now,
        **{aspect: scores[aspect] for aspect in ASPECTS},
    )
    session.add(review)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Refused("review.given_already") from error
    await queue_comment(session, review=review)
    record(
        session,
        actor=actor,
        now=now,
        action="review.submitted",
        subject_kind="review",
        subject_id=review.id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher_id,
        facts={"provider_id": provider_id, "moment": moment, "has_comment": review.comment is not None},
    )
    return review.id


def _check_review(scores: Mapping[str, int], comment: str | None) -> None:
    errors = {
        aspect: "review.score_out_of_range"
        for aspect in ASPECTS
        if type(scores.get(aspect)) is not int or not 0 <= scores[aspect] <= 10
    }
    if comment is not None and len(comment) > COMMENT_LENGTH:
        errors["comment"] = "review.comment_too_long"
    if errors:
        raise Invalid(errors=errors)
