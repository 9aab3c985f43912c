"""Closing a month: every redemption and reversal not yet stated goes onto one statement of its provider, and so does what
waited for its provider's dispute to be answered.

Closings of one organiser wait for each other. Redemptions do not wait for a closing: one that commits while it runs,
or later with an earlier moment of capture, is simply not stated yet, and goes onto the next statement as late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values, record
from registry.audit.model import AuditEvent
from registry.catalogue.model import Organiser
from registry.settlement.commands.statements import finance_only
from registry.settlement.commands.sums import SUMS, Sums, as_sums, sums_of
from registry.settlement.disputes.held import NOT_HELD
from registry.settlement.disputes.lines import Answered, answered_lines, bring_back
from registry.settlement.model import MonthClose, Statement
from registry.settlement.rules import StatementState, may_close, statement_number, statement_reference
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import HELSINKI, local_date, month_of, month_period
from registry.vouchers.redemption.model import Redemption


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A closed month, the same however often it is closed. `first` is true for the call that closed it."""

    month: date
    closed_at: datetime
    statements: int
    lines: int
    total_cents: int
    first: bool


_UNSTATED: Final = f"""
    SELECT r.id, r.id AS redemption_id, NULL::uuid AS reversal_id, r.provider_id, r.captured_at AS at,
           r.value_cents AS amount_cents, r.vat_rate_bp, r.vat_category, r.vat_reason, r.voucher_id
      FROM redemption r
     WHERE r.organiser_id = :organiser AND r.captured_at < :until
       AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = r.id)
       AND {NOT_HELD}
    UNION ALL
    SELECT v.id, v.redemption_id, v.id, v.provider_id, v.reversed_at, -v.value_cents, r.vat_rate_bp, r.vat_category,
           r.vat_reason, r.voucher_id
      FROM reversal v JOIN redemption r ON r.id = v.redemption_id
     WHERE v.organiser_id = :organiser AND v.reversed_at < :until AND r.captured_at < :until
       AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = v.id)
"""  # noqa: S608 - constant text
"""Everything that happened before `until` and stands on no statement. A redemption that was reversed is a line, and its
reversal is another, also within one month: what happened is shown, and the two sum to nothing. One that its client
disputes is held back until somebody has ruled on it; one of a provider or voucher that is held, until that is lifted."""

_PROVIDERS: Final = text(
    f"""
    SELECT u.provider_id, min(u.at) FILTER (WHERE u.at < :since AND c.month IS NULL) AS earlier
      FROM ({_UNSTATED}) u
      LEFT JOIN month_close c ON c.organiser_id = :organiser
       AND c.month = date_trunc('month', u.at AT TIME ZONE 'Europe/Helsinki')::date
     GROUP BY u.provider_id ORDER BY u.provider_id
    """  # noqa: S608 - constant text
)
"""Whose statements there will be, and the first thing of theirs in an earlier month that is still open."""

_STATE: Final = text(
    f"""
    WITH line AS (
      INSERT INTO statement_line (id, organiser_id, provider_id, statement_id, position, redemption_id, reversal_id,
                                  voucher_number, service_id, unit_name, at, late, amount_cents, net_cents,
                                  vat_rate_bp, vat_category, vat_reason, vat_cents)
      SELECT u.id, :organiser, u.provider_id, s.statement_id,
             row_number() OVER (PARTITION BY u.provider_id ORDER BY u.at, u.id), u.redemption_id, u.reversal_id,
             w.number, w.service_id, w.unit_name, u.at, u.at < :since, u.amount_cents, n.net,
             u.vat_rate_bp, u.vat_category, u.vat_reason, u.amount_cents - n.net
        FROM ({_UNSTATED}) u
        JOIN voucher w ON w.id = u.voucher_id
        JOIN unnest(CAST(:providers AS uuid[]), CAST(:statements AS uuid[])) s (provider_id, statement_id)
          ON s.provider_id = u.provider_id
       CROSS JOIN LATERAL (
             SELECT round(u.amount_cents * 10000::numeric / (10000 + u.vat_rate_bp))::bigint) n (net)
      RETURNING statement_id, redemption_id, amount_cents, net_cents)
    SELECT statement_id, {SUMS}
      FROM line GROUP BY statement_id
    """  # noqa: S608 - constant text
)
"""The one pass: one snapshot decides what is stated, and each line goes in with its statement's id. (VAT as in
`money.vat_split`: numeric rounds half away from zero.)"""


async def close_month(session: AsyncSession, *, actor: Actor, now: datetime, month: date) -> ClosedMonth:
    """Close a calendar month (Finnish time) that has ended; closing it again changes nothing and answers the same.

    Raises Refused: settlement.month_not_ended (ends_on), settlement.earlier_month_open (month),
    settlement.nothing_to_close.
    """
    finance_only(actor)
    organiser_id, month = actor.organiser_id, month_of(month)
    period = month_period(month)
    require(may_close(month, now))
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('close months of ' || :organiser, 0))"),
        {"organiser": str(organiser_id)},
    )
    standing = await _closed(session, organiser_id, month)
    if standing is not None:
        return standing
    organiser = await session.get(Organiser, organiser_id)
    if organiser is None:
        raise NotFound("organiser.unknown")
    if organiser.sandbox:  # what was tried out there is nobody's money
        raise Refused("settlement.sandbox")
    organiser_code = organiser.code

    window = {"organiser": organiser_id, "since": period.start, "until": period.end}
    # few, and found by an index: asked before loops are forbidden
    answered = await answered_lines(session, window)
    # Behind row-level security the planner takes a month for a handful of rows, and would compare each line with
    # each statement; without nested loops it hashes them, whatever it believes.
    await session.execute(text("SET LOCAL enable_nestloop = off"))
    providers = await _providers(session, month, window, answered)
    close = MonthClose(id=uuid7(), organiser_id=organiser_id, month=month, closed_at=now, closed_by=actor.id)
    session.add(close)
    await session.flush()
    rows = await _state(session, providers, window)
    await session.execute(text("SET LOCAL enable_nestloop = on"))
    places = {
        provider_id: (statement_id, rows[statement_id].line_count if statement_id in rows else 0)
        for provider_id, statement_id in providers.items()
    }
    rows |= await sums_of(session, await bring_back(session, window, places))
    if rows:
        shared = {"organiser_id": organiser_id, "month": month, "closed_at": now}
        statements = [
            {**_totals(rows[statement_id]), **_names(organiser_code, month, ordinal), **shared}
            | {"id": statement_id, "provider_id": provider_id}
            for ordinal, (provider_id, statement_id) in enumerate(
                ((each, made) for each, made in providers.items() if made in rows), start=1
            )
        ]
        await session.execute(insert(Statement), statements)
        await session.execute(insert(AuditEvent), [_event(actor, now, values) for values in statements])
        for values in statements:
            enqueue(
                session,
                now=now,
                template="statement.closed",
                provider_id=values["provider_id"],
                organiser_id=organiser_id,
                facts={"statement": str(values["id"]), "month": f"{month:%Y-%m}"},
            )
    total_cents = sum(row.total_cents for row in rows.values())
    lines = sum(row.line_count for row in rows.values())
    record(
        session,
        actor=actor,
        now=now,
        action="month.closed",
        subject_kind="month",
        subject_id=close.id,
        organiser_id=organiser_id,
        from_state="open",
        to_state="closed",
        facts={"month": month, "statements": len(rows), "lines": lines, "total_cents": total_cents},
    )
    return ClosedMonth(month, now, len(rows), lines, total_cents, first=True)


async def _closed(session: AsyncSession, organiser_id: UUID, month: date) -> ClosedMonth | None:
    """The month as it was closed; nothing of this ever changes."""
    sums = await session.execute(
        select(
            MonthClose.closed_at,
            func.count(Statement.id),
            func.coalesce(func.sum(Statement.line_count), 0),
            func.coalesce(func.sum(Statement.total_cents), 0),
        )
        .outerjoin(
            Statement,
            (Statement.organiser_id == MonthClose.organiser_id) & (Statement.month == MonthClose.month),
        )
        .where(MonthClose.organiser_id == organiser_id, MonthClose.month == month)
        .group_by(MonthClose.closed_at)
    )
    row = sums.one_or_none()
    if row is None:
        return None
    closed_at, statements, lines, total_cents = row
    return ClosedMonth(month, closed_at, statements, int(lines), int(total_cents), first=False)


async def _providers(
    session: AsyncSession, month: date, window: dict[str, Any], answered: Sequence[Answered]
) -> dict[UUID, UUID]:
    """Provider → id for its statement. Months are closed in their order, so that what happened in an open month
    is never taken for late; and a month before anything happened is not there to be closed."""
    rows = (await session.execute(_PROVIDERS, window)).all()
    first = [row.earlier for row in rows if row.earlier is not None]
    early = [line.at for line in answered if line.at < window["since"]]
    if early:
        closed = set(
            await session.scalars(
                select(MonthClose.month).where(MonthClose.organiser_id == window["organiser"])
            )
        )
        first += [at for at in early if month_of(local_date(at)) not in closed]
    earlier = min(first, default=None)
    if earlier is not None:
        raise Refused("settlement.earlier_month_open", month=f"{earlier.astimezone(HELSINKI):%Y-%m}")
    if not rows and not answered:
        begun = select(Redemption.id).where(
            Redemption.organiser_id == window["organiser"], Redemption.captured_at < window["until"]
        )
        if await session.scalar(begun.limit(1)) is None:
            raise Refused("settlement.nothing_to_close", month=f"{month:%Y-%m}")
    stated = {row.provider_id for row in rows} | {line.provider_id for line in answered}
    return {provider_id: uuid7() for provider_id in sorted(stated)}


async def _state(
    session: AsyncSession, providers: dict[UUID, UUID], window: dict[str, Any]
) -> dict[UUID, Sums]:
    """Write the lines; statement id → its sums."""
    found = await session.execute(
        _STATE, {**window, "providers": list(providers), "statements": list(providers.values())}
    )
    return {row.statement_id: as_sums(row) for row in found}


def _totals(sums: Sums) -> dict[str, Any]:
    """The sums of a statement. Where every redemption on it was also reversed on it, nothing is owed and nothing
    will be invoiced: it is matched from the start."""
    state = StatementState.MATCHED if sums.cancelled_out else StatementState.CLOSED
    return {"state": str(state), "invoiced_cents": 0, "exceptions": 0, **sums.columns}


def _names(organiser_code: str, month: date, ordinal: int) -> dict[str, str]:
    return {
        "number": statement_number(organiser_code, month, ordinal),
        "reference": statement_reference(month, ordinal),
    }


def _event(actor: Actor, now: datetime, values: dict[str, Any]) -> dict[str, Any]:
    return event_values(
        actor=actor,
        now=now,
        action="statement.closed",
        subject_kind="statement",
        subject_id=values["id"],
        organiser_id=values["organiser_id"],
        from_state="open",
        to_state=values["state"],
        facts={name: values[name] for name in ("number", "provider_id", "line_count", "total_cents")},
    )
