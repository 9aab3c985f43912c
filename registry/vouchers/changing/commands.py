"""Raising, lowering and extending a voucher: by the case worker, with a reason that the client reads."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import VoucherTerms
from registry.ledger.commands import give_back, lock_budget_line, parts_of_lines, post, take
from registry.ledger.rules import split_return
from registry.people.model import Client
from registry.shared.actor import Actor, Role
from registry.shared.errors import ACCEPTED, Forbidden, Refusal, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import end_of_day, local_date
from registry.vouchers.adverse.commands import issue_against
from registry.vouchers.adverse.rules import AdverseKind, Hearing
from registry.vouchers.allowances.setting_aside import follow_validity, granting_line, months_to_come
from registry.vouchers.changing.model import VoucherChange
from registry.vouchers.changing.rules import (
    ChangeKind,
    Worth,
    known_reason,
    may_extend,
    may_lower,
    may_raise,
    worth,
)
from registry.vouchers.commands.unpicking import lock_voucher
from registry.vouchers.companies.aid import aid_of
from registry.vouchers.model import Voucher
from registry.vouchers.rules import VoucherState


async def raise_voucher(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    reason: str,
    cents: int | None = None,
    units: int | None = None,
) -> UUID:
    """More value for an open voucher, from the budget line that it came from; refused, with the amounts, when the line
    is short or grants nothing more, closed to new grants or with its year. The price ceiling stays as granted."""
    voucher = await _open(session, actor, voucher_id, ChangeKind.RAISED, reason)
    by = _worth(voucher, cents, units)
    terms = await session.get_one(VoucherTerms, voucher.terms_id)
    require(may_raise(by, state=VoucherState(voucher.state), terms_value_cents=terms.value_cents))
    if terms.de_minimis:  # more aid to the company, from today on
        await session.scalar(select(Client.id).where(Client.id == voucher.client_id).with_for_update())
        aid = await aid_of(session, clients=[voucher.client_id], on=local_date(now))
        require(aid.take(voucher.client_id, by.cents) or ACCEPTED)
        session.add(aid.belongs_to(voucher.id, voucher.organiser_id))
    take(await granting_line(session, voucher), by.cents)
    voucher.granted_cents += by.cents
    voucher.available_cents += by.cents
    if by.units is not None:
        voucher.units_granted = (voucher.units_granted or 0) + by.units
        voucher.units_available = (voucher.units_available or 0) + by.units
    post(
        session, "grant", organiser_id=voucher.organiser_id, at=now, amount_cents=by.cents,
        from_id=voucher.budget_line_id, to_id=voucher.id, voucher_id=voucher.id,
    )  # fmt: skip
    return _note(session, voucher, ChangeKind.RAISED, reason, actor=actor, now=now, by=by)


async def lower_voucher(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    reason: str,
    cents: int | None = None,
    units: int | None = None,
    hearing: Hearing | None = None,
) -> UUID:
    """Take back value that nobody has used or reserved. It goes against the client, who is heard first, and gets a
    decision that says why and what can be done about it."""
    voucher = await _open(session, actor, voucher_id, ChangeKind.LOWERED, reason)
    by = _worth(voucher, cents, units)
    require(
        may_lower(
            by,
            state=VoucherState(voucher.state),
            available_cents=voucher.available_cents,
            units_available=voucher.units_available,
        )
    )
    await issue_against(
        session, actor=actor, now=now, voucher=voucher, kind=AdverseKind.LOWERED, reason=reason, cents=by.cents,
        units=by.units, hearing=hearing,
    )  # fmt: skip
    parts = await parts_of_lines(session, voucher_ids=[voucher.id])
    held = parts.get(voucher.id, [(voucher.budget_line_id, by.cents)])
    for line_id, cents in sorted(split_return(by.cents, held)):
        give_back(await lock_budget_line(session, budget_line_id=line_id), cents)
        post(
            session, "return", organiser_id=voucher.organiser_id, at=now, amount_cents=cents, from_id=voucher.id,
            to_id=line_id, voucher_id=voucher.id,
        )  # fmt: skip
    voucher.available_cents -= by.cents
    voucher.returned_cents += by.cents
    if by.units is not None:
        voucher.units_available = (voucher.units_available or 0) - by.units
        voucher.units_returned = (voucher.units_returned or 0) + by.units
    return _note(session, voucher, ChangeKind.LOWERED, reason, actor=actor, now=now, by=by)


async def extend_voucher(
    session: AsyncSession, *, actor: Actor, now: datetime, voucher_id: UUID, reason: str, days: int
) -> UUID:
    """More days for an open voucher; its claim window keeps its length. The months of an allowance that fit into them are
    set aside too, or it is refused, with the amounts, where the line has no room for them. (Of a voucher from before
    months were set aside, that is left to its next month.)"""
    voucher = await _open(session, actor, voucher_id, ChangeKind.EXTENDED, reason)
    terms = await session.get_one(VoucherTerms, voucher.terms_id)
    last_day = local_date(voucher.valid_until - timedelta(microseconds=1))
    require(
        may_extend(
            days,
            state=VoucherState(voucher.state),
            last_day=last_day,
            today=local_date(now),
            terms_days=terms.validity_days,
        )
    )
    before, to_come = voucher.valid_until, months_to_come(voucher)
    claim_day = local_date(voucher.claim_until - timedelta(microseconds=1))
    voucher.valid_until = end_of_day(last_day + timedelta(days=days))
    voucher.claim_until = end_of_day(claim_day + timedelta(days=days))
    await follow_validity(session, now=now, voucher=voucher, before=to_come, required=True)
    return _note(
        session,
        voucher,
        ChangeKind.EXTENDED,
        reason,
        actor=actor,
        now=now,
        days=days,
        valid_until_before=before,
    )


async def _open(
    session: AsyncSession, actor: Actor, voucher_id: UUID, kind: ChangeKind, reason: str
) -> Voucher:
    if actor.role != Role.CASE_WORKER:
        raise Forbidden("door.other_role", role=str(actor.role))
    require(known_reason(kind, reason))
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    if voucher.by_results and kind is not ChangeKind.EXTENDED:
        raise Refused("change.by_results")
    return voucher


def _worth(voucher: Voucher, cents: int | None, units: int | None) -> Worth:
    found = worth(
        in_units=voucher.units_granted is not None,
        ceiling_cents=voucher.unit_price_ceiling_cents,
        cents=cents,
        units=units,
    )
    if isinstance(found, Refusal):
        raise Refused(found.code, **found.facts)
    return found


def _note(
    session: AsyncSession,
    voucher: Voucher,
    kind: ChangeKind,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    by: Worth | None = None,
    days: int | None = None,
    valid_until_before: datetime | None = None,
) -> UUID:
    """The record, the event and the message. Where the voucher is in use, the provider sees the new balance."""
    change = VoucherChange(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        kind=str(kind),
        reason=reason,
        cents=by.cents if by else None,
        units=by.units if by else None,
        days=days,
        valid_until_before=valid_until_before,
        valid_until_after=voucher.valid_until if days else None,
        recorded_at=now,
        recorded_by=actor.id,
    )
    session.add(change)
    last_day = local_date(voucher.valid_until - timedelta(microseconds=1))
    facts = {
        "value_cents": change.cents,
        "units": change.units,
        "days": days,
        "last_day": last_day if days else None,
    }
    record(
        session,
        actor=actor,
        now=now,
        action=f"voucher.{'lengthened' if days else kind}",
        subject_kind="voucher",
        subject_id=voucher.id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        from_state=voucher.state,
        to_state=voucher.state,
        facts={"reason": reason, **{name: value for name, value in facts.items() if value is not None}},
    )
    enqueue(
        session,
        now=now,
        client_id=voucher.client_id,
        organiser_id=voucher.organiser_id,
        template=f"voucher.{'lengthened' if days else kind}",
        facts={"voucher": str(voucher.id), "last_day": last_day.isoformat()},
    )
    return change.id
