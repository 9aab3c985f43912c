"""Payment batches: one person makes one of what is approved, another sends it, and its file is made once."""

from collections.abc import Collection
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.settlement.bank.commands.settings import setting_in_force
from registry.settlement.bank.model import PaymentBatch, PaymentFile, PaymentOrder, PaymentSetting
from registry.settlement.bank.pain import Order, problems_of, write_payment_file
from registry.settlement.bank.pain import PaymentFile as File
from registry.settlement.bank.queries.payables import payables
from registry.settlement.bank.rules import (
    BatchState,
    OrderState,
    Route,
    may_batch_become,
    may_execute,
    may_second,
)
from registry.settlement.commands.paying import person_behind, settle_statement
from registry.settlement.commands.statements import finance_only
from registry.settlement.model import Statement
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date


async def make_batch(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    execute_on: date,
    statement_ids: Collection[UUID] | None = None,
) -> UUID:
    """Put approved statements into a batch: those that are named, or all that can be paid. A statement is in one batch
    at most.

    Raises Refused: settlement.route_accounting, payment_batch.not_target_day, payment_batch.day_out_of_range,
    payment_batch.empty, payment_batch.not_payable.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    setting = await _bank_route(session, actor.organiser_id)
    require(may_execute(execute_on, local_date(now)))
    await _lock_approved(session, actor.organiser_id)
    wanted = None if statement_ids is None else set(statement_ids)
    chosen = [
        p
        for p in await payables(session, organiser_id=actor.organiser_id)
        if p.ready and (wanted is None or p.statement_id in wanted)
    ]
    if wanted is not None and len(chosen) < len(wanted):
        raise Refused("payment_batch.not_payable", statements=len(wanted) - len(chosen))
    if not chosen:
        raise Refused("payment_batch.empty")
    batch = PaymentBatch(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        state=str(BatchState.DRAFTED),
        execute_on=execute_on,
        debtor_name=setting.debtor_name,
        debtor_iban=setting.debtor_iban,
        debtor_bic=setting.debtor_bic,
        order_count=len(chosen),
        total_cents=sum(p.amount_cents for p in chosen),
        made_by=person_id,
        made_at=now,
    )
    session.add(batch)
    await session.flush()
    await session.execute(
        insert(PaymentOrder),
        [
            {
                "id": uuid7(),
                "organiser_id": actor.organiser_id,
                "provider_id": p.provider_id,
                "batch_id": batch.id,
                "statement_id": p.statement_id,
                "state": str(OrderState.DRAFTED),
                "reference": p.reference,
                "payee_name": p.provider_name,
                "payee_iban": p.iban,
                "amount_cents": p.amount_cents,
            }
            for p in chosen
        ],
    )
    _record(session, actor, now, batch, "payment_batch.made", None)
    await session.flush()
    return batch.id


async def approve_batch(session: AsyncSession, *, actor: Actor, now: datetime, batch_id: UUID) -> bytes:
    """Pay everything in the batch and make its file; all or nothing. Takes another person than the one who made it,
    and than those who approved its statements.

    Raises Refused: payment_batch.<state>, payment_batch.same_person, settlement.same_person, payment_batch.changed,
    payment_batch.not_target_day, payment_batch.day_out_of_range, settlement.route_accounting.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    batch = await _lock_batch(session, batch_id)
    require(may_batch_become(BatchState(batch.state), BatchState.APPROVED))
    require(may_second(first=batch.made_by, second=person_id))
    require(may_execute(batch.execute_on, local_date(now)))
    setting = await _bank_route(session, batch.organiser_id)
    if setting.debtor_iban != batch.debtor_iban:
        raise Refused("payment_batch.changed")
    await _lock_approved(session, batch.organiser_id)
    orders = await _orders(session, batch.id)
    now_payable = {
        p.statement_id: (p.amount_cents, p.iban)
        for p in await payables(session, organiser_id=batch.organiser_id, of_batch=batch.id)
    }
    for order in orders:
        if now_payable.get(order.statement_id) != (order.amount_cents, order.payee_iban):
            raise Refused("payment_batch.changed")
    for order in orders:
        paid = await settle_statement(
            session,
            actor=actor,
            now=now,
            statement_id=order.statement_id,
            person_id=person_id,
            route=Route.BANK_FILE,
            paid_on=batch.execute_on,
        )
        if paid.amount_cents != order.amount_cents:
            raise Refused("payment_batch.changed")
        order.payment_id, order.state = paid.payment_id, str(OrderState.ORDERED)
    batch.state, batch.decided_by, batch.decided_at = str(BatchState.APPROVED), person_id, now
    content = _file(batch, orders, now)
    await session.flush()
    session.add(
        PaymentFile(
            batch_id=batch.id,
            organiser_id=batch.organiser_id,
            sha256=sha256(content).hexdigest(),
            content=content,
        )
    )
    _record(session, actor, now, batch, "payment_batch.approved", BatchState.DRAFTED)
    await session.flush()
    return content


async def withdraw_batch(session: AsyncSession, *, actor: Actor, now: datetime, batch_id: UUID) -> None:
    """Take a batch back that was not approved: its statements can go into another one.

    Raises Refused: payment_batch.<state>.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    batch = await _lock_batch(session, batch_id)
    require(may_batch_become(BatchState(batch.state), BatchState.WITHDRAWN))
    for order in await _orders(session, batch.id):
        order.state = str(OrderState.WITHDRAWN)
    batch.state, batch.decided_by, batch.decided_at = str(BatchState.WITHDRAWN), person_id, now
    _record(session, actor, now, batch, "payment_batch.withdrawn", BatchState.DRAFTED)
    await session.flush()


def _file(batch: PaymentBatch, orders: list[PaymentOrder], now: datetime) -> bytes:
    file = File(
        message_id=batch.id.hex.upper(),
        created_at=now,
        execute_on=batch.execute_on,
        debtor_name=batch.debtor_name,
        debtor_iban=batch.debtor_iban,
        debtor_bic=batch.debtor_bic,
        orders=[
            Order(o.id.hex.upper(), o.amount_cents, o.payee_name, o.payee_iban, o.reference) for o in orders
        ],
    )
    if problems_of(file):
        raise Refused("payment_batch.file", problems=", ".join(problems_of(file)[:5]))
    return write_payment_file(file)


async def _bank_route(session: AsyncSession, organiser_id: UUID) -> PaymentSetting:
    setting = await setting_in_force(session, organiser_id)
    if setting is None or setting.route != Route.BANK_FILE:
        raise Refused("settlement.route_accounting")
    return setting


async def _lock_batch(session: AsyncSession, batch_id: UUID) -> PaymentBatch:
    batch = await session.scalar(
        select(PaymentBatch)
        .where(PaymentBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if batch is None:
        raise NotFound("payment_batch.unknown")
    return batch


async def _lock_approved(session: AsyncSession, organiser_id: UUID) -> None:
    """Everything that can be paid or netted, in id order, before any of it is looked at."""
    await session.execute(
        select(Statement.id)
        .where(Statement.organiser_id == organiser_id, Statement.state == "approved")
        .order_by(Statement.id)
        .with_for_update()
    )


async def _orders(session: AsyncSession, batch_id: UUID) -> list[PaymentOrder]:
    rows = await session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.batch_id == batch_id)
        .order_by(PaymentOrder.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    batch: PaymentBatch,
    action: str,
    before: BatchState | None,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="payment_batch",
        subject_id=batch.id,
        organiser_id=batch.organiser_id,
        from_state=str(before) if before else None,
        to_state=batch.state,
        facts={
            "orders": batch.order_count,
            "total_cents": batch.total_cents,
            "execute_on": batch.execute_on.isoformat(),
        },
    )
