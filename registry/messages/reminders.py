"""Vouchers that are about to end unused: their holders are told in time, and their case workers have it to do."""

from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Interval,
    and_,
    case,
    cast,
    extract,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import NewCase, close_moot, open_cases
from registry.cases.model import Case
from registry.cases.rules import WITHOUT_PROVIDER
from registry.messages.model import Reminder
from registry.messages.reminding import Remind, mark_reminded
from registry.messages.rules import FIRST_REMINDER, LAST_REMINDER, LOOK_BEFORE, act_by
from registry.people.model import Client
from registry.shared.actor import Actor, Role
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Voucher, VoucherCase
from registry.vouchers.rules import OPEN_STATES, AssignmentState, VoucherState

EXPIRING = "voucher_expiring"


def _time_to_look(now: datetime) -> ColumnElement[bool]:
    """`rules.look_from` in SQL: its time has come, and the voucher has not ended yet."""
    left = extract("epoch", Voucher.valid_until - now)
    whole = extract("epoch", Voucher.valid_until - Voucher.valid_from)
    return and_(Voucher.valid_until > now, Voucher.valid_until <= now + LOOK_BEFORE, left * 4 <= whole)


async def open_expiring_cases(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Open a case for the case worker of each of up to `limit` vouchers that end soon with value on them, once. The case
    is the mark that it was done; returns how many vouchers were looked at."""
    rows = (
        await session.execute(
            select(
                Voucher.id,
                Voucher.organiser_id,
                Voucher.client_id,
                Voucher.valid_until,
                Client.case_worker_id,
            )
            .join(Client, Client.id == Voucher.client_id)
            .where(
                Voucher.state.in_(OPEN_STATES),
                Voucher.available_cents > 0,
                _time_to_look(now),
                ~select(Case.id).where(Case.kind == EXPIRING, Case.subject_id == Voucher.id).exists(),
            )
            .order_by(Voucher.id)
            .limit(limit)
            .with_for_update(of=Voucher, skip_locked=True)
        )
    ).all()
    if not rows:
        return 0
    today = local_date(now)
    last_days = {row.id: local_date(row.valid_until - timedelta(microseconds=1)) for row in rows}
    opened = await open_cases(
        session,
        actor=actor,
        now=now,
        cases=[
            NewCase(
                organiser_id=row.organiser_id,
                kind=EXPIRING,
                subject_kind="voucher",
                subject_id=row.id,
                due_on=act_by(last_day=last_days[row.id], today=today),
                role=Role.CASE_WORKER,
                owner_id=row.case_worker_id,
                client_id=row.client_id,
                voucher_id=row.id,
                facts={"last_day": last_days[row.id]},
            )
            for row in rows
        ],
    )
    # another worker may have been as fast: whoever opened the case sends the reminder
    mine = [row for row in rows if (EXPIRING, row.id) in opened.new]
    if mine:
        await session.execute(
            insert(VoucherCase),
            [
                {
                    "case_id": opened.ids[EXPIRING, row.id],
                    "voucher_id": row.id,
                    "organiser_id": row.organiser_id,
                }
                for row in mine
            ],
        )
    return len(rows)


async def remind_expiring(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Remind the holders of up to `limit` vouchers that end within a month and then within a week with value on them,
    each time once; a voucher that was given more days has another last day. Returns how many were reminded."""
    whole, left = Voucher.valid_until - Voucher.valid_from, Voucher.valid_until - now
    kind = case(
        (
            left
            <= func.least(
                LAST_REMINDER, whole.op("/", precedence=8, return_type=Interval())(literal(4, Integer))
            ),
            "expiring_7",
        ),
        (and_(left <= FIRST_REMINDER, whole >= 2 * FIRST_REMINDER), "expiring_30"),
    )
    last_day = cast(func.timezone("Europe/Helsinki", Voucher.valid_until - timedelta(seconds=1)), Date)
    rows = (
        await session.execute(
            select(
                Voucher.id,
                Voucher.organiser_id,
                Voucher.client_id,
                kind.label("kind"),
                last_day.label("last_day"),
            )
            .where(
                Voucher.state.in_(OPEN_STATES),
                Voucher.available_cents > 0,
                Voucher.valid_until > now,
                Voucher.valid_until <= now + FIRST_REMINDER,
                kind.is_not(None),
                ~select(Reminder.id)
                .where(
                    Reminder.voucher_id == Voucher.id,
                    Reminder.kind == kind,
                    # the first reminder comes once; the last one again where days were given back meanwhile
                    or_(Reminder.last_day == last_day, kind == "expiring_30"),
                )
                .exists(),
            )
            .order_by(Voucher.id)
            .limit(limit)
        )
    ).all()
    sent = await mark_reminded(
        session, [Remind(row.organiser_id, row.id, row.kind, last_day=row.last_day) for row in rows], now=now
    )
    for row in rows:
        if (row.id, row.kind, None) in sent:
            enqueue(
                session,
                now=now,
                client_id=row.client_id,
                organiser_id=row.organiser_id,
                template="voucher.expiring",
                facts={"voucher": str(row.id), "last_day": row.last_day.isoformat()},
            )
    return len(rows)


async def close_moot_cases(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Close up to `limit` cases of which nothing is left to do: the expiring voucher has ended or has nothing left,
    the client without a provider has one that confirmed. A voucher that ended without a provider keeps its case:
    somebody went without the service."""
    confirmed = (
        select(Assignment.id)
        .where(Assignment.voucher_id == Voucher.id, Assignment.state == str(AssignmentState.CONFIRMED))
        .exists()
    )
    rows = (
        await session.execute(
            select(Case.id, Case.kind)
            .join(Voucher, Voucher.id == Case.subject_id)
            .where(
                Case.closed_at.is_(None),
                Case.subject_kind == "voucher",
                or_(
                    and_(
                        Case.kind == EXPIRING,
                        or_(Voucher.state.not_in(OPEN_STATES), Voucher.available_cents == 0),
                    ),
                    and_(
                        Case.kind.in_(WITHOUT_PROVIDER),
                        or_(confirmed, Voucher.state == str(VoucherState.USED_UP)),
                    ),
                ),
            )
            .order_by(Case.id)
            .limit(limit)
            .with_for_update(of=Case, skip_locked=True)
        )
    ).all()
    closed = 0
    for why, kinds in (("voucher.ended", (EXPIRING,)), ("provider.found", WITHOUT_PROVIDER)):
        ids = [row.id for row in rows if row.kind in kinds]
        if ids:
            closed += await close_moot(session, actor=actor, now=now, case_ids=ids, why=why)
    return closed
