"""Raising alarms, and deciding what each was."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import NewCase, close_about, open_cases
from registry.cases.rules import CASE_KINDS, due_on
from registry.quality.alarms.looking import Sign, look
from registry.quality.alarms.model import Alarm
from registry.quality.alarms.rules import THRESHOLDS, AlarmKind, AlarmState, may_decide
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage

ALARM: Final = "quality_alarm"


async def raise_alarms(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Look for signs at each organiser in the actor's sight and open a case for each sign that nobody was asked about
    yet; how many, `limit` at most.

    After an alarm the next one of its kind on the same provider and service waits for as long as is looked back, so
    that what was explained is not asked again. Looked for by two workers at once it is raised once all the same.
    """
    raised = 0
    for organiser_id in sorted(actor.sight.organisers):
        if raised < limit:
            raised += await _raise_at(
                session, actor=actor, now=now, organiser_id=organiser_id, limit=limit - raised
            )
    return raised


async def _raise_at(
    session: AsyncSession, *, actor: Actor, now: datetime, organiser_id: UUID, limit: int
) -> int:
    asked = await _asked(session, organiser_id)
    fresh = [
        sign
        for sign in await look(session, organiser_id=organiser_id, now=now)
        if not _too_soon(sign, asked, now)
    ][:limit]
    if not fresh:
        return 0
    rows = {uuid7(): sign for sign in fresh}
    raised = await session.scalars(
        upsert(Alarm).on_conflict_do_nothing().returning(Alarm.id),
        [
            {
                "id": alarm_id,
                "organiser_id": organiser_id,
                "provider_id": sign.provider_id,
                "service_id": sign.service_id,
                "kind": str(sign.kind),
                "period": sign.period,
                "facts": sign.facts,
                "state": str(AlarmState.OPEN),
                "raised_at": now,
            }
            for alarm_id, sign in rows.items()
        ],
    )
    new = {alarm_id: rows[alarm_id] for alarm_id in raised}
    await open_cases(
        session,
        actor=actor,
        now=now,
        cases=[
            NewCase(
                organiser_id=organiser_id,
                kind=ALARM,
                subject_kind=ALARM,
                subject_id=alarm_id,
                due_on=due_on(ALARM, local_date(now)),
                role=CASE_KINDS[ALARM].role,
            )
            for alarm_id in new
        ],
    )
    for alarm_id, sign in new.items():
        record(
            session,
            actor=actor,
            now=now,
            action="alarm.raised",
            subject_kind=ALARM,
            subject_id=alarm_id,
            organiser_id=organiser_id,
            to_state=str(AlarmState.OPEN),
            facts={"kind": sign.kind, "provider": sign.provider_id, "service": sign.service_id},
        )
    return len(new)


Asked = dict[tuple[UUID, UUID, str], datetime]
"""(service, provider, kind) → when an alarm was raised last."""


async def _asked(session: AsyncSession, organiser_id: UUID) -> Asked:
    rows = await session.execute(
        select(Alarm.service_id, Alarm.provider_id, Alarm.kind, func.max(Alarm.raised_at))
        .where(Alarm.organiser_id == organiser_id)
        .group_by(Alarm.service_id, Alarm.provider_id, Alarm.kind)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _too_soon(sign: Sign, asked: Asked, now: datetime) -> bool:
    last = asked.get((sign.service_id, sign.provider_id, str(sign.kind)))
    return last is not None and now - last < timedelta(days=THRESHOLDS[sign.kind].days)


async def decide_alarm(
    session: AsyncSession, *, actor: Actor, now: datetime, alarm_id: UUID, state: AlarmState, note: str
) -> None:
    """The officer says what it was: explained, or confirmed. The case is done with it. No figure changes; where
    something was wrong, a finding is opened, and the provider is heard before anybody reads it."""
    words = passage("note", note, longest=2_000)
    alarm = await session.get(Alarm, alarm_id, with_for_update=True, populate_existing=True)
    if alarm is None:
        raise NotFound("alarm.unknown")
    before = AlarmState(alarm.state)
    require(may_decide(before, state))
    alarm.state, alarm.note = str(state), words
    alarm.decided_at, alarm.decided_by = now, actor.id
    await close_about(session, actor=actor, now=now, subject_id=alarm_id, why="alarm.decided")
    record(
        session,
        actor=actor,
        now=now,
        action="alarm.decided",
        subject_kind=ALARM,
        subject_id=alarm_id,
        organiser_id=alarm.organiser_id,
        from_state=str(before),
        to_state=str(state),
        facts={"kind": AlarmKind(alarm.kind), "provider": alarm.provider_id, "note": "given"},
    )
