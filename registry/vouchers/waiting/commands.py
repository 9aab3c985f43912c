"""Giving back the days that a client lost by waiting for a provider's answer."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.shared.actor import Actor
from registry.shared.identifiers import uuid7
from registry.shared.period import end_of_day, local_date
from registry.vouchers.allowances.setting_aside import follow_validity, months_to_come
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.waiting.model import VoucherExtension
from registry.vouchers.waiting.rules import days_waited


def _later(moment: datetime, days: int) -> datetime:
    """The end of the day that is so many days after the last one before `moment`: a day's midnight moves with the
    clock change."""
    return end_of_day(local_date(moment - timedelta(microseconds=1)) + timedelta(days=days))


async def give_back_waiting(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher: Voucher,
    assignment: Assignment,
    reason: str,
) -> int:
    """Lengthen the voucher, which must be locked, by the days since the pick; answers how many. Its claim window keeps
    its length. The session must see the organiser's rows."""
    days = days_waited(chosen_on=local_date(assignment.chosen_at), answered_on=local_date(now))
    if days == 0:
        return 0
    before, to_come = voucher.valid_until, months_to_come(voucher)
    voucher.valid_until, voucher.claim_until = _later(before, days), _later(voucher.claim_until, days)
    await follow_validity(session, now=now, voucher=voucher, before=to_come, required=False)
    session.add(
        VoucherExtension(
            id=uuid7(),
            organiser_id=voucher.organiser_id,
            voucher_id=voucher.id,
            assignment_id=assignment.id,
            reason=reason,
            days=days,
            valid_until_before=before,
            valid_until_after=voucher.valid_until,
            recorded_at=now,
        )
    )
    record(
        session,
        actor=actor,
        now=now,
        action="voucher.extended",
        subject_kind="voucher",
        subject_id=voucher.id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        from_state=voucher.state,
        to_state=voucher.state,
        facts={
            "days": days,
            "reason": reason,
            "assignment": assignment.id,
            "provider": assignment.provider_id,
            "last_day": local_date(voucher.valid_until - timedelta(microseconds=1)),
        },
    )
    return days
