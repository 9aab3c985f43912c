"""A grant for a service that has begun already: proposed by one, granted when another approves it."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import VoucherTerms
from registry.providers.decisions.people import person_behind
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refusal, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.vouchers.commands.granting import Granted, GrantOrder, grant
from registry.vouchers.retroactive.model import RetroactiveGrant
from registry.vouchers.retroactive.rules import REASONS, ProposalState, may_decide, may_propose


async def propose_retroactive(
    session: AsyncSession, *, actor: Actor, now: datetime, order: GrantOrder, events_from: date, reason: str
) -> UUID:
    """Propose a grant whose events count from a day that has passed; the proposal's id. What would be refused when it is
    granted is refused now, and nothing is granted yet."""
    person_id = await _person(session, actor)
    if reason not in REASONS:
        raise Invalid("retroactive.reason_missing", errors={"reason": "retroactive.reason_missing"})
    require(
        may_propose(
            events_from=events_from,
            today=local_date(now),
            most_days=await _most_days(session, order.service_id),
        )
    )
    (would,) = await grant(session, actor=actor, now=now, orders=[order], dry_run=True)
    if isinstance(would, Refusal):
        raise Refused(would.code, **would.facts)
    standing = await session.scalar(
        select(RetroactiveGrant.id).where(
            RetroactiveGrant.client_id == order.client_id,
            RetroactiveGrant.service_id == order.service_id,
            RetroactiveGrant.state == ProposalState.PROPOSED,
        )
    )
    if standing is not None:
        raise Refused("retroactive.proposed_already")
    row = RetroactiveGrant(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        client_id=order.client_id,
        service_id=order.service_id,
        asked={
            "budget_line_id": str(order.budget_line_id),
            "value_cents": order.value_cents,
            "units": order.units,
            "validity_days": order.validity_days,
            "in_plan": order.in_plan,
            "despite_like": order.despite_like,
        },
        events_from=events_from,
        reason=reason,
        state=str(ProposalState.PROPOSED),
        proposed_at=now,
        proposed_by=person_id,
    )
    session.add(row)
    _note(session, row, actor=actor, now=now, action="retroactive.proposed", before=None)
    await session.flush()
    return row.id


async def decide_retroactive(
    session: AsyncSession, *, actor: Actor, now: datetime, proposal_id: UUID, approve: bool
) -> Granted | None:
    """Another case worker approves, and the voucher is granted; or it is turned down, or taken back by whoever proposed
    it. The days are counted again: a proposal that lay about may have grown too old."""
    person_id = await _person(session, actor)
    row = await session.scalar(
        select(RetroactiveGrant)
        .where(RetroactiveGrant.id == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("retroactive.unknown")
    require(
        may_decide(
            ProposalState(row.state), proposed_by=row.proposed_by, decided_by=person_id, approve=approve
        )
    )
    granted = await _grant(session, row, actor=actor, now=now) if approve else None
    before = row.state
    if granted is not None:
        row.state, row.voucher_id = str(ProposalState.APPROVED), granted.id
    else:
        own = row.proposed_by == person_id
        row.state = str(ProposalState.WITHDRAWN if own else ProposalState.REJECTED)
    row.decided_at, row.decided_by = now, person_id
    _note(session, row, actor=actor, now=now, action=f"retroactive.{row.state}", before=before)
    await session.flush()
    return granted


async def _grant(session: AsyncSession, row: RetroactiveGrant, *, actor: Actor, now: datetime) -> Granted:
    require(
        may_propose(
            events_from=row.events_from,
            today=local_date(now),
            most_days=await _most_days(session, row.service_id),
        )
    )
    order = GrantOrder(client_id=row.client_id, service_id=row.service_id, **_asked(row))
    order = replace(order, events_from=row.events_from, retroactive_id=row.id)
    (answer,) = await grant(session, actor=actor, now=now, orders=[order])
    if isinstance(answer, Refusal):
        raise Refused(answer.code, **answer.facts)
    return answer


def _asked(row: RetroactiveGrant) -> dict[str, Any]:
    return row.asked | {"budget_line_id": UUID(row.asked["budget_line_id"])}


async def _person(session: AsyncSession, actor: Actor) -> UUID:
    """Two persons see to it: behind a token stands whoever made it, so that a second token is no second pair of eyes."""
    person_id = await person_behind(session, actor) if actor.role is Role.CASE_WORKER else None
    if person_id is None:
        raise Forbidden("door.other_role", role=str(actor.role))
    return person_id


async def _most_days(session: AsyncSession, service_id: UUID) -> int:
    days = await session.scalar(
        select(VoucherTerms.retroactive_days)
        .where(VoucherTerms.service_id == service_id)
        .order_by(VoucherTerms.version.desc())
        .limit(1)
    )
    return days or 0


def _note(
    session: AsyncSession,
    row: RetroactiveGrant,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    before: str | None,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="retroactive_grant",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        voucher_id=row.voucher_id,
        from_state=before,
        to_state=row.state,
        facts={
            "client": row.client_id,
            "service": row.service_id,
            "from": row.events_from,
            "reason": row.reason,
        },
    )
