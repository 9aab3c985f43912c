"""What follows a reservation or a redemption: capture, release, reverse. Each is a new transfer; nothing is rewritten."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.ledger.commands import post
from registry.shared.actor import Actor
from registry.shared.database import see
from registry.shared.errors import Invalid, NotFound, Refusal, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.vouchers.commands.returning import return_rest
from registry.vouchers.commands.unpicking import lock_voucher
from registry.vouchers.model import Voucher
from registry.vouchers.redemption.model import Redemption, Reversal
from registry.vouchers.redemption.rules import (
    Reserved,
    may_end_reservation,
    may_reverse,
    state_after_draw,
)
from registry.vouchers.redemption.rules import (
    capture as decide_capture,
)
from registry.vouchers.results.model import MilestoneClaim
from registry.vouchers.results.rules import ClaimState
from registry.vouchers.rules import (
    RedemptionState,
    VoucherState,
)


async def _locked(session: AsyncSession, actor: Actor, redemption_id: UUID) -> tuple[Voucher, Redemption]:
    """The redemption that this actor may see, with its voucher, locked voucher first."""
    voucher_id = await session.scalar(select(Redemption.voucher_id).where(Redemption.id == redemption_id))
    if voucher_id is None:
        raise NotFound("redemption.unknown")
    # The redemption is the provider's own; its voucher may since have gone to another provider and out of sight.
    await see(session, replace(actor.sight, provider=None))
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    redemption = await session.get(Redemption, redemption_id, with_for_update=True, populate_existing=True)
    if redemption is None:
        raise NotFound("redemption.unknown")
    return voucher, redemption


async def capture(
    session: AsyncSession, *, actor: Actor, now: datetime, redemption_id: UUID, units: int | None = None
) -> Redemption:
    """Redeem a reservation, or `units` hundredths of it; the rest of it goes back to the voucher at once."""
    voucher, redemption = await _locked(session, actor, redemption_id)
    held = Reserved(
        state=RedemptionState(redemption.state),
        reserved_until=redemption.reserved_until or redemption.created_at,
        units=redemption.units,
        unit_price_cents=redemption.unit_price_cents,
        value_cents=redemption.value_cents,
        ceiling_cents=voucher.unit_price_ceiling_cents,
        vat_rate_bp=redemption.vat_rate_bp,
    )
    drawn = decide_capture(held, units=units, now=now, voucher_state=VoucherState(voucher.state))
    if isinstance(drawn, Refusal):
        raise Refused(drawn.code, **drawn.facts)
    rest, rest_units = held.value_cents - drawn.value_cents, held.units - drawn.units
    _move(session, "capture", voucher, redemption, now, drawn.value_cents)
    if rest:
        _move(session, "release", voucher, redemption, now, rest)
    voucher.reserved_cents -= held.value_cents
    voucher.captured_cents += drawn.value_cents
    voucher.available_cents += rest
    if voucher.units_available is not None:
        voucher.units_reserved = (voucher.units_reserved or 0) - held.units
        voucher.units_captured = (voucher.units_captured or 0) + drawn.units
        voucher.units_available += rest_units
    redemption.units, redemption.price_cents, redemption.value_cents = (
        drawn.units,
        drawn.price_cents,
        drawn.value_cents,
    )
    redemption.own_share_cents, redemption.net_cents, redemption.vat_cents = (
        drawn.own_share_cents, drawn.net_cents, drawn.vat_cents,
    )  # fmt: skip
    redemption.captured_at = now
    voucher.last_used_at = now
    _become(
        session,
        actor,
        now,
        voucher,
        redemption,
        RedemptionState.CAPTURED,
        value_cents=drawn.value_cents,
        released_cents=rest,
    )
    enqueue(
        session,
        now=now,
        client_id=voucher.client_id,
        organiser_id=voucher.organiser_id,
        template="redemption.recorded",
        facts={"voucher": str(voucher.id)},
    )
    return redemption


async def release(session: AsyncSession, *, actor: Actor, now: datetime, redemption_id: UUID) -> Redemption:
    """Give a reservation up: all of it goes back to the voucher."""
    voucher, redemption = await _locked(session, actor, redemption_id)
    require(may_end_reservation(RedemptionState(redemption.state), RedemptionState.RELEASED))
    end_reservation(
        session, actor=actor, now=now, voucher=voucher, redemption=redemption, state=RedemptionState.RELEASED
    )
    return redemption


def end_reservation(
    session: AsyncSession, *, actor: Actor, now: datetime, voucher: Voucher, redemption: Redemption,
    state: RedemptionState,
) -> None:  # fmt: skip
    """Release or lapse a standing reservation of a locked voucher."""
    require(may_end_reservation(RedemptionState(redemption.state), state))
    _move(session, "release", voucher, redemption, now, redemption.value_cents)
    voucher.reserved_cents -= redemption.value_cents
    voucher.available_cents += redemption.value_cents
    if voucher.units_available is not None:
        voucher.units_reserved = (voucher.units_reserved or 0) - redemption.units
        voucher.units_available += redemption.units
    redemption.ended_at = now
    _become(session, actor, now, voucher, redemption, state, value_cents=redemption.value_cents)


async def reverse(
    session: AsyncSession, *, actor: Actor, now: datetime, redemption_id: UUID, reason: str
) -> Reversal:
    """Undo a redemption with a new record and a new transfer. The value goes back to the voucher while it lives, else
    straight to the budget line."""
    reason = reason.strip()
    if not reason or len(reason) > 500:
        raise Invalid("reversal.reason_missing", errors={"reason": "reversal.reason_missing"})
    voucher, redemption = await _locked(session, actor, redemption_id)
    require(may_reverse(RedemptionState(redemption.state)))
    reversal = Reversal(
        id=uuid7(),
        organiser_id=redemption.organiser_id,
        redemption_id=redemption.id,
        voucher_id=voucher.id,
        provider_id=redemption.provider_id,
        value_cents=redemption.value_cents,
        reason=reason,
        reversed_at=now,
        reversed_by=actor.id,
    )
    session.add(reversal)
    _move(session, "reverse", voucher, redemption, now, redemption.value_cents)
    voucher.captured_cents -= redemption.value_cents
    voucher.available_cents += redemption.value_cents
    if voucher.units_available is not None:
        voucher.units_captured = (voucher.units_captured or 0) - redemption.units
        voucher.units_available += redemption.units
    redemption.ended_at, redemption.end_reason = now, "reversed"
    _become(
        session,
        actor,
        now,
        voucher,
        redemption,
        RedemptionState.REVERSED,
        value_cents=redemption.value_cents,
        reversal=reversal.id,
        reason="changed",
    )
    if voucher.by_results:
        await _claimable_again(session, actor=actor, now=now, voucher=voucher, redemption=redemption)
    if voucher.ended_at is not None:
        await return_rest(session, now=now, vouchers=[voucher])
    return reversal


async def _claimable_again(
    session: AsyncSession, *, actor: Actor, now: datetime, voucher: Voucher, redemption: Redemption
) -> None:
    """A milestone that was paid by mistake can be claimed again."""
    claim = await session.scalar(
        select(MilestoneClaim)
        .where(MilestoneClaim.redemption_id == redemption.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if claim is None:
        raise LookupError("a voucher by results is redeemed by its results alone")
    before, claim.state = claim.state, str(ClaimState.REVERSED)
    record(
        session, actor=actor, now=now, action="milestone.reversed", subject_kind="milestone", subject_id=claim.id,
        organiser_id=voucher.organiser_id, voucher_id=voucher.id, from_state=before, to_state=claim.state,
        facts={"provider": claim.provider_id, "milestone": claim.milestone, "value_cents": claim.amount_cents},
    )  # fmt: skip


def _move(
    session: AsyncSession,
    kind: str,
    voucher: Voucher,
    redemption: Redemption,
    now: datetime,
    amount_cents: int,
) -> None:
    post(
        session, kind, organiser_id=voucher.organiser_id, at=now, amount_cents=amount_cents, from_id=voucher.id,
        to_id=voucher.id, voucher_id=voucher.id, reference_id=redemption.id,
    )  # fmt: skip


def _become(
    session: AsyncSession, actor: Actor, now: datetime, voucher: Voucher, redemption: Redemption,
    state: RedemptionState, **facts: Any,
) -> None:  # fmt: skip
    """Set the redemption's state with its event, and the voucher's, when it was used up or no longer is."""
    before, redemption.state = redemption.state, str(state)
    record(
        session, actor=actor, now=now, action=f"redemption.{state}", subject_kind="redemption",
        subject_id=redemption.id, organiser_id=voucher.organiser_id, voucher_id=voucher.id, from_state=before,
        to_state=redemption.state, facts={"provider": redemption.provider_id, "units": redemption.units, **facts},
    )  # fmt: skip
    if (
        VoucherState(voucher.state) not in (VoucherState.IN_USE, VoucherState.USED_UP)
        or voucher.ended_at is not None
    ):
        return
    was = voucher.state
    voucher.state = str(
        state_after_draw(
            voucher.available_cents,
            voucher.reserved_cents,
            voucher.units_available,
            more_to_come=voucher.next_topup_at is not None,
        )
    )
    if voucher.state != was:
        record(
            session, actor=actor, now=now, action=f"voucher.{voucher.state}", subject_kind="voucher",
            subject_id=voucher.id, organiser_id=voucher.organiser_id, voucher_id=voucher.id, from_state=was,
            to_state=voucher.state,
        )  # fmt: skip
