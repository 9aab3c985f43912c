"""Reading months and statements: lists for the finance officer and the provider."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, case, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.providers.model import Provider
from registry.settlement.claims.model import Claim, ClaimedStatement
from registry.settlement.claims.rules import OPEN
from registry.settlement.disputes.held import NOT_HELD
from registry.settlement.model import MonthClose, Statement
from registry.settlement.rules import StatementState, may_close, statement_month
from registry.shared.errors import Accepted
from registry.shared.period import local_date, month_of

S = StatementState

EXCEPTIONS_FIRST: Final = (S.DISPUTED, S.CLOSED, S.INVOICED, S.MATCHED, S.APPROVED, S.PAID)
"""What somebody has to look into, then what is waited for, then what is to be approved, paid, done."""

LANGUAGES: Final = ("fi", "sv", "en")


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month of one organiser: closed, with its statements by state, or open, with what has been redeemed so far."""

    month: date
    closed_at: datetime | None
    closable: bool
    """It has ended, and no earlier month is still open."""
    counts: Mapping[StatementState, int] = field(default_factory=dict)
    total_cents: int = 0
    paid_cents: int = 0
    open_lines: int = 0
    open_cents: int = 0
    claimed: int = 0
    """Approved statements that their providers are asked to pay, so that no payment takes them along."""
    late_claims: int = 0
    """Claims on them past their day, and not paid."""

    @property
    def statements(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement in a list."""

    id: UUID
    number: str
    reference: str
    month: date
    organiser_id: UUID
    organiser_name: Mapping[str, str]
    provider_id: UUID
    provider_name: str
    state: StatementState
    line_count: int
    charges_cents: int
    credits_cents: int
    total_cents: int
    net_cents: int
    vat_cents: int
    invoiced_cents: int
    exceptions: int
    closed_at: datetime
    approved_at: datetime | None
    paid_at: datetime | None

    @property
    def difference_cents(self) -> int:
        return self.invoiced_cents - self.total_cents


@dataclass(frozen=True, slots=True)
class Unstated:
    """What stands on no statement yet, by the month on whose statement it will stand."""

    organiser_id: UUID
    organiser_name: Mapping[str, str]
    month: date
    lines: int
    cents: int


_UNSTATED: Final = text(
    f"""
    SELECT u.organiser_id, date_trunc('month', u.at AT TIME ZONE 'Europe/Helsinki')::date AS month,
           min(u.at) AS at, count(*) AS lines, sum(u.cents)::bigint AS cents
      FROM (SELECT r.organiser_id, r.captured_at AS at, r.value_cents AS cents FROM redemption r
             WHERE r.organiser_id = ANY (CAST(:organisers AS uuid[])) AND r.captured_at IS NOT NULL
               AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = r.id)
               AND {NOT_HELD}
             UNION ALL
            SELECT v.organiser_id, v.reversed_at, -v.value_cents FROM reversal v
             WHERE v.organiser_id = ANY (CAST(:organisers AS uuid[]))
               AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = v.id)
             UNION ALL -- what has waited for an answer to its dispute, and waits no more
            SELECT d.organiser_id, coalesce(d.decided_at, v.reversed_at), r.value_cents FROM line_dispute d
              JOIN redemption r ON r.id = d.redemption_id LEFT JOIN reversal v ON v.redemption_id = d.redemption_id
             WHERE d.organiser_id = ANY (CAST(:organisers AS uuid[])) AND d.return_id IS NOT NULL
               AND coalesce(d.decided_at, v.reversed_at) IS NOT NULL
               AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = d.return_id) AND {NOT_HELD}) u
     GROUP BY 1, 2
    """  # noqa: S608 - constant text
)


async def unstated(session: AsyncSession, *, organisers: Collection[UUID]) -> list[Unstated]:
    """What the open months hold so far, newest first; under a provider's sight, of that provider."""
    closed: dict[UUID, set[date]] = {organiser_id: set() for organiser_id in organisers}
    for organiser_id, month in await session.execute(
        select(MonthClose.organiser_id, MonthClose.month).where(MonthClose.organiser_id.in_(organisers))
    ):
        closed[organiser_id].add(month)
    sums: dict[tuple[date, UUID], tuple[int, int]] = {}
    for row in await session.execute(_UNSTATED, {"organisers": list(organisers)}):
        key = (statement_month(row.at, closed[row.organiser_id]), row.organiser_id)
        lines, cents = sums.get(key, (0, 0))
        sums[key] = (lines + row.lines, cents + row.cents)
    names = {
        row.id: dict(zip(LANGUAGES, row[1:], strict=True))
        for row in await session.execute(
            select(Organiser.id, Organiser.name_fi, Organiser.name_sv, Organiser.name_en).where(
                Organiser.id.in_(organisers)
            )
        )
    }
    return [
        Unstated(organiser_id, names[organiser_id], month, lines, cents)
        for (month, organiser_id), (lines, cents) in sorted(sums.items(), reverse=True)
    ]


async def months(session: AsyncSession, *, organiser_id: UUID, now: datetime) -> list[MonthRow]:
    """Every month that was closed or has something to state, and the running one; newest first. Four queries."""
    closes = await session.execute(
        select(MonthClose.month, MonthClose.closed_at).where(MonthClose.organiser_id == organiser_id)
    )
    closed: dict[date, datetime] = dict(iter(closes))
    counts: dict[date, dict[StatementState, int]] = {}
    totals: dict[date, list[int]] = {}
    for month, state, number, cents in await session.execute(
        select(Statement.month, Statement.state, func.count(), func.sum(Statement.total_cents))
        .where(Statement.organiser_id == organiser_id)
        .group_by(Statement.month, Statement.state)
    ):
        counts.setdefault(month, {})[S(state)] = number
        sums = totals.setdefault(month, [0, 0])
        sums[0] += int(cents)
        sums[1] += int(cents) if state == S.PAID else 0
    claimed = await _claimed(session, organiser_id, local_date(now))
    waiting = {row.month: row for row in await unstated(session, organisers=[organiser_id])}
    running = month_of(local_date(now))
    first_open = min((m for m in waiting if m not in closed), default=running)
    return [
        MonthRow(
            month=month,
            closed_at=closed.get(month),
            closable=month == first_open and isinstance(may_close(month, now), Accepted),
            counts=counts.get(month, {}),
            total_cents=totals.get(month, [0, 0])[0],
            paid_cents=totals.get(month, [0, 0])[1],
            open_lines=waiting[month].lines if month in waiting else 0,
            open_cents=waiting[month].cents if month in waiting else 0,
            claimed=claimed.get(month, (0, 0))[0],
            late_claims=claimed.get(month, (0, 0))[1],
        )
        for month in sorted({*closed, *waiting, running}, reverse=True)
    ]


async def _claimed(session: AsyncSession, organiser_id: UUID, today: date) -> dict[date, tuple[int, int]]:
    """By month, how many of its statements are claimed and not settled, and how many of those claims are late."""
    found = await session.execute(
        select(
            Statement.month,
            func.count(),
            func.count(Claim.id.distinct()).filter(Claim.due_on < today),
        )
        .join(ClaimedStatement, ClaimedStatement.statement_id == Statement.id)
        .join(Claim, Claim.id == ClaimedStatement.claim_id)
        .where(
            Claim.organiser_id == organiser_id,
            Claim.state.in_([str(state) for state in OPEN]),
        )
        .group_by(Statement.month)
    )
    return {month: (claimed, late) for month, claimed, late in found}


def statement_rows() -> Select[*tuple[Any, ...]]:
    """The columns of a StatementRow."""
    return (
        select(Statement, Provider.name, Organiser.name_fi, Organiser.name_sv, Organiser.name_en)
        .join(Provider, Provider.id == Statement.provider_id)
        .join(Organiser, Organiser.id == Statement.organiser_id)
    )


def as_row(found: Any) -> StatementRow:
    statement: Statement = found[0]
    copied = {
        name: getattr(statement, name)
        for name in StatementRow.__dataclass_fields__
        if name not in ("organiser_name", "provider_name", "state")
    }
    return StatementRow(
        **copied,
        state=S(statement.state),
        provider_name=found[1],
        organiser_name=dict(zip(LANGUAGES, found[2:5], strict=True)),
    )


async def month_statements(
    session: AsyncSession,
    *,
    organiser_id: UUID,
    month: date,
    states: Collection[StatementState] = (),
    offset: int = 0,
    limit: int = 100,
) -> list[StatementRow]:
    """A month's statements, exceptions first, then by provider."""
    rank = case(
        {str(state): place for place, state in enumerate(EXCEPTIONS_FIRST)}, value=Statement.state, else_=99
    )
    query = statement_rows().where(Statement.organiser_id == organiser_id, Statement.month == month)
    if states:
        query = query.where(Statement.state.in_([str(state) for state in states]))
    found = await session.execute(
        query.order_by(rank, Provider.name, Statement.id).offset(offset).limit(limit)
    )
    return [as_row(row) for row in found]


async def statements(
    session: AsyncSession,
    *,
    organisers: Collection[UUID],
    month: date | None = None,
    state: StatementState | None = None,
    after: tuple[date, str] | None = None,
    limit: int = 50,
) -> tuple[list[StatementRow], tuple[date, str] | None]:
    """A page of statements in sight, newest month first, and where the next one starts; under a provider's sight,
    that provider's own from all its organisers."""
    query = statement_rows().where(Statement.organiser_id.in_(organisers))
    if month is not None:
        query = query.where(Statement.month == month)
    if state is not None:
        query = query.where(Statement.state == str(state))
    if after is not None:
        later_month, number = after
        query = query.where(
            (Statement.month < later_month) | ((Statement.month == later_month) & (Statement.number > number))
        )
    found = await session.execute(query.order_by(Statement.month.desc(), Statement.number).limit(limit + 1))
    rows: Sequence[StatementRow] = [as_row(row) for row in found]
    if len(rows) <= limit:
        return list(rows), None
    return list(rows[:limit]), (rows[limit - 1].month, rows[limit - 1].number)
