"""How a pick ends: changed, answered with no, left unanswered, given up with the voucher. None of it ever just ends:
where nobody is chosen any more, somebody has a case with a due date."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import open_case
from registry.people.model import Client
from registry.providers.model import Admission
from registry.shared.actor import Actor, Role
from registry.shared.database import see
from registry.shared.errors import NotFound, require
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Presentation, Voucher, VoucherCase
from registry.vouchers.rules import (
    STANDING,
    AssignmentState,
    VoucherState,
    may_answer,
    may_become,
    told_to_provider,
)
from registry.vouchers.waiting.commands import give_back_waiting
from registry.vouchers.waiting.rules import WAITED_IN_VAIN

DAYS_TO_CALL_BACK = 5
"""Within how many days a case worker takes up a client whose pick fell through."""


async def lock_voucher(session: AsyncSession, *, voucher_id: UUID) -> Voucher:
    """The voucher, locked; unknown, for an actor who may not see it, looks just the same."""
    voucher = await session.scalar(
        select(Voucher)
        .where(Voucher.id == voucher_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if voucher is None:
        raise NotFound("voucher.unknown")
    return voucher


async def standing_pick(session: AsyncSession, voucher: Voucher) -> Assignment | None:
    """The pick that the voucher points at, locked."""
    if voucher.assignment_id is None:
        return None
    return await session.get(Assignment, voucher.assignment_id, with_for_update=True, populate_existing=True)


async def lock_admissions(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Admission]:
    """These admissions, locked in the order of their ids."""
    rows = await session.scalars(
        select(Admission)
        .where(Admission.id.in_(set(ids)))
        .order_by(Admission.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {admission.id: admission for admission in rows}


async def end_assignment(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    assignment: Assignment,
    reason: str,
    state: AssignmentState = AssignmentState.ENDED,
) -> None:
    """End a pick: its presentation dies with it, so the provider can redeem no more. The caller gives the place
    back under its lock."""
    before = assignment.state
    require(may_answer(AssignmentState(before), state))
    assignment.state, assignment.ended_at, assignment.end_reason = str(state), now, reason
    # written first: only one pick of a voucher may stand, and the next one is about to
    await session.flush()
    await session.execute(
        update(Presentation)
        .where(Presentation.assignment_id == assignment.id, Presentation.ended_at.is_(None))
        .values(ended_at=now)
    )
    record(
        session,
        actor=actor,
        now=now,
        action=f"choice.{reason}",
        subject_kind="assignment",
        subject_id=assignment.id,
        organiser_id=assignment.organiser_id,
        voucher_id=assignment.voucher_id,
        from_state=before,
        to_state=assignment.state,
        facts={"provider": assignment.provider_id},
    )
    template = told_to_provider(AssignmentState(before), reason)
    if template is not None:
        enqueue(
            session,
            now=now,
            provider_id=assignment.provider_id,
            organiser_id=assignment.organiser_id,
            template=template,
            facts={"assignment": str(assignment.id)},
        )


async def release_pick(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher: Voucher,
    reason: str,
    state: AssignmentState,
) -> Assignment | None:
    """End the standing pick, if any, and give its place back."""
    standing = await standing_pick(session, voucher)
    if standing is None or AssignmentState(standing.state) not in STANDING:
        return None
    admissions = await lock_admissions(session, {standing.admission_id})
    admissions[standing.admission_id].taken -= 1
    await end_assignment(session, actor=actor, now=now, assignment=standing, reason=reason, state=state)
    return standing


async def give_up_pick(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher: Voucher,
    reason: str,
    state: AssignmentState,
    case_kind: str,
) -> None:
    """The chosen provider is out (declined, silent, left): the voucher is unchosen again with its full validity, for
    the days of waiting in vain are given back; the client is told, and the case worker has a case. The voucher must
    be locked."""
    # The voucher leaves this provider's sight with the next line, and the database would refuse to write a row
    # that its writer may not see; the organiser's sight stays.
    await see(session, replace(actor.sight, organisers=(voucher.organiser_id,), provider=None, client=None))
    standing = await release_pick(session, actor=actor, now=now, voucher=voucher, reason=reason, state=state)
    before = voucher.state
    require(may_become(VoucherState(before), VoucherState.GRANTED))
    voucher.state = str(VoucherState.GRANTED)
    voucher.provider_id = voucher.assignment_id = voucher.chosen_at = None
    record(
        session,
        actor=actor,
        now=now,
        action="voucher.unchosen",
        subject_kind="voucher",
        subject_id=voucher.id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        from_state=before,
        to_state=voucher.state,
        facts={"reason": reason, "assignment": standing.id if standing else None},
    )
    waited = (
        reason in WAITED_IN_VAIN and before == VoucherState.CHOSEN
    )  # in use, the days went to the service
    if standing is not None and waited:
        await give_back_waiting(
            session, actor=actor, now=now, voucher=voucher, assignment=standing, reason=WAITED_IN_VAIN[reason]
        )
    await case_for_client(session, actor=actor, now=now, voucher=voucher, kind=case_kind)
    enqueue(
        session,
        now=now,
        client_id=voucher.client_id,
        organiser_id=voucher.organiser_id,
        template=f"choice.{reason}",
        facts={
            "voucher": str(voucher.id),
            "last_day": local_date(voucher.valid_until - timedelta(seconds=1)).isoformat(),
        },
    )


async def case_for_client(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher: Voucher,
    kind: str,
    days: int = DAYS_TO_CALL_BACK,
) -> UUID:
    """A case about a voucher for the client's own case worker, or for any of them when the client has none."""
    owner_id = await session.scalar(select(Client.case_worker_id).where(Client.id == voucher.client_id))
    case_id = await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=voucher.organiser_id,
        kind=kind,
        subject_kind="voucher",
        subject_id=voucher.id,
        due_on=local_date(now) + timedelta(days=days),
        role=Role.CASE_WORKER,
        owner_id=owner_id,
        client_id=voucher.client_id,
        voucher_id=voucher.id,
    )
    if await session.get(VoucherCase, case_id) is None:
        session.add(VoucherCase(case_id=case_id, voucher_id=voucher.id, organiser_id=voucher.organiser_id))
    return case_id
