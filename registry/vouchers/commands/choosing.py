"""The client's pick of a provider: chosen, or changed for another."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.model import Admission
from registry.providers.rules import AdmissionState
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import end_of_day, local_date
from registry.shared.vat import turned, vat_in
from registry.vouchers.commands.unpicking import end_assignment, lock_admissions, lock_voucher, standing_pick
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.rules import (
    AssignmentState,
    VoucherState,
    admission_can_be_chosen,
    may_become,
    may_change_pick,
    may_record_speech,
)


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
    standing = await standing_pick(session, voucher)
    admissions = await lock_admissions(
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
    today = local_date(now)
    vat = turned(vat_in(admission), today, of=admission.vat_since or admission.valid_from)
    assignment = Assignment(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        client_id=voucher.client_id,
        provider_id=admission.provider_id,
        admission_id=admission.id,
        state=str(AssignmentState.ASKED),
        agreed_unit_price_cents=admission.unit_price_cents,
        vat_rate_bp=vat.rate_bp,
        vat_category=vat.category,
        vat_reason=vat.reason,
        chosen_at=now,
        chosen_by=actor.id,
        channel=channel,
        said_by=said_by,
        answer_due_at=end_of_day(today + timedelta(days=voucher.confirm_within_days)),
    )
    session.add(assignment)
    return assignment
