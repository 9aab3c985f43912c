"""The provider's answer to a client's pick: it takes the client, and may propose a first time, or it cannot."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.shared.actor import Actor
from registry.shared.database import as_organiser
from registry.shared.errors import NotFound, Refused, require
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import single_line
from registry.vouchers.commands.unpicking import give_up_pick
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.rules import AssignmentState, may_answer, may_meet
from registry.vouchers.waiting.commands import give_back_waiting

LONGEST_PLACE = 200


async def confirm(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    assignment_id: UUID,
    meeting_at: datetime | None = None,
    place: str | None = None,
) -> None:
    """The provider takes the client: only now does it see name and contact. It may propose the first time at once.

    A voucher that ran out while its client waited for this answer is given the days of waiting back first.
    """
    voucher, assignment = await _asked(session, assignment_id)
    require(may_answer(AssignmentState(assignment.state), AssignmentState.CONFIRMED))
    if now >= voucher.valid_until:
        async with as_organiser(session, actor.sight):
            await give_back_waiting(
                session, actor=actor, now=now, voucher=voucher, assignment=assignment, reason="late"
            )
    if now >= voucher.claim_until:
        raise Refused("voucher.expired", until=local_date(voucher.valid_until - timedelta(seconds=1)))
    before = assignment.state
    assignment.state, assignment.answered_at = str(AssignmentState.CONFIRMED), now
    record(
        session,
        actor=actor,
        now=now,
        action="choice.confirmed",
        subject_kind="assignment",
        subject_id=assignment.id,
        organiser_id=assignment.organiser_id,
        voucher_id=voucher.id,
        from_state=before,
        to_state=assignment.state,
        facts={"provider": assignment.provider_id},
    )
    if meeting_at is not None:
        _propose(session, voucher, assignment, actor=actor, now=now, at=meeting_at, place=place)
        return
    enqueue(
        session,
        now=now,
        client_id=voucher.client_id,
        organiser_id=voucher.organiser_id,
        template="choice.confirmed",
        facts={"voucher": str(voucher.id)},
    )


async def propose_meeting(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    assignment_id: UUID,
    at: datetime,
    place: str | None = None,
) -> None:
    """The provider proposes a first time to a client that it has confirmed, or another one instead."""
    voucher, assignment = await _asked(session, assignment_id)
    if assignment.state != AssignmentState.CONFIRMED:
        raise Refused("choice.not_confirmed")
    _propose(session, voucher, assignment, actor=actor, now=now, at=at, place=place)


def _propose(
    session: AsyncSession,
    voucher: Voucher,
    assignment: Assignment,
    *,
    actor: Actor,
    now: datetime,
    at: datetime,
    place: str | None,
) -> None:
    """The event says when, and that there is a place: what the provider wrote stays in the pick's own row."""
    require(may_meet(at=at, now=now, valid_until=voucher.valid_until))
    assignment.first_meeting_at = at
    assignment.first_meeting_place = (
        single_line("place", place or "", longest=LONGEST_PLACE, required=False) or None
    )
    record(
        session,
        actor=actor,
        now=now,
        action="choice.meeting_proposed",
        subject_kind="assignment",
        subject_id=assignment.id,
        organiser_id=assignment.organiser_id,
        voucher_id=voucher.id,
        from_state=assignment.state,
        to_state=assignment.state,
        facts={"provider": assignment.provider_id, "at": at, "place": bool(assignment.first_meeting_place)},
    )
    enqueue(
        session,
        now=now,
        client_id=voucher.client_id,
        organiser_id=voucher.organiser_id,
        template="choice.meeting_proposed",
        facts={"voucher": str(voucher.id)},
    )


async def decline(session: AsyncSession, *, actor: Actor, now: datetime, assignment_id: UUID) -> None:
    """The provider cannot take the client: the client chooses anew and somebody looks after it."""
    voucher, assignment = await _asked(session, assignment_id)
    require(may_answer(AssignmentState(assignment.state), AssignmentState.DECLINED))
    await give_up_pick(
        session,
        actor=actor,
        now=now,
        voucher=voucher,
        reason="declined",
        state=AssignmentState.DECLINED,
        case_kind="provider_declined",
    )


async def _asked(session: AsyncSession, assignment_id: UUID) -> tuple[Voucher, Assignment]:
    """The voucher and its pick, locked in that order, as every command does."""
    voucher_id = await session.scalar(select(Assignment.voucher_id).where(Assignment.id == assignment_id))
    if voucher_id is None:
        raise NotFound("choice.unknown")
    # a pick that stands no longer leaves its voucher out of this provider's sight: then it was answered or ended
    voucher = await session.scalar(
        select(Voucher)
        .where(Voucher.id == voucher_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    assignment = await session.get(Assignment, assignment_id, with_for_update=True, populate_existing=True)
    if assignment is None or voucher is None or voucher.assignment_id != assignment_id:
        raise Refused("choice.answered_already", state=assignment.state if assignment else "ended")
    return voucher, assignment
