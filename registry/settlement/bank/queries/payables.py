"""What an organiser owes and could pay now."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.bank_accounts.model import BankAccount
from registry.providers.model import Provider
from registry.settlement.bank.model import PaymentOrder
from registry.settlement.bank.rules import LIVE_ORDERS
from registry.settlement.claims.model import ClaimedStatement
from registry.settlement.model import Invoice, PaidStatement, Payment, Statement
from registry.settlement.rules import credits_to_net
from registry.shared.period import local_date


@dataclass(frozen=True, slots=True)
class Payable:
    """An approved statement, with the credits that paying it would take along."""

    statement_id: UUID
    number: str
    month: date
    reference: str
    provider_id: UUID
    provider_name: str
    total_cents: int
    amount_cents: int
    """What would leave the bank."""
    iban: str
    """Of the provider's account in force; empty where it has none."""
    approved_by: UUID | None
    approved_at: datetime | None
    returned: bool
    """It was paid before, and the bank sent it back."""
    in_batch: UUID | None
    due_on: date | None
    """The last day on which paying it is on time."""

    @property
    def ready(self) -> bool:
        return bool(self.amount_cents and self.iban and self.in_batch is None)


PAYMENT_DAYS = 30
"""Act on Payment Terms in Commercial Contracts (30/2013) § 6: an authority pays within 30 days of the invoice."""


async def payables(
    session: AsyncSession, *, organiser_id: UUID, of_batch: UUID | None = None
) -> list[Payable]:
    """Everything approved and positive, by provider and month. Those that stand in a batch already take their credits
    first; with `of_batch`, the statements of that batch alone."""
    live = and_(
        PaymentOrder.statement_id == Statement.id, PaymentOrder.state.in_([str(s) for s in LIVE_ORDERS])
    )
    invoiced = (
        select(Invoice.statement_id, func.max(Invoice.received_at).label("at"))
        .where(Invoice.organiser_id == organiser_id, Invoice.rejected_at.is_(None))
        .group_by(Invoice.statement_id)
        .subquery()
    )
    rows = (
        await session.execute(
            select(
                Statement,
                Provider.name,
                BankAccount.iban,
                PaymentOrder.batch_id,
                PaidStatement.payment_id,
                Payment.amount_cents,
                invoiced.c.at,
                ClaimedStatement.claim_id,
            )
            .join(Provider, Provider.id == Statement.provider_id)
            .outerjoin(
                BankAccount,
                and_(BankAccount.provider_id == Statement.provider_id, BankAccount.state == "in_force"),
            )
            .outerjoin(PaymentOrder, live)
            .outerjoin(PaidStatement, PaidStatement.statement_id == Statement.id)
            .outerjoin(Payment, Payment.id == PaidStatement.payment_id)
            .outerjoin(invoiced, invoiced.c.statement_id == Statement.id)
            .outerjoin(
                ClaimedStatement,
                and_(ClaimedStatement.statement_id == Statement.id, ClaimedStatement.standing),
            )
            .where(Statement.organiser_id == organiser_id, Statement.state == "approved")
            .order_by(Provider.name, Statement.provider_id, Statement.month, Statement.id)
        )
    ).all()
    credits: dict[UUID, list[tuple[UUID, int]]] = {}
    for row in rows:
        if row[0].total_cents < 0 and row.payment_id is None and row.claim_id is None:
            credits.setdefault(row[0].provider_id, []).append((row[0].id, row[0].total_cents))
    found = []
    # a batch that is made has taken its credits: they are not offered to another one
    for row in sorted(rows, key=lambda row: row.batch_id is None):
        statement = row[0]
        if statement.total_cents <= 0:
            continue
        amount = row.amount_cents
        if row.payment_id is None:
            waiting = credits.get(statement.provider_id, [])
            netted = credits_to_net(statement.total_cents, waiting)
            credits[statement.provider_id] = [one for one in waiting if one not in netted]
            amount = statement.total_cents + sum(cents for _, cents in netted)
        found.append(
            Payable(
                statement_id=statement.id,
                number=statement.number,
                month=statement.month,
                reference=statement.reference,
                provider_id=statement.provider_id,
                provider_name=row.name,
                total_cents=statement.total_cents,
                amount_cents=amount,
                iban=row.iban or "",
                approved_by=statement.approved_by,
                approved_at=statement.approved_at,
                returned=row.payment_id is not None,
                in_batch=row.batch_id,
                due_on=_due(row.at),
            )
        )
    if of_batch is not None:
        found = [one for one in found if one.in_batch == of_batch]
    return sorted(found, key=lambda p: (p.provider_name, p.provider_id, p.month, p.statement_id))


def _due(received_at: datetime | None) -> date | None:

    return None if received_at is None else local_date(received_at) + timedelta(days=PAYMENT_DAYS)
