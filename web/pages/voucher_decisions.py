"""A decision against a voucher's holder on paper: for the holder and who acts for the holder, and for staff who may read
the voucher."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.vouchers.adverse.queries import decision_paper
from registry.vouchers.queries import voucher_view
from registry.vouchers.reading import reason_to_read
from web.documents.decision_pdf import decision_pdf
from web.pages.clients import why_page
from web.pages.vouchers import READERS
from web.services import services, signed_in
from web.translations import current_language

AnyRequest = Request[Any, Any, Any]


@get("/vouchers/{voucher_id:uuid}/decisions/{decision_id:uuid}/pdf", who=READERS, include_in_schema=False)
async def decision_on_paper(
    request: AnyRequest, voucher_id: FromPath[UUID], decision_id: FromPath[UUID]
) -> Response[Any]:
    """The words that went out, as a PDF in the reader's language; in no cache, and the reading is logged. The holder's
    name stands on it for those who see it on the voucher's page too."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        view = await voucher_view(session, voucher_id=voucher_id)
        reason = await reason_to_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=view.client_id,
            case_worker_id=view.case_worker_id,
        )
        if reason is None:
            return why_page(request, view.client_id, f"/vouchers/{voucher_id}")
        paper = await decision_paper(
            session,
            voucher_id=voucher_id,
            decision_id=decision_id,
            language=current_language.get(),
            with_name=actor.role in (Role.CLIENT, Role.CASE_WORKER),
        )
        log_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=view.client_id,
            organiser_id=view.organiser_id,
            what="decision",
            reason=reason,
        )
    content = await asyncio.to_thread(decision_pdf, paper.text, paper.organiser)
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="decision-{paper.text.reference}.pdf"',
            "Cache-Control": "no-store",
        },
    )


ROUTES: list[Any] = [decision_on_paper]
