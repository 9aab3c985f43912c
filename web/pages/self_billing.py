"""Self-billing: the provider's consent, making a statement's invoice, and the invoice as Finvoice and as a PDF."""

import asyncio
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.einvoices.invoice import Invoice
from registry.settlement.einvoices.writing_finvoice import write_finvoice
from registry.settlement.selfbilling.commands import CATEGORIES, bill_statement, end_consent, give_consent
from registry.settlement.selfbilling.queries import consents_of, self_billed
from registry.shared.actor import Actor, Role
from registry.shared.errors import Invalid, NotFound, Refused
from web.documents.invoice_pdf import invoice_pdf
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.invoice_words import CATEGORY_TEXTS, paper_facts
from web.page import new_key, page, redirect
from web.pages.statement import FINANCE, PARTIES, act_on, download
from web.services import services, signed_in
from web.translations import gettext

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
PLACE: Final = "/provider/self-billing"


async def _page(request: AnyRequest, form: Form, asked: str = "", status: int = 200) -> Response[str]:
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await consents_of(session, provider_id=actor.provider_id, organisers=actor.sight.organisers)
    return page(
        request,
        "settlement/self_billing.html",
        status=status,
        get_path=PLACE,
        rows=rows,
        categories={code: gettext(text) for code, text in CATEGORY_TEXTS.items()},
        asked=asked,
        form=form,
        errors=form.errors,
        key=new_key(),
    )


@get(PLACE, who=PROVIDER, include_in_schema=False)
async def consents(request: AnyRequest) -> Response[str]:
    """Each organiser, and whether it may make the provider's invoices."""
    return await _page(request, Form())


@post("/provider/self-billing/{organiser_id:uuid}", who=PROVIDER, include_in_schema=False)
async def consent(request: AnyRequest, organiser_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    said = {
        "vat_id": form.text("vat_id", longest=20, required=False),
        "untaxed_category": form.choice("untaxed_category", CATEGORIES),
        "untaxed_reason": form.text("untaxed_reason", longest=70, required=False),
    }
    if not form.ok:
        return await _page(request, form, str(organiser_id), 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await give_consent(session, actor=actor, now=held.now(), organiser_id=organiser_id, **said)
        return {"id": str(made)}

    body = {"organiser": str(organiser_id), **said}
    try:
        await once(request, operation="self_billing.consent", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _page(request, form, str(organiser_id), status_of(error))
    return redirect(PLACE)


@post("/provider/self-billing/{organiser_id:uuid}/end", who=PROVIDER, include_in_schema=False)
async def end(request: AnyRequest, organiser_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await end_consent(session, actor=actor, now=held.now(), organiser_id=organiser_id)
        return {}

    body = {"organiser": str(organiser_id)}
    try:
        await once(request, operation="self_billing.end", key=form.key(), body=body, run=run)
    except Refused as error:
        form.blame(error)
        return await _page(request, form, status=409)
    return redirect(PLACE)


@post("/statements/{statement_id:uuid}/bill", who=FINANCE, include_in_schema=False)
async def bill(request: AnyRequest, statement_id: FromPath[UUID]) -> Response[str]:
    """Make the statement's invoice."""
    return await act_on(request, statement_id, "bill", _bill)


async def _bill(actor: Actor, now: Any, statement_id: UUID, session: AsyncSession) -> dict[str, Any]:
    made = await bill_statement(session, actor=actor, now=now, statement_id=statement_id)
    return {"done": "billed" if len(made) == 1 else "billed_apart"}


async def _invoice(request: AnyRequest, invoice_id: UUID) -> Invoice:
    async with services(request).database.transaction(signed_in(request).sight) as session:
        found = await self_billed(session, invoice_id=invoice_id)
    if found is None:
        raise NotFound("invoice.unknown")
    return found


@get("/invoices/{invoice_id:uuid}/finvoice", who=PARTIES, include_in_schema=False)
async def as_finvoice(request: AnyRequest, invoice_id: FromPath[UUID]) -> Response[bytes]:
    """A self-billed invoice in Finvoice 3.0; in UBL it is the file itself."""
    found = await _invoice(request, invoice_id)
    return download(f"{found.number}-finvoice.xml", write_finvoice(found), "application/xml")


@get("/invoices/{invoice_id:uuid}/pdf", who=PARTIES, include_in_schema=False)
async def as_pdf(request: AnyRequest, invoice_id: FromPath[UUID]) -> Response[bytes]:
    """A self-billed invoice to read and to print."""
    found = await _invoice(request, invoice_id)
    made = await asyncio.to_thread(invoice_pdf, paper_facts(found))
    return download(f"{found.number}.pdf", made, "application/pdf")


ROUTES: list[Any] = [consents, consent, end, bill, as_finvoice, as_pdf]
