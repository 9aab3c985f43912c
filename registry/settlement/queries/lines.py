"""A statement's lines with what matching made of each, and the lines of its invoices that stand against none."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.settlement.disputes.lines import taken_off
from registry.settlement.model import Invoice, InvoiceLine, Statement, StatementLine
from registry.settlement.queries.months import LANGUAGES
from registry.settlement.queries.views import LineView, LoneLine, Whereabouts
from registry.settlement.rules import REFERENCE_LENGTH, Match, line_reference
from registry.vouchers.redemption.model import Redemption


async def invoice_lines(session: AsyncSession, statement_id: UUID) -> list[Any]:
    """Lines of the invoices that stand."""
    found = await session.execute(
        select(
            InvoiceLine.id,
            InvoiceLine.file_line,
            InvoiceLine.reference,
            InvoiceLine.amount_cents,
            InvoiceLine.note,
            InvoiceLine.match,
            InvoiceLine.statement_line_id,
            Invoice.number.label("invoice_number"),
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(InvoiceLine.statement_id == statement_id, InvoiceLine.match.is_not(None))
        .order_by(Invoice.received_at, Invoice.id, InvoiceLine.file_line)
    )
    return list(found)


async def lines_of(
    session: AsyncSession, statement_id: UUID, paired: Mapping[UUID, Any], *, judged: bool
) -> tuple[LineView, ...]:
    found = list(
        await session.execute(
            select(StatementLine, Redemption, Service)
            .join(Redemption, Redemption.id == StatementLine.redemption_id)
            .join(Service, Service.id == StatementLine.service_id)
            .where(StatementLine.statement_id == statement_id)
            .order_by(StatementLine.position)
        )
    )
    unpaired = Counter(line.redemption_id for line, *_ in found if line.id not in paired)
    off = await taken_off(session, statement_id=statement_id)

    def result(line: StatementLine) -> Match | None:
        if line.id in paired:
            return Match(paired[line.id].match)
        if not judged:
            return None
        return Match.NETTED if unpaired[line.redemption_id] == 2 else Match.MISSING

    views = []
    for line, redemption, service in found:
        invoiced = paired.get(line.id)
        views.append(
            LineView(
                id=line.id,
                position=line.position,
                reference=line_reference(line.redemption_id),
                redemption_id=line.redemption_id,
                reversal=line.reversal_id is not None,
                late=line.late,
                at=line.at,
                service_date=redemption.service_date,
                service_name={lang: getattr(service, f"name_{lang}") for lang in LANGUAGES},
                voucher_id=redemption.voucher_id,
                voucher_number=line.voucher_number,
                units=redemption.units,
                unit_name=line.unit_name,
                unit_price_cents=redemption.unit_price_cents,
                amount_cents=line.amount_cents,
                net_cents=line.net_cents,
                vat_rate_bp=line.vat_rate_bp,
                vat_category=line.vat_category,
                vat_reason=line.vat_reason,
                vat_cents=line.vat_cents,
                match=result(line),
                invoiced_cents=invoiced.amount_cents if invoiced else None,
                invoice_number=invoiced.invoice_number if invoiced else None,
                file_line=invoiced.file_line if invoiced else None,
                dispute_id=line.dispute_id or off.get(line.id),
                takes_off=line.dispute_id is not None,
                returned=line.return_id is not None,
            )
        )
    # what takes a line off came later, and is read beside it
    beside = {view.dispute_id: view.position for view in views if view.waits and not view.takes_off}
    return tuple(sorted(views, key=lambda view: (beside.get(view.dispute_id, view.position), view.takes_off)))


async def lone_lines(session: AsyncSession, statement: Statement, lines: list[Any]) -> tuple[LoneLine, ...]:
    extra = {line.reference for line in lines if line.match == Match.EXTRA}
    places = await _whereabouts(session, statement, extra)
    return tuple(
        LoneLine(
            id=line.id,
            invoice_number=line.invoice_number,
            file_line=line.file_line,
            reference=line.reference,
            amount_cents=line.amount_cents,
            note=line.note,
            match=Match(line.match),
            whereabouts=places[line.reference][0] if line.match == Match.EXTRA else None,
            on_statement=places[line.reference][1] if line.match == Match.EXTRA else None,
        )
        for line in lines
    )


async def _whereabouts(
    session: AsyncSession, statement: Statement, references: Collection[str]
) -> dict[str, tuple[Whereabouts, str | None]]:
    """Where the redemptions behind extra lines are, as far as they are this provider's with this organiser."""
    places: dict[str, tuple[Whereabouts, str | None]] = dict.fromkeys(references, (Whereabouts.UNKNOWN, None))
    if not references:
        return places
    reference = func.right(func.replace(cast(Redemption.id, Text), "-", ""), REFERENCE_LENGTH)
    found = await session.execute(
        select(reference, Redemption.captured_at, Statement.number)
        .outerjoin(StatementLine, StatementLine.id == Redemption.id)
        .outerjoin(Statement, Statement.id == StatementLine.statement_id)
        .where(
            Redemption.provider_id == statement.provider_id,
            Redemption.organiser_id == statement.organiser_id,
            # one parameter: several files of wrong lines are more than the driver's 32,767
            reference == any_(literal(list(references), ARRAY(Text))),
        )
    )
    for short, captured_at, number in found:
        if number is not None:
            places[short] = (Whereabouts.OTHER_STATEMENT, number)
        elif captured_at is not None:
            places[short] = (Whereabouts.NEXT_STATEMENT, None)
        else:
            places[short] = (Whereabouts.NOT_REDEEMED, None)
    return places
