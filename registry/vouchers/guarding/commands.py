"""Raising alarms about redemptions, deciding them, holding money back and letting it go, and changing the limits."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import NewCase, close_about, open_cases
from registry.cases.rules import CASE_KINDS, due_on
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage
from registry.vouchers.guarding.looking import look
from registry.vouchers.guarding.model import RedemptionAlarm, RedemptionHold, RedemptionThreshold
from registry.vouchers.guarding.rules import (
    AlarmState,
    Seen,
    Sign,
    may_decide_alarm,
    may_decide_limit,
    may_set,
)
from registry.vouchers.model import Voucher

ALARM: Final = "redemption_alarm"
LONGEST: Final = 2_000


async def raise_redemption_alarms(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Look for signs at each organiser in sight, and open a case for each that nobody was asked about yet; how many.

    Looked for by two workers at once it is raised once all the same. What has grown since is written onto the alarm
    while that is open; a serious sign holds the provider's money back until somebody has looked."""
    raised = 0
    for organiser_id in sorted(actor.sight.organisers):
        signs = await look(session, organiser_id=organiser_id, now=now)
        known = await _known(session, organiser_id)
        fresh = [sign for sign in signs if _key(sign) not in known][:limit]
        raised += await _raise(session, actor, now, organiser_id, fresh)
        for sign in signs:
            alarm = known.get(_key(sign))
            if alarm is not None and alarm.state == AlarmState.OPEN and sign.seen > alarm.seen:
                alarm.seen, alarm.facts = sign.seen, dict(sign.facts)
                if sign.serious:
                    await _hold(session, actor, now, alarm, reason=None)
    return raised


def _key(sign: Seen) -> tuple[UUID, str, str]:
    return (sign.provider_id, str(sign.sign), sign.subject)


async def _known(session: AsyncSession, organiser_id: UUID) -> dict[tuple[UUID, str, str], RedemptionAlarm]:
    rows = await session.scalars(
        select(RedemptionAlarm)
        .where(RedemptionAlarm.organiser_id == organiser_id)
        .order_by(RedemptionAlarm.id)
    )
    return {(row.provider_id, row.sign, row.subject): row for row in rows}


async def _raise(
    session: AsyncSession, actor: Actor, now: datetime, organiser_id: UUID, signs: list[Seen]
) -> int:
    if not signs:
        return 0
    rows = {uuid7(): sign for sign in signs}
    made = await session.scalars(
        upsert(RedemptionAlarm).on_conflict_do_nothing().returning(RedemptionAlarm.id),
        [
            {
                "id": alarm_id, "organiser_id": organiser_id, "provider_id": sign.provider_id, "sign": str(sign.sign),
                "subject": sign.subject, "seen": sign.seen, "limit_then": sign.limit, "facts": dict(sign.facts),
                "state": str(AlarmState.OPEN), "raised_at": now,
            }
            for alarm_id, sign in rows.items()
        ],
    )  # fmt: skip
    new = list(made)
    case = CASE_KINDS[ALARM]
    await open_cases(
        session,
        actor=actor,
        now=now,
        cases=[
            NewCase(organiser_id, ALARM, ALARM, alarm_id, due_on(ALARM, local_date(now)), case.role)
            for alarm_id in new
        ],
    )
    for alarm_id in new:
        sign = rows[alarm_id]
        alarm = await session.get_one(RedemptionAlarm, alarm_id)
        _note(session, alarm, actor=actor, now=now, action="redemption_alarm.raised", seen=sign.seen)
        if sign.serious:
            await _hold(session, actor, now, alarm, reason=None)
    return len(new)


async def _hold(
    session: AsyncSession, actor: Actor, now: datetime, alarm: RedemptionAlarm, *, reason: str | None
) -> None:
    await _place(
        session, actor, now, organiser_id=alarm.organiser_id, provider_id=alarm.provider_id, voucher_id=None,
        alarm_id=alarm.id, reason=reason,
    )  # fmt: skip


async def _place(
    session: AsyncSession, actor: Actor, now: datetime, *, organiser_id: UUID, provider_id: UUID,
    voucher_id: UUID | None, alarm_id: UUID | None, reason: str | None,
) -> UUID | None:  # fmt: skip
    """Hold back, unless it is held already. One alarm holds by itself once: what a person has lifted stays lifted."""
    if actor.id is None and await session.scalar(
        select(RedemptionHold.id).where(RedemptionHold.alarm_id == alarm_id).limit(1)
    ):
        return None
    hold_id = uuid7()
    made = await session.scalar(
        upsert(RedemptionHold)
        .values(
            id=hold_id, organiser_id=organiser_id, provider_id=provider_id, voucher_id=voucher_id,
            alarm_id=alarm_id, reason=reason, placed_at=now, placed_by=actor.id,
        )
        .on_conflict_do_nothing()
        .returning(RedemptionHold.id)
    )  # fmt: skip
    if made is None:
        return None
    facts = {"provider": provider_id, "by_itself": actor.id is None}
    record(
        session, actor=actor, now=now, action="redemption_hold.placed", subject_kind="redemption_hold",
        subject_id=hold_id, organiser_id=organiser_id, voucher_id=voucher_id, to_state="standing", facts=facts,
    )  # fmt: skip
    enqueue(
        session, now=now, provider_id=provider_id, organiser_id=organiser_id, template="redemption_hold.placed",
        facts={"hold": str(hold_id)},
    )  # fmt: skip
    return hold_id


async def place_hold(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    alarm_id: UUID,
    voucher_id: UUID | None,
    reason: str,
) -> UUID:
    """A finance officer holds back what the provider of an alarm redeemed, all of it or that of one voucher. The provider
    reads the reason, and goes on redeeming: no client is turned away, and no claim is lost."""
    _finance(actor)
    words = passage("reason", reason, longest=LONGEST)
    alarm = await session.get(RedemptionAlarm, alarm_id)
    if alarm is None:
        raise NotFound("redemption_alarm.unknown")
    if voucher_id is not None and await session.get(Voucher, voucher_id) is None:
        raise NotFound("voucher.unknown")
    placed = await _place(
        session, actor, now, organiser_id=alarm.organiser_id, provider_id=alarm.provider_id,
        voucher_id=voucher_id, alarm_id=alarm_id, reason=words,
    )  # fmt: skip
    if placed is None:
        raise Refused("redemption_hold.standing_already")
    return placed


async def lift_hold(
    session: AsyncSession, *, actor: Actor, now: datetime, hold_id: UUID, reason: str
) -> None:
    """Let go what was held: it goes onto the next statement. Only a person does it, and says why."""
    _finance(actor)
    words = passage("reason", reason, longest=LONGEST)
    hold = await session.get(RedemptionHold, hold_id, with_for_update=True, populate_existing=True)
    if hold is None:
        raise NotFound("redemption_hold.unknown")
    if hold.lifted_at is not None:
        raise Refused("redemption_hold.lifted_already")
    hold.lifted_at, hold.lifted_by, hold.lifted_why = now, actor.id, words
    record(
        session, actor=actor, now=now, action="redemption_hold.lifted", subject_kind="redemption_hold",
        subject_id=hold_id, organiser_id=hold.organiser_id, voucher_id=hold.voucher_id, from_state="standing",
        to_state="lifted", facts={"provider": hold.provider_id, "reason": "given"},
    )  # fmt: skip
    enqueue(
        session, now=now, provider_id=hold.provider_id, organiser_id=hold.organiser_id,
        template="redemption_hold.lifted", facts={"hold": str(hold_id)},
    )  # fmt: skip


async def decide_redemption_alarm(
    session: AsyncSession, *, actor: Actor, now: datetime, alarm_id: UUID, state: AlarmState, note: str
) -> None:
    """The finance officer says what it was. A hold is another matter: it stands until it is lifted."""
    _finance(actor)
    words = passage("note", note, longest=LONGEST)
    alarm = await session.get(RedemptionAlarm, alarm_id, with_for_update=True, populate_existing=True)
    if alarm is None:
        raise NotFound("redemption_alarm.unknown")
    require(may_decide_alarm(AlarmState(alarm.state)))
    alarm.state, alarm.note, alarm.decided_at, alarm.decided_by = str(state), words, now, actor.id
    await close_about(session, actor=actor, now=now, subject_id=alarm_id, why="redemption_alarm.decided")
    _note(session, alarm, actor=actor, now=now, action="redemption_alarm.decided", seen=alarm.seen)


def _note(
    session: AsyncSession, alarm: RedemptionAlarm, *, actor: Actor, now: datetime, action: str, seen: int
) -> None:
    record(
        session, actor=actor, now=now, action=action, subject_kind=ALARM, subject_id=alarm.id,
        organiser_id=alarm.organiser_id, to_state=alarm.state,
        facts={"sign": alarm.sign, "provider": alarm.provider_id, "seen": seen, "limit": alarm.limit_then},
    )  # fmt: skip


def _finance(actor: Actor) -> None:
    """A person: a token would be a pair of eyes that nobody looks through."""
    if actor.kind != "account" or actor.role != Role.FINANCE_OFFICER:
        raise Forbidden("door.other_role", role=str(actor.role))


# --- limits, under four eyes --------------------------------------------------------------------------------------------


async def ask_for_limit(
    session: AsyncSession, *, actor: Actor, now: datetime, sign: Sign, value: int
) -> UUID:
    """Ask that a sign counts from another number on. It does once a second finance officer has approved it."""
    _finance(actor)
    require(may_set(sign, value))
    waiting = await session.scalar(
        select(RedemptionThreshold.id).where(
            RedemptionThreshold.organiser_id == actor.organiser_id,
            RedemptionThreshold.sign == str(sign),
            RedemptionThreshold.state == "asked",
        )
    )
    if waiting is not None or actor.id is None:
        raise Refused("threshold.waiting_already")
    row = RedemptionThreshold(
        id=uuid7(), organiser_id=actor.organiser_id, sign=str(sign), value=value, state="asked",
        asked_by=actor.id, asked_at=now,
    )  # fmt: skip
    session.add(row)
    _limit_noted(session, row, actor=actor, now=now, before=None)
    return row.id


async def decide_limit(
    session: AsyncSession, *, actor: Actor, now: datetime, threshold_id: UUID, to_state: str
) -> None:
    """Approve or reject what another asked for, or take back one's own (`approved`, `rejected`, `withdrawn`)."""
    _finance(actor)
    row = await session.get(RedemptionThreshold, threshold_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("threshold.unknown")
    require(may_decide_limit(state=row.state, to_state=to_state, asked_by=row.asked_by, decider=actor.id))
    before, row.state, row.decided_by, row.decided_at = row.state, to_state, actor.id, now
    _limit_noted(session, row, actor=actor, now=now, before=before)


def _limit_noted(
    session: AsyncSession, row: RedemptionThreshold, *, actor: Actor, now: datetime, before: str | None
) -> None:
    record(
        session, actor=actor, now=now, action=f"threshold.{row.state}", subject_kind="threshold",
        subject_id=row.id, organiser_id=row.organiser_id, from_state=before, to_state=row.state,
        facts={"sign": row.sign, "value": row.value},
    )  # fmt: skip
