"""What every change of a claim does: lock it, post its transfers, and give it and its statements the state of its sums.

A claim is locked before its statements, a booking before a claim: whoever holds a later one waits for no earlier one.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.ledger.commands import transfer_values
from registry.ledger.model import Transfer
from registry.ledger.rules import FLOWS
from registry.settlement.claims.model import Claim, ClaimedStatement
from registry.settlement.claims.rules import ClaimState, state_of
from registry.settlement.commands.statements import become
from registry.settlement.model import Statement
from registry.settlement.rules import StatementState
from registry.shared.actor import Actor
from registry.shared.errors import NotFound
from registry.shared.outbox import enqueue

SETTLED = (ClaimState.PAID, ClaimState.WRITTEN_OFF)


async def lock_claim(session: AsyncSession, claim_id: UUID) -> Claim:
    claim = await session.scalar(
        select(Claim).where(Claim.id == claim_id).with_for_update().execution_options(populate_existing=True)
    )
    if claim is None:
        raise NotFound("claim.unknown")
    return claim


async def post_for(
    session: AsyncSession, kind: str, *, claim: Claim, now: datetime, amount_cents: int
) -> UUID:
    """One transfer between the organiser's accounts and what it owes the provider, about the claim."""
    ends = {"bank": claim.organiser_id, "loss": claim.organiser_id, "payable": claim.provider_id}
    from_account, to_account = FLOWS[kind]
    values = transfer_values(
        kind,
        organiser_id=claim.organiser_id,
        at=now,
        amount_cents=amount_cents,
        from_id=ends[from_account],
        to_id=ends[to_account],
        reference_id=claim.id,
    )
    session.add(Transfer(**values))
    await session.flush()
    transfer_id: UUID = values["id"]
    return transfer_id


async def settle(
    session: AsyncSession, *, claim: Claim, actor: Actor, now: datetime, action: str, **facts: Any
) -> None:
    """Give the claim the state of its sums and write the event. With the last cent its statements are settled; they are
    open again when it is, for what they say is owed."""
    before = ClaimState(claim.state)
    after = state_of(
        amount_cents=claim.amount_cents,
        received_cents=claim.received_cents,
        written_off_cents=claim.written_off_cents,
    )
    claim.state = str(after)
    note(session, claim=claim, actor=actor, now=now, action=action, before=before, **facts)
    if (before in SETTLED) != (after in SETTLED):
        await _settle_statements(session, claim=claim, actor=actor, now=now, done=after in SETTLED)
    if after is ClaimState.PAID and before is not ClaimState.PAID:
        tell_of_claim(session, claim, now, "claim.paid")
    await session.flush()


def note(
    session: AsyncSession,
    *,
    claim: Claim,
    actor: Actor,
    now: datetime,
    action: str,
    before: ClaimState | None,
    **facts: Any,
) -> None:
    """The event; it tells of a step only where the state changed."""
    stepped = before is None or str(before) != claim.state
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="claim",
        subject_id=claim.id,
        organiser_id=claim.organiser_id,
        from_state=str(before) if before is not None and stepped else None,
        to_state=claim.state if stepped else None,
        facts=facts,
    )


def tell_of_claim(session: AsyncSession, claim: Claim, now: datetime, template: str) -> None:
    """A message to the provider's people."""
    enqueue(
        session,
        now=now,
        template=template,
        provider_id=claim.provider_id,
        organiser_id=claim.organiser_id,
        facts={"claim": str(claim.id)},
    )


async def lock_statements_of(session: AsyncSession, claim_ids: Collection[UUID]) -> Sequence[Statement]:
    """What these claims stand for, locked in the order of ids, as payments lock: of several claims all at once,
    before the first of them is settled."""
    of_claims = select(ClaimedStatement.statement_id).where(
        ClaimedStatement.claim_id.in_(claim_ids), ClaimedStatement.standing
    )
    statements = await session.scalars(
        select(Statement)
        .where(Statement.id.in_(of_claims))
        .order_by(Statement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return statements.all()


async def _settle_statements(
    session: AsyncSession, *, claim: Claim, actor: Actor, now: datetime, done: bool
) -> None:
    for statement in await lock_statements_of(session, [claim.id]):
        statement.paid_at = now if done else None
        wanted = StatementState.PAID if done else StatementState.APPROVED
        action = "statement.claim_settled" if done else "statement.claim_open_again"
        become(session, statement, wanted, actor, now, action, claim_id=claim.id)
