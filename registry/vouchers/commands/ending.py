"""What time does to vouchers: reservations lapse, unanswered picks lapse, vouchers expire, and used-up
ones are wrapped up. The worker calls each until it answers 0.

Each takes at most `limit` vouchers, in id order, and passes over those that somebody else has locked: two workers
at once, or a worker and a redemption, never do a thing twice and never wait for each other.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.model import Admission
from registry.shared.actor import Actor
from registry.shared.outbox import enqueue
from registry.vouchers.commands.returning import end_voucher, return_rest
from registry.vouchers.commands.settling import end_reservation
from registry.vouchers.commands.unpicking import end_assignment, give_up_pick
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.results.model import MilestoneClaim
from registry.vouchers.results.rules import ClaimState
from registry.vouchers.rules import OPEN_STATES, STANDING, AssignmentState, RedemptionState, VoucherState

log = structlog.get_logger(__name__)

Act = Callable[[Sequence[Voucher]], Awaitable[None]]

WRAP_UP_AFTER: Final = timedelta(days=14)
"""A used-up voucher is kept open this long, so that a wrong redemption can be reversed and made anew."""


async def lock_due(session: AsyncSession, limit: int, condition: ColumnElement[bool]) -> list[Voucher]:
    rows = await session.scalars(
        select(Voucher)
        .where(condition)
        .order_by(Voucher.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def _reservations(session: AsyncSession, vouchers: Sequence[Voucher]) -> list[Redemption]:
    rows = await session.scalars(
        select(Redemption)
        .where(
            Redemption.voucher_id.in_([v.id for v in vouchers]), Redemption.state == RedemptionState.RESERVED
        )
        .order_by(Redemption.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def in_turn(session: AsyncSession, vouchers: Sequence[Voucher], act: Act) -> int:
    """`act` on all of these vouchers at once; where that fails, on each alone, so that a voucher with which something is
    wrong stands in the way of no other. It is logged, left as it was and tried again on the next turn. Returns how
    many were done, so that a batch of nothing but such vouchers counts as nothing left to do."""
    if not vouchers:
        return 0
    ids = [voucher.id for voucher in vouchers]
    try:
        async with session.begin_nested():
            await act(vouchers)
    except Exception as error:
        if _is_cut_off(error) or len(ids) == 1:
            _tell(ids[0], error)
            return 0
    else:
        return len(ids)
    done = 0
    for voucher_id, voucher in zip(ids, vouchers, strict=True):
        try:
            async with session.begin_nested():
                await session.refresh(voucher)  # what the failed attempt had made of it is gone
                await act([voucher])
            done += 1
        except Exception as error:
            _tell(voucher_id, error)
    return done


def _tell(voucher_id: UUID, error: Exception) -> None:
    """Log it with what failed; a lost connection is nobody's fault and ends the whole batch."""
    if _is_cut_off(error):
        raise error
    log.error("voucher.not_ended", voucher=str(voucher_id), exc_info=error)


def _is_cut_off(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


async def lapse_reservations(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Give back what providers reserved and did not redeem in time. Returns for how many vouchers."""
    due = select(Redemption.voucher_id).where(
        Redemption.state == RedemptionState.RESERVED, Redemption.reserved_until <= now
    )

    async def act(vouchers: Sequence[Voucher]) -> None:
        await lapse_reserved(session, actor=actor, now=now, vouchers=vouchers, until=now)

    return await in_turn(session, await lock_due(session, limit, Voucher.id.in_(due)), act)


async def lapse_reserved(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    vouchers: Sequence[Voucher],
    until: datetime | None = None,
) -> None:
    """What is reserved on these vouchers lapses: all of it, or what was held no longer than `until`."""
    by_id = {v.id: v for v in vouchers}
    for redemption in await _reservations(session, vouchers):
        if until is None or (redemption.reserved_until is not None and redemption.reserved_until <= until):
            end_reservation(
                session, actor=actor, now=now, voucher=by_id[redemption.voucher_id], redemption=redemption,
                state=RedemptionState.LAPSED,
            )  # fmt: skip


async def lapse_unanswered(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """A provider that did not answer in time is no longer chosen; the client chooses anew with the full validity."""
    due = select(Assignment.id).where(
        Assignment.state == AssignmentState.ASKED, Assignment.answer_due_at <= now
    )

    async def act(vouchers: Sequence[Voucher]) -> None:
        for voucher in vouchers:
            await give_up_pick(
                session, actor=actor, now=now, voucher=voucher, reason="lapsed", state=AssignmentState.LAPSED,
                case_kind="provider_silent",
            )  # fmt: skip

    unanswered = Voucher.assignment_id.in_(due) & Voucher.state.in_(OPEN_STATES)
    return await in_turn(session, await lock_due(session, limit, unanswered), act)


async def expire_vouchers(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Vouchers past their validity and claim window end; what they did not use goes back to the budget. One whose
    client waits for a provider's answer is left alone until that has come: silence must not end it; so is one with a
    result that was claimed in time and is not decided yet."""

    async def act(vouchers: Sequence[Voucher]) -> None:
        await lapse_reserved(session, actor=actor, now=now, vouchers=vouchers)
        await _free_places(session, actor=actor, now=now, vouchers=vouchers, reason="expired")
        await end_voucher(session, actor=actor, now=now, vouchers=vouchers, state=VoucherState.EXPIRED)
        for voucher in vouchers:
            enqueue(
                session, now=now, client_id=voucher.client_id, organiser_id=voucher.organiser_id,
                template="voucher.expired", facts={"voucher": str(voucher.id)},
            )  # fmt: skip

    waiting = select(Assignment.id).where(
        Assignment.id == Voucher.assignment_id, Assignment.state == AssignmentState.ASKED
    )
    claimed = select(MilestoneClaim.id).where(
        MilestoneClaim.voucher_id == Voucher.id,
        MilestoneClaim.state.in_((ClaimState.CLAIMED, ClaimState.HELD)),
    )
    past = (
        Voucher.state.in_(OPEN_STATES)
        & (Voucher.claim_until <= now)
        & ~waiting.exists()
        & or_(Voucher.by_results.is_(False), ~claimed.exists())
    )
    return await in_turn(session, await lock_due(session, limit, past), act)


async def return_leftovers(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Wrap up used-up vouchers: cents that no whole unit could use return to the budget, the place is free again."""

    async def act(vouchers: Sequence[Voucher]) -> None:
        returned = await return_rest(session, now=now, vouchers=vouchers)
        await _free_places(session, actor=actor, now=now, vouchers=vouchers, reason="used_up")
        for voucher in vouchers:
            voucher.ended_at, voucher.next_topup_at = now, None
            record(
                session, actor=actor, now=now, action="voucher.wrapped_up", subject_kind="voucher",
                subject_id=voucher.id, organiser_id=voucher.organiser_id, voucher_id=voucher.id,
                from_state=voucher.state, to_state=voucher.state, facts={"returned_cents": returned[voucher.id]},
            )  # fmt: skip

    done = (Voucher.last_used_at <= now - WRAP_UP_AFTER) | (Voucher.claim_until <= now)
    used_up = (Voucher.state == VoucherState.USED_UP) & Voucher.ended_at.is_(None) & done
    return await in_turn(session, await lock_due(session, limit, used_up), act)


async def _free_places(
    session: AsyncSession, *, actor: Actor, now: datetime, vouchers: Sequence[Voucher], reason: str
) -> None:
    """End the standing picks of vouchers that end, and give their places back under lock, in id order."""
    picks = list(
        await session.scalars(
            select(Assignment)
            .where(Assignment.id.in_([v.assignment_id for v in vouchers]), Assignment.state.in_(STANDING))
            .order_by(Assignment.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    places = await session.scalars(
        select(Admission)
        .where(Admission.id.in_({pick.admission_id for pick in picks}))
        .order_by(Admission.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    by_id: dict[UUID, Admission] = {admission.id: admission for admission in places}
    for pick in picks:
        by_id[pick.admission_id].taken -= 1
        await end_assignment(session, actor=actor, now=now, assignment=pick, reason=reason)
