"""A provider's invoice: the file as it came, and sending it back with a reason."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.commands import reject_invoice
from registry.settlement.queries import invoice_file, invoice_head
from registry.shared.actor import Actor
from registry.shared.errors import DomainError, NotFound
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.statement import FINANCE, PARTIES, download
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


@get("/invoices/{invoice_id:uuid}/file", who=PARTIES, include_in_schema=False)
async def download_invoice(request: AnyRequest, invoice_id: FromPath[UUID]) -> Response[bytes]:
    """The invoice as it came, byte for byte; always a download, for it came from outside."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        found = await invoice_file(session, invoice_id=invoice_id)
    if found is None:
        raise NotFound("invoice.unknown")
    return download(*found, "application/octet-stream")


async def _reject_page(
    request: AnyRequest, invoice_id: UUID, form: Form, *, status: int = 200
) -> Response[str]:
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        head = await invoice_head(session, invoice_id=invoice_id)
    if head is None:
        raise NotFound("invoice.unknown")
    return page(
        request,
        "settlement/reject.html",
        status=status,
        get_path=f"/invoices/{invoice_id}/reject",
        invoice=head,
        form=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/invoices/{invoice_id:uuid}/reject", who=FINANCE, include_in_schema=False)
async def ask_rejection(request: AnyRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    return await _reject_page(request, invoice_id, Form())


@post("/invoices/{invoice_id:uuid}/reject", who=FINANCE, include_in_schema=False)
async def reject(request: AnyRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Send an invoice back with a reason."""
    form = await read_form(request)
    key, reason = form.key(), form.text("reason", longest=500, lines=True)
    if not form.ok:
        return await _reject_page(request, invoice_id, form, status=422)
    try:
        done = await once(
            request,
            operation="invoice.reject",
            key=key,
            body={"invoice": str(invoice_id), "reason": reason},
            run=partial(_reject, signed_in(request), services(request).now(), invoice_id, reason),
        )
    except NotFound:
        raise
    except DomainError as error:
        form.blame(error)
        return await _reject_page(request, invoice_id, form, status=409)
    return redirect(f"/statements/{done['statement']}?done=rejected")


async def _reject(
    actor: Actor, now: Any, invoice_id: UUID, reason: str, session: AsyncSession
) -> dict[str, Any]:
    rejected = await reject_invoice(session, actor=actor, now=now, invoice_id=invoice_id, reason=reason)
    return {"statement": str(rejected.statement_id)}


ROUTES: list[Any] = [download_invoice, ask_rejection, reject]
