"""Batches, bank statements and movements, as pages and the API show them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from registry.people.model import Account
from registry.settlement.bank.model import (
    BankBooking,
    BankFile,
    BankMatch,
    BankStatement,
    PaymentBatch,
    PaymentFile,
    PaymentOrder,
    PaymentSetting,
)
from registry.settlement.bank.rules import BatchState, OrderState, Route
from registry.settlement.model import Statement


@dataclass(frozen=True, slots=True)
class SettingView:
    id: UUID
    route: Route
    debtor_name: str
    debtor_iban: str
    debtor_bic: str
    tolerance_cents: int
    claim_days: int
    proposed_by: UUID
    proposed_by_name: str
    proposed_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchView:
    id: UUID
    state: BatchState
    execute_on: date
    order_count: int
    total_cents: int
    made_by: UUID
    made_by_name: str
    made_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    booked: int
    """Orders that the bank has booked."""
    returned: int


@dataclass(frozen=True, slots=True)
class OrderView:
    id: UUID
    batch_id: UUID
    statement_id: UUID
    number: str
    payee_name: str
    payee_iban: str
    amount_cents: int
    matched_cents: int
    state: OrderState
    return_reason: str
    bank_status: str | None


@dataclass(frozen=True, slots=True)
class BankStatementView:
    id: UUID
    kind: str
    version: int
    number: str
    account: str
    since: date | None
    until: date | None
    opening_cents: int | None
    closing_cents: int | None
    moved_cents: int
    booking_count: int
    new_count: int
    file_name: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class MatchView:
    id: UUID
    kind: str
    step: str
    number: str
    statement_id: UUID
    booking_cents: int
    order_cents: int


@dataclass(frozen=True, slots=True)
class BookingView:
    id: UUID
    amount_cents: int
    matched_cents: int
    settled: bool
    booked_on: date
    counterparty: str
    text: str
    reference: str
    end_to_end_id: str
    return_reason: str
    matches: tuple[MatchView, ...]


async def settings_of(session: AsyncSession, organiser_id: UUID) -> list[SettingView]:
    """The setting in force, if there is one, and the one that waits."""
    rows = await session.execute(
        select(PaymentSetting, Account.display_name)
        .outerjoin(Account, Account.id == PaymentSetting.proposed_by)
        .where(PaymentSetting.organiser_id == organiser_id, PaymentSetting.ended_at.is_(None))
        .order_by(PaymentSetting.confirmed_at.asc().nulls_last())
    )
    return [
        SettingView(
            id=row.id,
            route=Route(row.route),
            debtor_name=row.debtor_name,
            debtor_iban=row.debtor_iban,
            debtor_bic=row.debtor_bic,
            tolerance_cents=row.tolerance_cents,
            claim_days=row.claim_days,
            proposed_by=row.proposed_by,
            proposed_by_name=name or "",
            proposed_at=row.proposed_at,
            confirmed_at=row.confirmed_at,
        )
        for row, name in rows
    ]


async def batches(
    session: AsyncSession, *, organiser_id: UUID, batch_id: UUID | None = None, limit: int = 50
) -> list[BatchView]:
    """Newest first; with `batch_id`, that one alone."""
    decider = aliased(Account)
    counts = (
        select(
            PaymentOrder.batch_id,
            func.count().filter(PaymentOrder.state == "booked").label("booked"),
            func.count().filter(PaymentOrder.state == "returned").label("returned"),
        )
        .where(PaymentOrder.organiser_id == organiser_id)
        .group_by(PaymentOrder.batch_id)
        .subquery()
    )
    query = (
        select(PaymentBatch, Account.display_name, decider.display_name, counts.c.booked, counts.c.returned)
        .outerjoin(Account, Account.id == PaymentBatch.made_by)
        .outerjoin(decider, decider.id == PaymentBatch.decided_by)
        .join(counts, counts.c.batch_id == PaymentBatch.id)
        .where(PaymentBatch.organiser_id == organiser_id)
        .order_by(PaymentBatch.made_at.desc(), PaymentBatch.id)
        .limit(limit)
    )
    if batch_id is not None:
        query = query.where(PaymentBatch.id == batch_id)
    return [
        BatchView(
            id=batch.id,
            state=BatchState(batch.state),
            execute_on=batch.execute_on,
            order_count=batch.order_count,
            total_cents=batch.total_cents,
            made_by=batch.made_by,
            made_by_name=maker or "",
            made_at=batch.made_at,
            decided_by_name=decided_by or "",
            decided_at=batch.decided_at,
            booked=booked,
            returned=returned,
        )
        for batch, maker, decided_by, booked, returned in await session.execute(query)
    ]


async def orders(
    session: AsyncSession,
    *,
    organiser_id: UUID,
    batch_id: UUID | None = None,
    state: OrderState | None = None,
    limit: int = 500,
) -> list[OrderView]:
    """Orders of a batch, or those in a state."""
    query = (
        select(PaymentOrder, Statement.number)
        .join(Statement, Statement.id == PaymentOrder.statement_id)
        .where(PaymentOrder.organiser_id == organiser_id)
        .order_by(PaymentOrder.payee_name, Statement.number)
        .limit(limit)
    )
    if batch_id is not None:
        query = query.where(PaymentOrder.batch_id == batch_id)
    if state is not None:
        query = query.where(PaymentOrder.state == str(state))
    return [
        OrderView(
            id=order.id,
            batch_id=order.batch_id,
            statement_id=order.statement_id,
            number=number,
            payee_name=order.payee_name,
            payee_iban=order.payee_iban,
            amount_cents=order.amount_cents,
            matched_cents=order.matched_cents,
            state=OrderState(order.state),
            return_reason=order.return_reason,
            bank_status=order.bank_status,
        )
        for order, number in await session.execute(query)
    ]


async def batch_file(session: AsyncSession, batch_id: UUID) -> bytes | None:
    """The bytes that were made when the batch was approved; never made anew."""
    found = await session.scalar(select(PaymentFile.content).where(PaymentFile.batch_id == batch_id))
    return bytes(found) if found is not None else None


async def bank_statements(
    session: AsyncSession, *, organiser_id: UUID, statement_id: UUID | None = None, limit: int = 50
) -> list[BankStatementView]:
    """Newest first; with `statement_id`, that one alone."""
    query = (
        select(BankStatement, BankFile.file_name, BankFile.received_at)
        .join(BankFile, BankFile.id == BankStatement.file_id)
        .where(BankStatement.organiser_id == organiser_id)
        .order_by(BankFile.received_at.desc(), BankStatement.id.desc())
        .limit(limit)
    )
    if statement_id is not None:
        query = query.where(BankStatement.id == statement_id)
    same = [n for n in BankStatementView.__dataclass_fields__ if n not in ("file_name", "received_at")]
    return [
        BankStatementView(
            **{name: getattr(row, name) for name in same}, file_name=file_name, received_at=received_at
        )
        for row, file_name, received_at in await session.execute(query)
    ]


async def bookings(
    session: AsyncSession, *, bank_statement_id: UUID, offset: int = 0, limit: int = 100
) -> list[BookingView]:
    """A statement's new movements with what they were matched to."""
    rows = (
        await session.scalars(
            select(BankBooking)
            .where(BankBooking.bank_statement_id == bank_statement_id)
            .order_by(BankBooking.booked_on, BankBooking.id)
            .offset(offset)
            .limit(limit)
        )
    ).all()
    undone = aliased(BankMatch)
    matches: dict[UUID, list[MatchView]] = {}
    found: Any = await session.execute(
        select(BankMatch, Statement.number, Statement.id)
        .join(PaymentOrder, PaymentOrder.id == BankMatch.order_id)
        .join(Statement, Statement.id == PaymentOrder.statement_id)
        .where(
            BankMatch.booking_id.in_([row.id for row in rows]),
            BankMatch.undoes.is_(None),
            ~select(undone.id).where(undone.undoes == BankMatch.id).exists(),
        )
        .order_by(BankMatch.id)
    )
    for match, number, statement_id in found:
        matches.setdefault(match.booking_id, []).append(
            MatchView(
                match.id, match.kind, match.step, number, statement_id, match.booking_cents, match.order_cents
            )
        )
    same = [n for n in BookingView.__dataclass_fields__ if n != "matches"]
    return [
        BookingView(**{name: getattr(row, name) for name in same}, matches=tuple(matches.get(row.id, ())))
        for row in rows
    ]
