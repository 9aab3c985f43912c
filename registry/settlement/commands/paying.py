"""Approving a reconciled statement and paying it: two acts of two people."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.ledger.commands import transfer_values
from registry.ledger.model import Transfer
from registry.ledger.rules import FLOWS
from registry.people.model import ApiToken
from registry.settlement.bank.model import PaymentSetting
from registry.settlement.bank.rules import Route
from registry.settlement.claims.model import ClaimedStatement
from registry.settlement.commands.statements import become, finance_only, lock_statement, tell
from registry.settlement.model import PaidStatement, Payment, Statement
from registry.settlement.rules import StatementState, credits_to_net, may_approve, may_become, may_pay
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date

S = StatementState


@dataclass(frozen=True, slots=True)
class Approved:
    """A statement that is now owed (approved), waits to be netted (approved, negative) or is done (paid, zero)."""

    statement_id: UUID
    state: StatementState
    total_cents: int


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment: what was paid for the statement, less the credits that it took along."""

    payment_id: UUID
    statement_id: UUID
    amount_cents: int
    netted: tuple[UUID, ...]
    """Statements with a negative total that this payment settled."""


async def approve_statement(
    session: AsyncSession, *, actor: Actor, now: datetime, statement_id: UUID
) -> Approved:
    """Approve a matched statement: from now on its total is owed to the provider, or by it when negative. A total of
    zero moves nothing and is settled at once.

    Raises Refused: statement.<state>, settlement.person_unknown.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    statement = await lock_statement(session, statement_id)
    require(may_approve(S(statement.state)))
    total = statement.total_cents
    transfer_id = None
    if total:
        transfer_id = await post_between(
            session,
            "approve_statement" if total > 0 else "approve_credit",
            statement=statement,
            now=now,
            amount_cents=abs(total),
            reference_id=statement.id,
        )
    statement.approved_at, statement.approved_by = now, person_id
    statement.approval_transfer_id = transfer_id
    become(session, statement, S.APPROVED, actor, now, "statement.approved", total_cents=total)
    if not total:
        statement.paid_at = now
        become(session, statement, S.PAID, actor, now, "statement.paid", amount_cents=0)
    await session.flush()
    return Approved(statement.id, S(statement.state), total)


async def pay_statement(
    session: AsyncSession, *, actor: Actor, now: datetime, statement_id: UUID, paid_on: date | None = None
) -> Paid:
    """Pay an approved statement, taking along the provider's approved credits that fit in it. Whoever approved it may
    not pay it, and nothing is paid twice: where the bank is told by files, it is not also paid by hand.

    Raises Refused: statement.<state>, statement.credit_waits, settlement.same_person, settlement.person_unknown,
    settlement.route_bank_file.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    by_file = await route_of_statement(session, statement_id) is Route.BANK_FILE
    return await settle_statement(
        session,
        actor=actor,
        now=now,
        statement_id=statement_id,
        person_id=person_id,
        route=Route.ACCOUNTING,
        paid_on=paid_on,
        only_netting=by_file,
    )


async def settle_statement(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    statement_id: UUID,
    person_id: UUID,
    route: Route,
    paid_on: date | None = None,
    only_netting: bool = False,
) -> Paid:
    """What paying is, by whichever route: the ledger, the payment, and the statements that it settles. What the bank
    had sent back is paid again as the payment that it was. `only_netting`: no money may leave here."""
    statement, waiting = await _payable(session, statement_id)
    require(may_become(S(statement.state), S.PAID))
    if statement.total_cents < 0:
        raise Refused("statement.credit_waits", total_cents=statement.total_cents)
    require(may_pay(approver=statement.approved_by, payer=person_id))
    before = await session.scalar(
        select(PaidStatement.payment_id).where(PaidStatement.statement_id == statement.id)
    )
    if before is not None:
        if only_netting:
            raise Refused("settlement.route_bank_file")
        return await _pay_again(session, actor, now, statement, before)
    netted = dict(credits_to_net(statement.total_cents, [(c.id, c.total_cents) for c in waiting]))
    amount = statement.total_cents + sum(netted.values())
    if amount and only_netting:
        raise Refused("settlement.route_bank_file")
    payment_id = uuid7()
    transfer_id = None
    if amount:
        transfer_id = await post_between(
            session, "pay", statement=statement, now=now, amount_cents=amount, reference_id=payment_id
        )
    session.add(
        Payment(
            id=payment_id,
            organiser_id=statement.organiser_id,
            provider_id=statement.provider_id,
            amount_cents=amount,
            transfer_id=transfer_id,
            paid_at=now,
            paid_by=person_id,
            route=str(route) if amount else None,
            paid_on=paid_on or local_date(now),
        )
    )
    await session.flush()
    settled = [statement, *(credit for credit in waiting if credit.id in netted)]
    await session.execute(
        insert(PaidStatement),
        [
            {
                "statement_id": part.id,
                "payment_id": payment_id,
                "organiser_id": part.organiser_id,
                "provider_id": part.provider_id,
                "amount_cents": part.total_cents,
            }
            for part in settled
        ],
    )
    for part in settled:
        part.paid_at = now
        become(session, part, S.PAID, actor, now, "statement.paid", payment_id=payment_id)
    record(
        session,
        actor=actor,
        now=now,
        action="payment.made",
        subject_kind="payment",
        subject_id=payment_id,
        organiser_id=statement.organiser_id,
        to_state="paid",
        facts={"provider_id": statement.provider_id, "amount_cents": amount, "statements": len(settled)},
    )
    tell(session, statement, now, "statement.paid")
    return Paid(payment_id, statement.id, amount, tuple(netted))


async def _pay_again(
    session: AsyncSession, actor: Actor, now: datetime, statement: Statement, payment_id: UUID
) -> Paid:
    """Pay a payment that came back: the same sum for the same statements."""
    payment = await session.get_one(Payment, payment_id)
    parts = await statements_of_payment(session, payment_id)
    await post_between(
        session,
        "pay_again",
        statement=statement,
        now=now,
        amount_cents=payment.amount_cents,
        reference_id=payment_id,
    )
    for part in parts:
        part.paid_at = now
        become(session, part, S.PAID, actor, now, "statement.paid", payment_id=payment_id)
    record(
        session,
        actor=actor,
        now=now,
        action="payment.made_again",
        subject_kind="payment",
        subject_id=payment_id,
        organiser_id=statement.organiser_id,
        from_state="returned",
        to_state="paid",
        facts={"provider_id": statement.provider_id, "amount_cents": payment.amount_cents},
    )
    tell(session, statement, now, "statement.paid")
    return Paid(
        payment_id, statement.id, payment.amount_cents, tuple(p.id for p in parts if p.id != statement.id)
    )


async def statements_of_payment(session: AsyncSession, payment_id: UUID) -> list[Statement]:
    """The statements that a payment settles, locked in id order."""
    rows = await session.scalars(
        select(Statement)
        .where(
            Statement.id.in_(select(PaidStatement.statement_id).where(PaidStatement.payment_id == payment_id))
        )
        .order_by(Statement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def route_of_statement(session: AsyncSession, statement_id: UUID) -> Route:
    """How the statement's organiser pays."""
    organiser_id = await session.scalar(select(Statement.organiser_id).where(Statement.id == statement_id))
    return Route.ACCOUNTING if organiser_id is None else await route_of_organiser(session, organiser_id)


async def route_of_organiser(session: AsyncSession, organiser_id: UUID) -> Route:
    """How an organiser pays; where nothing was ever set, the accounting system does."""
    found = await session.scalar(
        select(PaymentSetting.route).where(
            PaymentSetting.organiser_id == organiser_id,
            PaymentSetting.confirmed_at.is_not(None),
            PaymentSetting.ended_at.is_(None),
        )
    )
    return Route(found) if found else Route.ACCOUNTING


async def person_behind(session: AsyncSession, actor: Actor) -> UUID:
    """The person behind the act. Behind a token stands who made it, so that nobody gets a second pair of eyes by
    making a second token."""
    person_id = actor.id
    if actor.kind == "token":
        person_id = await session.scalar(select(ApiToken.created_by).where(ApiToken.id == actor.id))
    if person_id is None:
        raise Refused("settlement.person_unknown")
    return person_id


async def _payable(session: AsyncSession, statement_id: UUID) -> tuple[Statement, list[Statement]]:
    """The statement and the provider's approved credits at the same organiser, oldest first; all locked, in id order,
    so that two payments cannot wait for each other crosswise."""
    whose = (
        await session.execute(
            select(Statement.organiser_id, Statement.provider_id).where(Statement.id == statement_id)
        )
    ).one_or_none()
    if whose is None:
        raise NotFound("statement.unknown")
    # a credit that a returned payment took along is settled when that one is paid again
    taken = select(PaidStatement.statement_id).where(PaidStatement.statement_id == Statement.id).exists()
    is_credit = (Statement.state == str(S.APPROVED)) & (Statement.total_cents < 0) & ~taken
    rows = await session.scalars(
        select(Statement)
        .where(
            Statement.organiser_id == whose.organiser_id,
            Statement.provider_id == whose.provider_id,
            or_(Statement.id == statement_id, is_credit),
        )
        .order_by(Statement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    statement = found.pop(statement_id)
    # asked once they are locked: whoever claims a credit locks it too, and may have done so while we waited
    if found:
        of_claims = select(ClaimedStatement.statement_id).where(
            ClaimedStatement.statement_id.in_(found), ClaimedStatement.standing
        )
        for credit_id in await session.scalars(of_claims):
            del found[credit_id]
    return statement, sorted(found.values(), key=lambda credit: (credit.month, credit.id))


async def post_between(
    session: AsyncSession,
    kind: str,
    *,
    statement: Statement,
    now: datetime,
    amount_cents: int,
    reference_id: UUID,
) -> UUID:
    """One transfer between the organiser's accounts and what it owes the provider."""
    ends = {
        "expense": statement.organiser_id,
        "bank": statement.organiser_id,
        "payable": statement.provider_id,
    }
    from_account, to_account = FLOWS[kind]
    values = transfer_values(
        kind,
        organiser_id=statement.organiser_id,
        at=now,
        amount_cents=amount_cents,
        from_id=ends[from_account],
        to_id=ends[to_account],
        reference_id=reference_id,
    )
    session.add(Transfer(**values))
    await session.flush()
    transfer_id: UUID = values["id"]
    return transfer_id
