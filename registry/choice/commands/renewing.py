"""A voucher goes on as a new one: with the same provider where it can still be chosen, or with a new choice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.commands.freezing import freeze_shortlists
from registry.choice.commands.picking import pick
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Refusal, Refused, require
from registry.shared.period import local_date
from registry.shared.settings import Keys
from registry.vouchers.commands import GrantOrder, grant, lock_voucher
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.renewing.rules import may_renew
from registry.vouchers.rules import AssignmentState, VoucherState


@dataclass(frozen=True, slots=True)
class Renewed:
    voucher_id: UUID
    number: str
    value_cents: int
    assignment_id: UUID | None
    """The choice of the same provider, which has been asked; None where the client chooses anew."""


async def renew_voucher(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    keys: Keys,
    voucher_id: UUID,
    budget_line_id: UUID | None = None,
    same_provider: bool = False,
) -> Renewed:
    """Grant a new voucher of the same service to the same client, on the terms of today, that names the old one. With
    `same_provider` the client's wish to stay is recorded as a choice, and the provider is asked as of any choice; raises
    Refused where it can no longer be chosen. A voucher is renewed once."""
    if actor.role is not Role.CASE_WORKER:
        raise Forbidden("door.other_role", role=str(actor.role))
    old = await lock_voucher(session, voucher_id=voucher_id)
    require(
        may_renew(
            VoucherState(old.state),
            last_day=local_date(old.valid_until - timedelta(seconds=1)),
            today=local_date(now),
            spent=old.available_cents == 0 and old.reserved_cents == 0,
        )
    )
    if await session.scalar(select(Voucher.id).where(Voucher.renews_id == old.id)) is not None:
        raise Refused("renewal.renewed_already")
    last = await _last_provider(session, old) if same_provider else None
    (answer,) = await grant(
        session,
        actor=actor,
        now=now,
        orders=[
            GrantOrder(
                client_id=old.client_id,
                service_id=old.service_id,
                budget_line_id=budget_line_id or old.budget_line_id,
                in_plan=old.in_plan,
                despite_like=True,
                renews_id=old.id,
            )
        ],
    )
    if isinstance(answer, Refusal):
        raise Refused(answer.code, **answer.facts)
    await freeze_shortlists(session, actor=actor, now=now, keys=keys, voucher_ids=[answer.id])
    assignment_id = None
    if last is not None:
        assignment_id = await pick(
            session,
            actor=actor,
            now=now,
            voucher_id=answer.id,
            admission_id=last,
            channel="phone",
            said_by="client",
        )
    return Renewed(answer.id, answer.number, answer.value_cents, assignment_id)


async def _last_provider(session: AsyncSession, old: Voucher) -> UUID:
    """The admission that the client was served under last."""
    found = await session.scalar(
        select(Assignment.admission_id)
        .where(
            Assignment.voucher_id == old.id,
            Assignment.state.in_((AssignmentState.CONFIRMED, AssignmentState.ENDED)),
            Assignment.answered_at.is_not(None),
        )
        .order_by(Assignment.chosen_at.desc())
        .limit(1)
    )
    if found is None:
        raise Refused("renewal.no_provider")
    return found
