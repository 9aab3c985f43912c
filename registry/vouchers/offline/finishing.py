"""Deciding visits that were received: redeemed under the ids that the device made, or refused and made a case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import NewCase, close_about, open_cases
from registry.cases.rules import CASE_KINDS, due_on
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import Database, as_organiser
from registry.shared.errors import Forbidden, NotFound, Refused, require
from registry.shared.idempotency import Replay, field_digests
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage
from registry.vouchers.offline.model import OfflineVisit
from registry.vouchers.offline.rules import UNFINISHED, Fate, may_become
from registry.vouchers.redemption.commands import Call, Outcome, redeem_once
from registry.vouchers.redemption.rules import Activity, Attended, Event
from registry.vouchers.redemption.writing import RedemptionLine

CASE: Final = "offline_visit"
LONGEST_NOTE: Final = 1_000
_AT_ONCE: Final = 200
_PRICES: Final = text("""
SELECT p.id, a.agreed_unit_price_cents FROM presentation p JOIN assignment a ON a.id = p.assignment_id
WHERE p.id = ANY (:presentations)
""")


async def finish(
    database: Database, *, actor: Actor, now: datetime, digest_key: bytes, ids: Sequence[UUID]
) -> None:
    """Give each received visit its fate. Whoever does it, and however often: the redemption has the visit's own key."""
    if not ids:
        return
    async with database.transaction(actor.sight) as session:
        rows = list(
            await session.scalars(
                select(OfflineVisit).where(OfflineVisit.id.in_(ids)).order_by(OfflineVisit.id)
            )
        )
        prices = await _agreed(session, rows)
    open_ = [row for row in rows if row.state == Fate.RECEIVED and row.code is None]
    calls = [_call(actor, row, prices, digest_key) for row in open_]
    outcomes = await redeem_once(database, calls=calls, now=now) if calls else []
    told: dict[UUID, Outcome] = {row.id: outcome for row, outcome in zip(open_, outcomes, strict=True)}
    async with database.transaction(actor.sight) as session:
        await _settle(session, actor, now, [row.id for row in rows], told)


async def _agreed(session: AsyncSession, rows: Sequence[OfflineVisit]) -> dict[UUID, int]:
    presentations = [row.presentation_id for row in rows if row.presentation_id]
    found = await session.execute(_PRICES, {"presentations": presentations})
    return {row.id: row.agreed_unit_price_cents for row in found}


def _call(actor: Actor, row: OfflineVisit, prices: dict[UUID, int], digest_key: bytes) -> Call:
    if row.presentation_id is None:
        raise LookupError("a visit without a presentation was refused when it was received")
    price = row.unit_price_cents
    if price is None:
        price = prices[row.presentation_id]
    event = Event(
        Activity(row.activity) if row.activity else None,
        Attended(row.attended) if row.attended else None,
        row.group_size,
    )
    line = RedemptionLine(row.presentation_id, row.units, price, row.service_date, event=event)
    body = {
        "presentation": str(row.presentation_id), "units": row.units, "service_date": row.service_date.isoformat(),
    }  # fmt: skip
    fields = field_digests("offline_visit.redeem", body, digest_key)
    key = f"offline:{row.line_id}:{row.attempts}"
    return Call(actor, key, fields, line, of_provider=True)


async def _settle(
    session: AsyncSession, actor: Actor, now: datetime, ids: Sequence[UUID], told: dict[UUID, Outcome]
) -> None:
    rows = await session.scalars(
        select(OfflineVisit)
        .where(OfflineVisit.id.in_(ids))
        .order_by(OfflineVisit.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    refused: list[OfflineVisit] = []
    for row in rows:
        outcome = told.get(row.id)
        if row.state != Fate.RECEIVED or (outcome is None and row.code is None):
            continue  # somebody else was quicker
        if outcome is not None and not isinstance(outcome, Replay):
            continue  # nothing is known to have happened: it is looked at again
        before = Fate(row.state)
        if isinstance(outcome, Replay) and outcome.status == 200:
            row.redemption_id, row.state, row.code, row.facts = (
                UUID(outcome.response["id"]), str(Fate.RECORDED), None, {},
            )  # fmt: skip
        else:
            if isinstance(outcome, Replay):
                row.code, row.facts = outcome.response["code"], outcome.response["facts"]
            row.state, row.attempts = str(Fate.REFUSED), row.attempts + 1
            if row.attempts == 1:  # later ones have their case already
                refused.append(row)
        row.decided_at, row.decided_by = now, actor.id
        _note(session, row, actor=actor, now=now, before=before)
        if row.state == Fate.RECORDED and row.attempts:
            await _closed(session, row, actor=actor, now=now, why="offline_visit.recorded")
    await _cases(session, actor, now, refused)


async def _cases(session: AsyncSession, actor: Actor, now: datetime, refused: Sequence[OfflineVisit]) -> None:
    """Whatever cannot be recorded is a task of the finance officer, and the provider is told of it."""
    by_organiser: dict[UUID, list[OfflineVisit]] = {}
    for row in refused:
        if row.organiser_id is not None:
            by_organiser.setdefault(row.organiser_id, []).append(row)
    for organiser_id, rows in sorted(by_organiser.items()):
        async with as_organiser(session, actor.sight):
            await open_cases(
                session, actor=actor, now=now,
                cases=[
                    NewCase(
                        organiser_id, CASE, CASE, row.id, due_on(CASE, local_date(now)), CASE_KINDS[CASE].role,
                        facts={"code": row.code},
                    )
                    for row in rows
                ],
            )  # fmt: skip
        enqueue(
            session, now=now, provider_id=rows[0].provider_id, organiser_id=organiser_id,
            template="offline_visit.refused", facts={"count": len(rows)},
        )  # fmt: skip


async def _closed(session: AsyncSession, row: OfflineVisit, *, actor: Actor, now: datetime, why: str) -> None:
    if row.organiser_id is None:
        return
    async with as_organiser(session, actor.sight):
        await close_about(session, actor=actor, now=now, subject_id=row.id, why=why)


def _note(session: AsyncSession, row: OfflineVisit, *, actor: Actor, now: datetime, before: Fate) -> None:
    facts: dict[str, Any] = {"provider": row.provider_id, "device": row.device_id, "place": row.place}
    facts |= {"code": row.code} if row.code else {"redemption": row.redemption_id}
    record(
        session, actor=actor, now=now, action=f"offline_visit.{row.state}", subject_kind=CASE, subject_id=row.id,
        organiser_id=row.organiser_id, from_state=str(before), to_state=row.state, facts=facts,
    )  # fmt: skip


_SHOWN_NOW: Final = text("""
SELECT p.id FROM presentation p JOIN voucher v ON v.id = p.voucher_id
WHERE p.provider_id = :provider AND v.number = :number AND p.ended_at IS NULL
""")


async def try_again(
    database: Database, *, actor: Actor, now: datetime, digest_key: bytes, visit_id: UUID
) -> Fate:
    """The provider asks again, once what stood in the way is mended; or says that it is another visit than the one that
    is recorded. Pressed twice it is one try: both have the same key. While it is under way nobody closes it, and one that
    is cut off is finished by the worker."""
    async with database.transaction(actor.sight) as session:
        row = await session.get(OfflineVisit, visit_id, with_for_update=True, populate_existing=True)
        if row is None or row.provider_id != actor.provider_id:
            raise NotFound("offline_visit.unknown")
        if row.state != Fate.RECEIVED or row.code is not None:
            require(may_become(Fate(row.state), Fate.RECEIVED))
        row.presentation_id = row.presentation_id or await session.scalar(
            _SHOWN_NOW, {"provider": row.provider_id, "number": row.number}
        )
        prices = await _agreed(session, [row])
        if row.presentation_id is None:
            raise Refused("presentation.unknown")
        row.state, row.code, row.facts = str(Fate.RECEIVED), None, {}
    (outcome,) = await redeem_once(database, calls=[_call(actor, row, prices, digest_key)], now=now)
    if isinstance(outcome, Exception):
        raise outcome
    async with database.transaction(actor.sight) as session:
        await _settle(session, actor, now, [visit_id], {visit_id: outcome})
        return Fate((await session.get_one(OfflineVisit, visit_id)).state)


async def close_offline_visit(
    session: AsyncSession, *, actor: Actor, now: datetime, visit_id: UUID, note: str
) -> None:
    """The finance officer has looked: it is not paid, and the provider reads why. Nothing is changed on the voucher."""
    if actor.kind != "account" or actor.role != Role.FINANCE_OFFICER:
        raise Forbidden("door.other_role", role=str(actor.role))
    words = passage("note", note, longest=LONGEST_NOTE)
    row = await session.get(OfflineVisit, visit_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("offline_visit.unknown")
    before = Fate(row.state)
    require(may_become(before, Fate.CLOSED))
    row.state, row.note, row.decided_at, row.decided_by = str(Fate.CLOSED), words, now, actor.id
    _note(session, row, actor=actor, now=now, before=before)
    await close_about(session, actor=actor, now=now, subject_id=row.id, why="offline_visit.closed")
    enqueue(
        session, now=now, provider_id=row.provider_id, organiser_id=actor.organiser_id,
        template="offline_visit.closed", facts={"visit": str(row.id)},
    )  # fmt: skip


async def finish_left(
    database: Database, *, actor: Actor, now: datetime, digest_key: bytes, limit: int = _AT_ONCE
) -> int:
    """What was received and then cut off: the process was killed, the database away. It is finished in the name of the
    one who sent it, and the device, when it asks again, is told what came of it. How many were decided."""
    async with database.transaction(actor.sight) as session:
        rows = list(
            await session.scalars(
                select(OfflineVisit)
                .where(OfflineVisit.state == Fate.RECEIVED, OfflineVisit.received_at < now - UNFINISHED)
                .order_by(OfflineVisit.received_at)
                .limit(limit)
            )
        )
    senders: dict[tuple[UUID, UUID], list[OfflineVisit]] = {}
    for row in rows:
        senders.setdefault((row.account_id, row.provider_id), []).append(row)
    for (account_id, provider_id), theirs in senders.items():
        organisers = tuple({row.organiser_id for row in theirs if row.organiser_id})
        sender = Actor(
            kind="account", id=account_id, role=Role.PROVIDER_USER,
            sight=Sight(organisers=organisers, provider=provider_id, account=account_id),
        )  # fmt: skip
        await finish(database, actor=sender, now=now, digest_key=digest_key, ids=[row.id for row in theirs])
    async with database.transaction(actor.sight) as session:
        left = await session.scalar(
            select(func.count()).where(
                OfflineVisit.id.in_([row.id for row in rows]), OfflineVisit.state == Fate.RECEIVED
            )
        )
    return len(rows) - (left or 0)
