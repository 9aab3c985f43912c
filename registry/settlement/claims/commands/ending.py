"""Giving up what is left of a claim, and taking a claim back."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.claims.commands.settling import (
    lock_claim,
    note,
    post_for,
    settle,
    tell_of_claim,
)
from registry.settlement.claims.model import Claim, ClaimedStatement, ClaimWriteOff
from registry.settlement.claims.rules import ClaimState, may_cancel, may_second, may_write_off
from registry.settlement.commands.paying import person_behind
from registry.settlement.commands.statements import finance_only
from registry.shared.actor import Actor
from registry.shared.errors import Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.texts import passage

LONGEST_REASON: Final = 500


async def propose_write_off(
    session: AsyncSession, *, actor: Actor, now: datetime, claim_id: UUID, reason: str
) -> UUID:
    """Propose to give up what is left of a claim. It changes nothing until another person has decided.

    Raises Refused: claim.<state>, claim.write_off_waits, settlement.person_unknown.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    reason = passage("reason", reason, longest=LONGEST_REASON)
    claim = await lock_claim(session, claim_id)
    require(may_write_off(ClaimState(claim.state)))
    if await _waiting(session, claim_id) is not None:
        raise Refused("claim.write_off_waits")
    proposal = ClaimWriteOff(
        id=uuid7(),
        organiser_id=claim.organiser_id,
        provider_id=claim.provider_id,
        claim_id=claim.id,
        amount_cents=_left(claim),
        reason=reason,
        proposed_by=person_id,
        proposed_at=now,
    )
    session.add(proposal)
    note(
        session,
        claim=claim,
        actor=actor,
        now=now,
        action="claim.write_off_proposed",
        before=ClaimState(claim.state),
        amount_cents=proposal.amount_cents,
    )
    await session.flush()
    return proposal.id


async def decide_write_off(
    session: AsyncSession, *, actor: Actor, now: datetime, claim_id: UUID, approve: bool
) -> None:
    """Give up what is left, or not. Giving up takes another person than the one who proposed it, and the sum that was
    proposed: whoever decides decides on what was read.

    Raises Refused: claim.no_write_off, claim.same_person, claim.changed, claim.<state>, settlement.person_unknown.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    claim = await lock_claim(session, claim_id)
    proposal = await _waiting(session, claim_id)
    if proposal is None:
        raise Refused("claim.no_write_off")
    if not approve:
        _refuse(proposal, person_id, now)
        note(
            session,
            claim=claim,
            actor=actor,
            now=now,
            action="claim.write_off_refused",
            before=ClaimState(claim.state),
        )
        await session.flush()
        return
    require(may_second(first=proposal.proposed_by, second=person_id))
    require(may_write_off(ClaimState(claim.state)))
    left = _left(claim)
    if left != proposal.amount_cents:
        raise Refused("claim.changed", left_cents=left)
    proposal.transfer_id, proposal.outcome = (
        await post_for(session, "write_off", claim=claim, now=now, amount_cents=left),
        "approved",
    )
    proposal.decided_by, proposal.decided_at = person_id, now
    claim.written_off_cents += left
    await settle(session, claim=claim, actor=actor, now=now, action="claim.written_off", amount_cents=left)


async def cancel_claim(
    session: AsyncSession, *, actor: Actor, now: datetime, claim_id: UUID, reason: str
) -> None:
    """Take a claim back of which nothing is settled: its credits are netted or claimed again like any other. The provider
    is told that it need not pay.

    Raises Refused: claim.<state>, settlement.person_unknown.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    reason = passage("reason", reason, longest=LONGEST_REASON)
    claim = await lock_claim(session, claim_id)
    before = ClaimState(claim.state)
    require(may_cancel(before))
    proposal = await _waiting(session, claim_id)
    if proposal is not None:
        _refuse(proposal, person_id, now)
    claim.state = str(ClaimState.CANCELLED)
    claim.cancelled_at, claim.cancelled_by, claim.cancelled_why = now, person_id, reason
    await session.execute(
        update(ClaimedStatement).where(ClaimedStatement.claim_id == claim.id).values(standing=False)
    )
    note(session, claim=claim, actor=actor, now=now, action="claim.cancelled", before=before)
    tell_of_claim(session, claim, now, "claim.cancelled")
    await session.flush()


def _left(claim: Claim) -> int:
    return claim.amount_cents - claim.received_cents - claim.written_off_cents


def _refuse(proposal: ClaimWriteOff, person_id: UUID, now: datetime) -> None:
    proposal.outcome, proposal.decided_by, proposal.decided_at = "refused", person_id, now


async def _waiting(session: AsyncSession, claim_id: UUID) -> ClaimWriteOff | None:
    found: ClaimWriteOff | None = await session.scalar(
        select(ClaimWriteOff)
        .where(ClaimWriteOff.claim_id == claim_id, ClaimWriteOff.outcome.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found
