"""Reading an invoice file for a statement, and finding the statement that a file is for."""

from asyncio import to_thread
from datetime import date
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.model import Provider
from registry.settlement.einvoices.intake import Expected, StatedLine, order_references, take_einvoice
from registry.settlement.einvoices.reading import read_einvoice
from registry.settlement.einvoices.source import looks_like_xml
from registry.settlement.invoice_csv import InvoiceFile, read_invoice
from registry.settlement.invoice_problems import InvoiceUnreadable, of_einvoice
from registry.settlement.model import Statement, StatementLine
from registry.settlement.rules import REFERENCE_LENGTH, line_reference
from registry.shared.errors import Refused


async def read_file(
    session: AsyncSession, statement: Statement, content: bytes, *, today: date
) -> InvoiceFile:
    """The invoice in a file, UBL, Finvoice or CSV by its content, held to the statement; or InvoiceUnreadable."""
    if not looks_like_xml(content):
        return read_invoice(content, today=today)
    # five megabytes take some seconds of computing, in which others are served
    expected = await _expected(session, statement)
    return await to_thread(take_einvoice, content, expected=expected, today=today)


async def _expected(session: AsyncSession, statement: Statement) -> Expected:
    provider = await session.get_one(Provider, statement.provider_id)
    lines = await session.execute(
        select(
            StatementLine.redemption_id,
            StatementLine.amount_cents,
            StatementLine.net_cents,
            StatementLine.vat_rate_bp,
        )
        .where(StatementLine.statement_id == statement.id)
        .order_by(StatementLine.position)
    )
    return Expected(
        seller_scheme=provider.identity_scheme,
        seller_id=provider.identity_value,
        references=(statement.reference, statement.number),
        lines=[
            StatedLine(
                line_reference(line.redemption_id), line.amount_cents, line.net_cents, line.vat_rate_bp
            )
            for line in lines
        ],
    )


async def statement_of(session: AsyncSession, content: bytes, *, today: date) -> UUID:
    """The statement in sight that a file says it is for: an e-invoice by its order reference, a CSV file by the lines
    that it refers to.

    Raises InvoiceUnreadable where the file cannot be read, and Refused: invoice.statement_unknown, where it names none
    or more than one.
    """
    if looks_like_xml(content):
        invoice, problems, count = await to_thread(read_einvoice, content)
        if invoice is None:
            raise InvoiceUnreadable(of_einvoice(problems), count)
        told = order_references(invoice)
        query = select(Statement.id).where(Statement.reference.in_(told) | Statement.number.in_(told))
    else:
        references = {line.reference for line in read_invoice(content, today=today).lines}
        short = func.right(func.replace(cast(StatementLine.redemption_id, Text), "-", ""), REFERENCE_LENGTH)
        query = select(StatementLine.statement_id).where(short.in_(references)).distinct()
    found = (await session.scalars(query.limit(2))).all()
    if len(found) != 1:
        raise Refused("invoice.statement_unknown")
    return found[0]
