"""Reading one statement: its lines with what matching made of each, its invoices, and its payment."""

from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from registry.catalogue.model import Service
from registry.people.model import Account
from registry.providers.model import Provider
from registry.settlement.claims.model import ClaimedStatement
from registry.settlement.model import (
    Invoice,
    InvoiceFile,
    PaidStatement,
    Payment,
    Statement,
    StatementLine,
)
from registry.settlement.queries.lines import invoice_lines, lines_of, lone_lines
from registry.settlement.queries.months import LANGUAGES, StatementRow, as_row, statement_rows
from registry.settlement.queries.views import (
    InvoiceHead,
    InvoiceView,
    PaymentView,
    StatementView,
    VatRow,
)
from registry.settlement.rules import (
    RECONCILED,
    StatementState,
    credits_to_net,
)

S = StatementState


async def statement_view(session: AsyncSession, *, statement_id: UUID) -> StatementView | None:
    """One statement, if it is in sight, in a fixed number of queries."""
    approver = aliased(Account)
    head = (
        await session.execute(
            statement_rows()
            .add_columns(approver.display_name)
            .outerjoin(approver, approver.id == Statement.approved_by)
            .where(Statement.id == statement_id)
        )
    ).one_or_none()
    if head is None:
        return None
    statement: Statement = head[0]
    row = as_row(head)
    invoices = await _invoices(session, statement_id)
    invoiced = await invoice_lines(session, statement_id)
    paired = {line.statement_line_id: line for line in invoiced if line.statement_line_id is not None}
    standing = any(invoice.rejected_at is None for invoice in invoices)
    return StatementView(
        row=row,
        approved_by=statement.approved_by,
        approved_by_name=head[-1],
        lines=await lines_of(session, statement_id, paired, judged=standing or row.state in RECONCILED),
        lone=await lone_lines(session, statement, [x for x in invoiced if x.statement_line_id is None]),
        invoices=invoices,
        vat=await _vat(session, statement_id),
        payment=await _payment(session, statement_id),
        credits=await _credits(session, row),
    )


async def _invoices(session: AsyncSession, statement_id: UUID) -> tuple[InvoiceView, ...]:
    found = await session.execute(
        select(
            Invoice.id,
            Invoice.number,
            Invoice.invoice_date,
            Invoice.total_cents,
            Invoice.line_count,
            InvoiceFile.file_name,
            Invoice.sha256,
            Invoice.received_at,
            Invoice.rejected_at,
            Invoice.rejection_reason,
            Invoice.syntax,
            Invoice.payable_cents,
            Invoice.vat,
            Invoice.self_billed,
        )
        .join(InvoiceFile, InvoiceFile.invoice_id == Invoice.id)
        .where(Invoice.statement_id == statement_id)
        .order_by(Invoice.received_at, Invoice.id)
    )
    return tuple(InvoiceView(**{**row._mapping, "vat": tuple(row.vat or ())}) for row in found)


async def _vat(session: AsyncSession, statement_id: UUID) -> tuple[VatRow, ...]:
    """Sums by service, rate and category: one service may have been sold at several, as the law or the provider's
    registration changed."""
    kind = (StatementLine.vat_rate_bp, StatementLine.vat_category, StatementLine.vat_reason)
    found = await session.execute(
        select(
            Service,
            *kind,
            func.sum(StatementLine.net_cents),
            func.sum(StatementLine.vat_cents),
            func.sum(StatementLine.amount_cents),
        )
        .join(Service, Service.id == StatementLine.service_id)
        .where(StatementLine.statement_id == statement_id)
        .group_by(Service.id, *kind)
        .order_by(Service.name_fi, *kind)
    )
    return tuple(
        VatRow(
            {lang: getattr(service, f"name_{lang}") for lang in LANGUAGES},
            rate,
            category,
            reason,
            int(net),
            int(vat),
            int(total),
        )
        for service, rate, category, reason, net, vat, total in found
    )


async def _payment(session: AsyncSession, statement_id: UUID) -> PaymentView | None:
    part, other = aliased(PaidStatement), aliased(PaidStatement)
    found = list(
        await session.execute(
            select(
                Payment.id,
                Payment.amount_cents,
                Payment.paid_at,
                Account.display_name,
                Statement.id,
                Statement.number,
                Statement.total_cents,
            )
            .join(part, part.payment_id == Payment.id)
            .join(other, other.payment_id == Payment.id)
            .join(Statement, Statement.id == other.statement_id)
            .outerjoin(Account, Account.id == Payment.paid_by)
            .where(part.statement_id == statement_id)
            .order_by(Statement.number)
        )
    )
    if not found:
        return None
    payment_id, amount, paid_at, name = found[0][:4]
    others = tuple((number, total) for *_, settled, number, total in found if settled != statement_id)
    return PaymentView(payment_id, amount, paid_at, name or "", others)


async def _credits(session: AsyncSession, row: StatementRow) -> tuple[tuple[str, int], ...]:
    """Approved credits of the same provider that a payment of this statement would take along now; of a payment that
    came back, those that it took along before."""
    before = select(PaidStatement.payment_id).where(PaidStatement.statement_id == row.id).scalar_subquery()
    together = select(PaidStatement.statement_id).where(PaidStatement.payment_id == before)
    settled = select(PaidStatement.statement_id).where(PaidStatement.statement_id == Statement.id).exists()
    claimed = (
        select(ClaimedStatement.statement_id)
        .where(ClaimedStatement.statement_id == Statement.id, ClaimedStatement.standing)
        .exists()
    )
    found = {
        credit.id: credit
        for credit in await session.execute(
            select(Statement.id, Statement.number, Statement.total_cents)
            .where(
                Statement.organiser_id == row.organiser_id,
                Statement.provider_id == row.provider_id,
                Statement.state == str(S.APPROVED),
                Statement.total_cents < 0,
                case((before.is_not(None), Statement.id.in_(together)), else_=~settled & ~claimed),
            )
            .order_by(Statement.month, Statement.id)
        )
    }
    if row.state not in (S.MATCHED, S.APPROVED) or row.total_cents <= 0:
        return ()
    taken = credits_to_net(row.total_cents, [(c.id, c.total_cents) for c in found.values()])
    return tuple((found[statement_id].number, cents) for statement_id, cents in taken)


async def invoice_head(session: AsyncSession, *, invoice_id: UUID) -> InvoiceHead | None:
    """One invoice, if it is in sight."""
    found = await session.execute(
        select(
            Invoice.id,
            Invoice.number,
            Invoice.total_cents,
            Invoice.rejected_at,
            Invoice.statement_id,
            Statement.number.label("statement_number"),
            Provider.name.label("provider_name"),
        )
        .join(Statement, Statement.id == Invoice.statement_id)
        .join(Provider, Provider.id == Invoice.provider_id)
        .where(Invoice.id == invoice_id)
    )
    row = found.one_or_none()
    return InvoiceHead(**row._mapping) if row else None


async def invoice_file(session: AsyncSession, *, invoice_id: UUID) -> tuple[str, bytes] | None:
    """The invoice as it came: (file name, bytes)."""
    found = await session.execute(
        select(InvoiceFile.file_name, InvoiceFile.content).where(InvoiceFile.invoice_id == invoice_id)
    )
    row = found.one_or_none()
    return (row.file_name, row.content) if row else None
