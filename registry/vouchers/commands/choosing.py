"""The client's pick of a provider: chosen, answered, changed, refused. None of it ever just ends: where nobody is
chosen any more, somebody has a case with a due date."""

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
from registry.providers.rules import AdmissionState
from registry.shared.actor import Actor, Role
from registry.shared.database import as_organiser, see
from registry.shared.errors import NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import end_of_day, local_date
from registry.vouchers.commands.returning import end_voucher
from registry.vouchers.model import Assignment, Presentation, Voucher, VoucherCase
from registry.vouchers.rules import (
    STANDING,
    AssignmentState,
    VoucherState,
    admission_can_be_chosen,
    may_answer,
    may_become,
    may_change_pick,
    may_record_speech,
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


async def choose(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    admission_id: UUID,
    channel: str = "self",
    said_by: str | None = None,
    shown_id: UUID | None = None,
) -> UUID:
    """Pick a provider, or change the pick; takes one of the provider's free places under lock and asks it to
    confirm. `channel` is counter or phone when a case worker records what was said there, and `said_by` who said it:
    client or guardian. Returns the assignment's id; `shown_id` is the record of what the client was shown."""
    require(may_record_speech(channel=channel, said_by=said_by))
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    if now >= voucher.valid_until:
        raise Refused("voucher.expired", until=local_date(voucher.valid_until - timedelta(seconds=1)))
    require(
        may_change_pick(
            VoucherState(voucher.state),
            available_cents=voucher.available_cents,
            reserved_cents=voucher.reserved_cents,
        )
    )
    standing = await _standing(session, voucher)
    admissions = await _lock_admissions(
        session, {admission_id, *({standing.admission_id} if standing else ())}
    )
    admission = admissions.get(admission_id)
    if admission is None or admission.service_id != voucher.service_id:
        raise NotFound("provider.unknown")
    require(
        admission_can_be_chosen(
            active=admission.state == AdmissionState.ACTIVE,
            in_term=admission.valid_until is None or local_date(now) < admission.valid_until,
            free_places=admission.places - admission.taken,
            already_chosen=standing is not None and standing.provider_id == admission.provider_id,
        )
    )
    if standing is not None:
        await end_assignment(session, actor=actor, now=now, assignment=standing, reason="changed")
        admissions[standing.admission_id].taken -= 1
    admission.taken += 1
    assignment = _assign(session, voucher, admission, actor=actor, now=now, channel=channel, said_by=said_by)
    before = voucher.state
    require(may_become(VoucherState(before), VoucherState.CHOSEN))
    voucher.state = str(VoucherState.CHOSEN)
    voucher.provider_id, voucher.assignment_id, voucher.chosen_at = admission.provider_id, assignment.id, now
    record(
        session,
        actor=actor,
        now=now,
        action="voucher.chosen",
        subject_kind="voucher",
        subject_id=voucher.id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        from_state=before,
        to_state=voucher.state,
        facts={
            "provider": admission.provider_id,
            "assignment": assignment.id,
            "channel": channel,
            "said_by": said_by,
            "shown": shown_id,
            "changed_from": standing.provider_id if standing else None,
            "agreed_unit_price_cents": assignment.agreed_unit_price_cents,
        },
    )
    enqueue(
        session,
        now=now,
        provider_id=admission.provider_id,
        organiser_id=voucher.organiser_id,
        template="choice.asked",
        facts={"assignment": str(assignment.id)},
    )
    return assignment.id


def _assign(
    session: AsyncSession,
    voucher: Voucher,
    admission: Admission,
    *,
    actor: Actor,
    now: datetime,
    channel: str,
    said_by: str | None,
) -> Assignment:
    assignment = Assignment(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        client_id=voucher.client_id,
        provider_id=admission.provider_id,
        admission_id=admission.id,
        state=str(AssignmentState.ASKED),
        agreed_unit_price_cents=admission.unit_price_cents,
        vat_rate_bp=admission.vat_rate_bp,
        chosen_at=now,
        chosen_by=actor.id,
        channel=channel,
        said_by=said_by,
        answer_due_at=end_of_day(local_date(now) + timedelta(days=voucher.confirm_within_days)),
    )
    session.add(assignment)
    return assignment


async def _standing(session: AsyncSession, voucher: Voucher) -> Assignment | None:
    if voucher.assignment_id is None:
        return None
    return await session.get(Assignment, voucher.assignment_id, with_for_update=True, populate_existing=True)


async def _lock_admissions(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Admission]:
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


async def _release_pick(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher: Voucher,
    reason: str,
    state: AssignmentState,
) -> Assignment | None:
    """End the standing pick, if any, and give its place back."""
    standing = await _standing(session, voucher)
    if standing is None or AssignmentState(standing.state) not in STANDING:
        return None
    admissions = await _lock_admissions(session, {standing.admission_id})
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
    standing = await _release_pick(session, actor=actor, now=now, voucher=voucher, reason=reason, state=state)
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
    if standing is not None and reason in WAITED_IN_VAIN:
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
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    require(may_become(VoucherState(voucher.state), VoucherState.REFUSED))
    if voucher.reserved_cents:
        raise Refused("choice.reservation_open", reserved_cents=voucher.reserved_cents)
    await _release_pick(
        session, actor=actor, now=now, voucher=voucher, reason="refused", state=AssignmentState.ENDED
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
    session: AsyncSession, *, actor: Actor, now: datetime, voucher_id: UUID, reason: str
) -> None:
    """The organiser cancels what is left of a voucher. An adverse act: the reason is a code that the client is told
    together with the remedy."""
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    require(may_become(VoucherState(voucher.state), VoucherState.CANCELLED))
    if voucher.reserved_cents:
        raise Refused("choice.reservation_open", reserved_cents=voucher.reserved_cents)
    await _release_pick(
        session, actor=actor, now=now, voucher=voucher, reason="cancelled", state=AssignmentState.ENDED
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
