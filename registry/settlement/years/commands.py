"""Closing a financial year: begun once, carried on in batches until it is done; repeated, it changes nothing.

In batches, each in a transaction of its own, the commitments of the year's budget lines go to the next year's. The last
transaction books what the year had earned and not approved, and locks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.ledger.commands import give_back, parts_of_lines, take, transfer_values
from registry.ledger.model import BudgetLine, Transfer
from registry.settlement.commands.statements import finance_only
from registry.settlement.queries.months import unstated
from registry.settlement.years.accruing import accrue
from registry.settlement.years.model import CarriedCommitment, YearClose, YearLine
from registry.settlement.years.queries import open_lines
from registry.settlement.years.rules import may_close_year, to_carry, year_period
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refused, require
from registry.shared.identifiers import uuid7
from registry.vouchers.model import Voucher
from registry.vouchers.rules import OPEN_STATES

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class YearRun:
    """How far the closing of a year is, the same however often it is asked for."""

    year: int
    closed_at: datetime | None
    carried: int
    """Vouchers that this step carried."""


async def start_year_close(
    session: AsyncSession, *, actor: Actor, now: datetime, year: int, lines: Mapping[UUID, UUID]
) -> UUID:
    """Begin to close a year that has ended and whose months are all closed. `lines`: to which line of the next year the
    commitments of each line go; every line that has any needs one. From now on nothing is granted from the year's lines.
    A closed year stays as it is; to a closing that runs, lines are added that hold commitments only since it was begun,
    as a reversal brings them, for without these it could never be done.

    Raises Refused: year.not_ended, year.month_open (month), year.earlier_open (earlier); Invalid year.lines with a code
    for each line.
    """
    finance_only(actor)
    organiser_id = actor.organiser_id
    require(may_close_year(year, now))
    await _one_at_a_time(session, organiser_id)
    standing = await session.scalar(
        select(YearClose).where(YearClose.organiser_id == organiser_id, YearClose.year == year)
    )
    if standing is not None:
        if standing.closed_at is None:
            await _add_lines(session, standing, lines)
        return standing.id
    await _nothing_before(session, organiser_id, year)
    await _lines_fit(session, organiser_id, year, lines)
    close = YearClose(
        id=uuid7(), organiser_id=organiser_id, year=year, started_at=now, started_by=actor.id, closed_at=None
    )
    session.add(close)
    await session.flush()
    await _write_lines(session, close, lines)
    await session.execute(
        update(BudgetLine)
        .where(BudgetLine.organiser_id == organiser_id, BudgetLine.year <= year)
        .values(active=False)
    )
    _record(session, actor, now, close, "year.close_begun", None, lines=len(lines))
    await session.flush()
    return close.id


async def continue_year_close(
    session: AsyncSession, *, actor: Actor, now: datetime, year: int, limit: int = BATCH
) -> YearRun:
    """One step of a closing that was begun: carry up to `limit` commitments or, where none is left, book what was earned
    and lock the year. A closed year answers as it was closed.

    Raises Refused: year.not_begun, year.line_short (line, wanted_cents, left_cents), year.line_missing.
    """
    finance_only(actor)
    await _one_at_a_time(session, actor.organiser_id)
    close = await session.scalar(
        select(YearClose)
        .where(YearClose.organiser_id == actor.organiser_id, YearClose.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if close is None:
        raise Refused("year.not_begun", year=year)
    if close.closed_at is not None:
        return YearRun(year, close.closed_at, 0)
    carried = await _carry(session, close, now, limit)
    if carried:
        return YearRun(year, None, carried)
    sums = await accrue(session, close=close)
    # the transfers above are the year's last: the database takes none after this
    close.closed_at = now
    _record(session, actor, now, close, "year.closed", "running", **sums)
    await session.flush()
    return YearRun(year, now, 0)


async def carry_on_years(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """The worker's part: a step of a closing that somebody began. What stands in its way the page tells whoever looks;
    0 where there is nothing to do or nothing that can be done."""
    year = await session.scalar(
        select(YearClose.year)
        .where(YearClose.organiser_id == actor.organiser_id, YearClose.closed_at.is_(None))
        .order_by(YearClose.year)
        .limit(1)
    )
    if year is None:
        return 0
    try:
        async with session.begin_nested():
            done = await continue_year_close(session, actor=actor, now=now, year=year, limit=limit)
    except Refused:
        return 0
    return done.carried or 1


async def _one_at_a_time(session: AsyncSession, organiser_id: UUID) -> None:
    """Closings of an organiser's years and months wait for each other."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('close months of ' || :organiser, 0))"),
        {"organiser": str(organiser_id)},
    )


async def _nothing_before(session: AsyncSession, organiser_id: UUID, year: int) -> None:
    """No month up to the year's end is open, and no year before it."""
    waiting = [row.month for row in await unstated(session, organisers=[organiser_id])]
    early = min((month for month in waiting if month.year <= year), default=None)
    if early is not None:
        raise Refused("year.month_open", month=f"{early:%Y-%m}")
    begun = await session.scalar(
        text("SELECT min(at) FROM transfer WHERE organiser_id = :organiser"), {"organiser": organiser_id}
    )
    if begun is None or begun >= year_period(year).start:
        return
    last = await session.scalar(
        select(YearClose.year)
        .where(YearClose.organiser_id == organiser_id, YearClose.closed_at.is_not(None))
        .order_by(YearClose.year.desc())
        .limit(1)
    )
    if last is None or last < year - 1:
        raise Refused("year.earlier_open", year=year - 1)


async def _lines_fit(
    session: AsyncSession, organiser_id: UUID, year: int, lines: Mapping[UUID, UUID]
) -> None:
    known = {
        line.id: line
        for line in await session.scalars(
            select(BudgetLine)
            .where(BudgetLine.organiser_id == organiser_id)
            .order_by(BudgetLine.id)
            .with_for_update()
        )
    }
    errors: dict[str, str] = {}
    for row in await open_lines(session, organiser_id=organiser_id, year=year):
        if row.goes_to is not None:
            continue
        to = known.get(lines[row.id]) if row.id in lines else None
        if to is None:
            errors[str(row.id)] = "year.line_missing"
        elif to.year != year + 1:
            errors[str(row.id)] = "year.line_other_year"
    for from_id in lines:
        if from_id not in known or known[from_id].year > year:
            errors[str(from_id)] = "year.line_other_year"
    if errors:
        raise Invalid("year.lines", errors=errors)


async def _add_lines(session: AsyncSession, close: YearClose, lines: Mapping[UUID, UUID]) -> None:
    """Where a line goes that nobody was asked of; what was said before stays."""
    said = await session.scalars(select(YearLine.from_line_id).where(YearLine.year_close_id == close.id))
    known = set(said)
    added = {a: b for a, b in lines.items() if a not in known}
    await _lines_fit(session, close.organiser_id, close.year, added)
    await _write_lines(session, close, added)


async def _write_lines(session: AsyncSession, close: YearClose, lines: Mapping[UUID, UUID]) -> None:
    if lines:
        await session.execute(
            insert(YearLine),
            [
                {
                    "year_close_id": close.id,
                    "from_line_id": a,
                    "to_line_id": b,
                    "organiser_id": close.organiser_id,
                }
                for a, b in sorted(lines.items())
            ],
        )


async def _carry(session: AsyncSession, close: YearClose, now: datetime, limit: int) -> int:
    """Carry up to so many vouchers; how many there were. They are locked in id order, then the lines. An allowance that
    is spent, with a month's sum to come, goes on too, and with it what is set aside for it: the sum could not be taken
    from the closed line."""
    vouchers = (
        await session.scalars(
            select(Voucher)
            .join(BudgetLine, BudgetLine.id == Voucher.budget_line_id)
            .where(
                Voucher.organiser_id == close.organiser_id,
                BudgetLine.year <= close.year,
                Voucher.state.in_([str(state) for state in OPEN_STATES]),
                (Voucher.available_cents + Voucher.reserved_cents > 0) | Voucher.next_topup_at.is_not(None),
            )
            .order_by(Voucher.id)
            .limit(limit)
            .with_for_update(of=Voucher)
            .execution_options(populate_existing=True)
        )
    ).all()
    if not vouchers:
        return 0
    targets: dict[UUID, UUID] = {
        row.from_line_id: row.to_line_id
        for row in await session.scalars(select(YearLine).where(YearLine.year_close_id == close.id))
    }
    parts = await parts_of_lines(session, voucher_ids=[voucher.id for voucher in vouchers])
    moved: list[tuple[Voucher, UUID, UUID, int]] = []
    for voucher in vouchers:
        before = voucher.budget_line_id
        if before not in targets:
            raise Refused("year.line_missing")
        whole = voucher.granted_cents - voucher.returned_cents
        held = dict(parts.get(voucher.id, [(before, whole)])).get(before, 0)
        cents = to_carry(open_cents=voucher.available_cents + voucher.reserved_cents, of_line_cents=held)
        moved.append((voucher, before, targets[before], cents))
    await _move(session, close, now, moved)
    return len(moved)


async def _move(
    session: AsyncSession, close: YearClose, now: datetime, moved: list[tuple[Voucher, UUID, UUID, int]]
) -> None:
    lines = {
        line.id: line
        for line in await session.scalars(
            select(BudgetLine)
            .where(BudgetLine.id.in_({line for _, a, b, _ in moved for line in (a, b)}))
            .order_by(BudgetLine.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    transfers: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for voucher, before, after, cents in moved:
        voucher.budget_line_id = after
        aside = voucher.committed_cents
        if not cents + aside:
            continue
        try:
            take(lines[after], cents + aside)
        except Refused as short:
            raise Refused("year.line_short", line=lines[after].code, **short.facts) from None
        give_back(lines[before], cents + aside)
        ways = (
            ("carry", cents, after, before),
            ("uncommit", aside, voucher.id, before),
            ("commit", aside, after, voucher.id),
        )
        made = [
            transfer_values(
                kind,
                organiser_id=close.organiser_id,
                at=now,
                amount_cents=amount,
                from_id=from_id,
                to_id=to_id,
                voucher_id=voucher.id,
                reference_id=close.id,
            )
            for kind, amount, from_id, to_id in ways
            if amount
        ]
        transfers += made
        rows.append(
            {
                "id": uuid7(),
                "organiser_id": close.organiser_id,
                "year_close_id": close.id,
                "voucher_id": voucher.id,
                "from_line_id": before,
                "to_line_id": after,
                "amount_cents": cents,
                "committed_cents": aside,
                "transfer_id": made[0]["id"] if cents else None,
                "carried_at": now,
            }
        )
    await session.flush()
    if rows:
        await session.execute(insert(Transfer), transfers)
        await session.execute(insert(CarriedCommitment), rows)


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    close: YearClose,
    action: str,
    before: str | None,
    **facts: Any,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="year",
        subject_id=close.id,
        organiser_id=close.organiser_id,
        from_state=before,
        to_state="closed" if close.closed_at else "running",
        facts={"year": close.year, **facts},
    )
