"""A voucher given up before it is used: the client refuses it, or the organiser cancels it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Actor
from registry.shared.database import as_organiser
from registry.shared.errors import Refused, require
from registry.shared.outbox import enqueue
from registry.vouchers.adverse.commands import issue_against
from registry.vouchers.adverse.rules import AdverseKind, Hearing
from registry.vouchers.commands.returning import end_voucher
from registry.vouchers.commands.unpicking import case_for_client, lock_voucher, release_pick
from registry.vouchers.model import Voucher
from registry.vouchers.results.model import MilestoneClaim
from registry.vouchers.results.rules import ClaimState
from registry.vouchers.rules import AssignmentState, VoucherState, may_become, may_record_speech


async def _give_up(
    session: AsyncSession, *, actor: Actor, now: datetime, voucher_id: UUID, state: VoucherState, reason: str
) -> Voucher:
    """The voucher, locked, which may become `state`, with its pick ended. While a provider has reserved part of it,
    or a result waits for its confirmer, that is settled first: the provider may have done its part already."""
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    require(may_become(VoucherState(voucher.state), state))
    if voucher.reserved_cents:
        raise Refused("choice.reservation_open", reserved_cents=voucher.reserved_cents)
    if voucher.by_results and await _claim_waits(session, voucher.id):
        raise Refused("milestone.waits")
    await release_pick(
        session, actor=actor, now=now, voucher=voucher, reason=reason, state=AssignmentState.ENDED
    )
    return voucher


async def refuse(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    channel: str = "self",
    said_by: str | None = None,
) -> None:
    """The client refuses the voucher: the rest goes back to the budget and the case worker gets a case, for a
    refusal is never the end of the person's matter."""
    require(may_record_speech(channel=channel, said_by=said_by))
    voucher = await _give_up(
        session, actor=actor, now=now, voucher_id=voucher_id, state=VoucherState.REFUSED, reason="refused"
    )
    # the money goes back to a budget line, which is not the client's to see
    async with as_organiser(session, actor.sight):
        await end_voucher(
            session,
            actor=actor,
            now=now,
            vouchers=[voucher],
            state=VoucherState.REFUSED,
            facts={"channel": channel, "said_by": said_by},
        )
    await case_for_client(session, actor=actor, now=now, voucher=voucher, kind="voucher_refused")


async def cancel(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    reason: str,
    hearing: Hearing | None = None,
) -> None:
    """The organiser cancels what is left of a voucher. An adverse act: the client is heard first, and gets a decision
    with the reason, a code, and what can be done against it."""
    voucher = await _give_up(
        session, actor=actor, now=now, voucher_id=voucher_id, state=VoucherState.CANCELLED, reason="cancelled"
    )
    await issue_against(
        session,
        actor=actor,
        now=now,
        voucher=voucher,
        kind=AdverseKind.CANCELLED,
        reason=reason,
        cents=voucher.available_cents,
        units=voucher.units_available,
        hearing=hearing,
    )
    await end_voucher(
        session,
        actor=actor,
        now=now,
        vouchers=[voucher],
        state=VoucherState.CANCELLED,
        facts={"reason": reason},
    )
    enqueue(
        session,
        now=now,
        client_id=voucher.client_id,
        organiser_id=voucher.organiser_id,
        template="voucher.cancelled",
        facts={"voucher": str(voucher.id), "reason": reason},
    )


async def _claim_waits(session: AsyncSession, voucher_id: UUID) -> bool:
    waiting = select(MilestoneClaim.id).where(
        MilestoneClaim.voucher_id == voucher_id,
        MilestoneClaim.state.in_((ClaimState.CLAIMED, ClaimState.HELD)),
    )
    return await session.scalar(waiting.limit(1)) is not None
