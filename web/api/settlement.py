"""Months and statements, for machines of organisers and of providers."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from pydantic import Field

from registry.settlement.queries import (
    LineView,
    LoneLine,
    StatementRow,
    StatementView,
    months,
    statement_view,
    statements,
)
from registry.settlement.rules import StatementState
from registry.settlement.statement_csv import shown_reference
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound
from web.pages.settlement import read_month
from web.schema import LARGEST_PAGE, ApiModel, Page, cursor, read_cursor
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})
SENDERS: Final = frozenset({Role.FINANCE_OFFICER, Role.PROVIDER_USER})
PARTIES: Final = READERS | SENDERS

Cursor = Annotated[
    str | None, QueryParameter(name="cursor", description="`next` of the page before", max_length=400)
]
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE, description="Rows on a page")]
MonthText = Annotated[str, Field(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])]
State = Literal["closed", "invoiced", "matched", "disputed", "approved", "paid"]


class MonthOut(ApiModel):
    """A month: closed, with its statements by state, or open, with what has been redeemed so far."""

    month: MonthText
    closed_at: datetime | None
    closable: bool = Field(description="It has ended, and no earlier month is open")
    statements: dict[str, int] = Field(examples=[{"matched": 3, "paid": 11}])
    total_cents: int = Field(examples=[1048200])
    paid_cents: int = Field(examples=[840000])
    open_lines: int = Field(examples=[0])
    open_cents: int = Field(examples=[0])


class StatementOut(ApiModel):
    """What one provider is owed by one organiser for one month."""

    id: UUID
    number: str = Field(examples=["OULU-2026-10-0001"])
    reference: str = Field(examples=["RF3920261000018"], description="For the invoice's order reference")
    month: MonthText
    organiser_id: UUID
    provider_id: UUID
    provider_name: str
    state: State
    line_count: int
    charges_cents: int
    credits_cents: int = Field(
        description="Reversals and disputed lines that were taken off, as a positive sum"
    )
    total_cents: int = Field(description="Charges less credits; negative when the provider owes")
    net_cents: int
    vat_cents: int
    invoiced_cents: int
    exceptions: int = Field(description="Lines missing, extra, different or invoiced twice")
    closed_at: datetime
    approved_at: datetime | None
    paid_at: datetime | None


class InvoiceOut(ApiModel):
    """An invoice that came in for the statement."""

    id: UUID
    number: str
    invoice_date: date
    total_cents: int
    line_count: int
    sha256: str
    received_at: datetime
    rejected_at: datetime | None
    rejection_reason: str | None


class InvoiceLineOut(ApiModel):
    """An invoice line that stands against no line of the statement."""

    invoice_number: str
    file_line: int
    reference: str = Field(examples=["7F3A-91BC-02D4"])
    amount_cents: int
    match: Literal["extra", "duplicate", "credited"]
    whereabouts: Literal["other_statement", "next_statement", "not_redeemed", "unknown"] | None
    on_statement: str | None


class StatementLineOut(ApiModel):
    """A line of a statement: a redemption, or a reversal with a negative amount. A redemption that its provider disputes
    before it is invoiced is taken off by a line with the opposite amount, and comes back on a later statement."""

    position: int
    redemption_id: UUID
    reference: str = Field(examples=["7F3A-91BC-02D4"], description="What the invoice line refers to")
    kind: Literal["redemption", "reversal", "taken_off", "returned"]
    dispute_id: UUID | None = Field(
        description="Of a line that was taken off, and of the line that took it off"
    )
    late: bool
    at: datetime
    service_date: date
    voucher_number: str
    units: int = Field(description="Hundredths")
    unit_price_cents: int
    amount_cents: int
    net_cents: int
    vat_rate_bp: int = Field(examples=[2550], description="Basis points: 25.5 % is 2550")
    vat_category: str | None = Field(
        examples=["S"],
        description="S at a rate, E exempt, AE reverse charge, Z at 0 %, O outside VAT; null: from before it was kept",
    )
    vat_reason: str | None = Field(
        examples=[None], description="Why there is no VAT, as the invoice has to say"
    )
    vat_cents: int
    match: Literal["matched", "different", "missing", "netted"] | None
    invoiced_cents: int | None


class StatementDetail(StatementOut):
    """A statement with its invoices and everything that keeps it from being approved."""

    matches: dict[str, int] = Field(examples=[{"matched": 41, "missing": 1}])
    differing_lines: list[StatementLineOut]
    waiting_lines: list[StatementLineOut] = Field(
        description="Taken off because they are disputed: not to be invoiced here, for they come on a later statement"
    )
    lone_invoice_lines: list[InvoiceLineOut]
    invoices: list[InvoiceOut]


def _columns(row: StatementRow) -> dict[str, Any]:
    copied = {
        name: getattr(row, name) for name in StatementOut.model_fields if name not in ("month", "state")
    }
    return copied | {"month": f"{row.month:%Y-%m}", "state": str(row.state)}


def _line(line: LineView) -> StatementLineOut:
    given = ("reference", "match")
    copied = {name: getattr(line, name) for name in StatementLineOut.model_fields if name not in given}
    return StatementLineOut(
        **copied,
        reference=shown_reference(line.reference),
        match=line.match.value if line.match else None,
    )


def _lone(line: LoneLine) -> InvoiceLineOut:
    given = ("reference", "match", "whereabouts")
    copied = {name: getattr(line, name) for name in InvoiceLineOut.model_fields if name not in given}
    return InvoiceLineOut(
        **copied,
        reference=shown_reference(line.reference),
        match=line.match.value,
        whereabouts=line.whereabouts.value if line.whereabouts else None,
    )


@get("/api/v1/months", who=READERS, scope="settlement:read", tags=["settlement"])
async def list_months(request: AnyRequest) -> Page[MonthOut]:
    """Every month of the organiser that was closed or has something to state, newest first."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await months(session, organiser_id=actor.organiser_id, now=held.now())
    return Page(
        items=[
            MonthOut(
                month=f"{row.month:%Y-%m}",
                closed_at=row.closed_at,
                closable=row.closable,
                statements={str(state): number for state, number in row.counts.items()},
                total_cents=row.total_cents,
                paid_cents=row.paid_cents,
                open_lines=row.open_lines,
                open_cents=row.open_cents,
            )
            for row in rows
        ]
    )


@get("/api/v1/statements", who=PARTIES, scope="settlement:read", tags=["settlement"])
async def list_statements(
    request: AnyRequest,
    month: Annotated[str | None, QueryParameter(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$")] = None,
    in_state: Annotated[State | None, QueryParameter(name="state")] = None,
    after: Cursor = None,
    limit: Limit = 50,
) -> Page[StatementOut]:
    """Statements, newest month first: of the organiser, or of the provider from all its organisers."""
    actor = signed_in(request)
    place = _place(after)
    async with services(request).database.transaction(actor.sight) as session:
        rows, following = await statements(
            session,
            organisers=actor.sight.organisers,
            month=read_month(month) if month else None,
            state=StatementState(in_state) if in_state else None,
            after=place,
            limit=limit,
        )
    return Page(
        items=[StatementOut(**_columns(row)) for row in rows],
        next=cursor(following[0].isoformat(), following[1]) if following else None,
    )


def _place(after: str | None) -> tuple[date, str] | None:
    """The statement after which a page starts: its month and number."""
    place = read_cursor(after, str, str)
    if place is None:
        return None
    try:
        return date.fromisoformat(place[0]), place[1]
    except ValueError as error:
        raise Invalid("request.invalid", errors={"cursor": "field.invalid"}) from error


async def _statement(request: AnyRequest, statement_id: UUID) -> StatementView:
    async with services(request).database.transaction(signed_in(request).sight) as session:
        found = await statement_view(session, statement_id=statement_id)
    if found is None:
        raise NotFound("statement.unknown")
    return found


@get("/api/v1/statements/{statement_id:uuid}", who=PARTIES, scope="settlement:read", tags=["settlement"])
async def get_statement(request: AnyRequest, statement_id: FromPath[UUID]) -> StatementDetail:
    """One statement, its invoices, and every difference between them."""
    found = await _statement(request, statement_id)
    return StatementDetail(
        **_columns(found.row),
        matches={str(kind): number for kind, number in found.counts.items()},
        differing_lines=[_line(line) for line in found.exceptions],
        waiting_lines=[_line(line) for line in found.waiting],
        lone_invoice_lines=[_lone(line) for line in found.lone],
        invoices=[
            InvoiceOut(**{name: getattr(invoice, name) for name in InvoiceOut.model_fields})
            for invoice in found.invoices
        ],
    )


@get(
    "/api/v1/statements/{statement_id:uuid}/lines", who=PARTIES, scope="settlement:read", tags=["settlement"]
)
async def list_lines(
    request: AnyRequest, statement_id: FromPath[UUID], after: Cursor = None, limit: Limit = 50
) -> Page[StatementLineOut]:
    """The statement's lines in their order, each with what matching made of it."""
    place = read_cursor(after, int)
    found = await _statement(request, statement_id)
    ordered = sorted(found.lines, key=lambda line: line.position)
    left = [line for line in ordered if place is None or line.position > place[0]]
    return Page(
        items=[_line(line) for line in left[:limit]],
        next=cursor(left[limit - 1].position) if len(left) > limit else None,
    )


ROUTES: list[Any] = [list_months, list_statements, get_statement, list_lines]
