"""Files that come with an answer in a hearing or with a request for review: taken in, and handed out as downloads."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.decisions.attachments.commands import (
    add_to_appeal,
    add_to_hearing,
    read_attachment,
)
from registry.providers.decisions.queries import appeal_row
from registry.providers.files.rules import FileKind
from registry.providers.files.store import open_store
from registry.shared.errors import Refused
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import redirect
from web.pages.decisions import PARTIES, PROVIDER, decision_page, hearing_page
from web.pages.evidence import MOST_SENT, disposition, entered, keep_file
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
Add = Callable[..., Awaitable[UUID]]


async def take(
    request: AnyRequest, operation: str, key: str, upload: UploadFile, add: Add, **matter: UUID
) -> UUID:
    """Keep the file, and enter it in the matter. Sent again with its key, it is entered once. Raises Refused(file.*)."""
    held, actor = services(request), signed_in(request)
    stored = await keep_file(held.settings, upload)

    async def run(session: AsyncSession) -> Answer:
        made = await add(
            session, actor=actor, now=held.now(), stored=stored, file_name=upload.filename, **matter
        )
        return {"id": str(made)}

    body = {name: str(value) for name, value in matter.items()} | {"digest": stored.digest}
    done = await entered(
        held, upload, stored, lambda: once(request, operation=operation, key=key, body=body, run=run)
    )
    return UUID(done["id"])


async def _from_form(request: AnyRequest, form: Form, operation: str, add: Add, **matter: UUID) -> int:
    """0, or the status that says what is wrong on the form."""
    upload, key = form.files.get("file"), form.key()
    if upload is None or not upload.filename:
        form.fail("file", "field.required")
        return 422
    try:
        await take(request, operation, key, upload, add, **matter)
    except Refused as refused:
        if refused.code.startswith("file."):
            form.fail("file", refused.code, **refused.facts)
            return 413 if refused.code == "file.too_large" else 422
        form.blame(refused)
        return status_of(refused)
    return 0


@post(
    "/provider/hearings/{hearing_id:uuid}/files",
    who=PROVIDER,
    include_in_schema=False,
    request_max_body_size=MOST_SENT,
)
async def add_hearing_file(request: AnyRequest, hearing_id: FromPath[UUID]) -> Response[str]:
    """One more file, before the answer or after it."""
    form = await read_form(request)
    wrong = await _from_form(request, form, "hearing.attach", add_to_hearing, hearing_id=hearing_id)
    if wrong:
        return await hearing_page(request, hearing_id, form, wrong)
    return redirect(f"/provider/hearings/{hearing_id}?done=attached")


@post(
    "/appeals/{appeal_id:uuid}/files",
    who=PARTIES,
    include_in_schema=False,
    request_max_body_size=MOST_SENT,
)
async def add_appeal_file(request: AnyRequest, appeal_id: FromPath[UUID]) -> Response[str]:
    """One more file with a request that waits."""
    actor, form = signed_in(request), await read_form(request)
    async with services(request).database.transaction(actor.sight) as session:
        decision_id = (await appeal_row(session, appeal_id)).decision_id
    wrong = await _from_form(request, form, "appeal.attach", add_to_appeal, appeal_id=appeal_id)
    if wrong:
        return await decision_page(request, decision_id, form, wrong)
    return redirect(f"/decisions/{decision_id}?done=attached")


async def attachment_answer(request: AnyRequest, attachment_id: UUID) -> Response[bytes]:
    """The file as a download, never shown in the browser; the look at it is recorded before it goes out."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        one = await read_attachment(session, actor=actor, now=held.now(), attachment_id=attachment_id)
    content = await asyncio.to_thread(open_store(held.settings).read, one.digest)
    return Response(
        content,
        media_type=FileKind(one.file_kind).media_type,
        headers={
            "content-disposition": disposition(one.file_name),
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "no-store",
        },
    )


@get("/attachments/{attachment_id:uuid}", who=PARTIES, include_in_schema=False)
async def download_attachment(request: AnyRequest, attachment_id: FromPath[UUID]) -> Response[bytes]:
    return await attachment_answer(request, attachment_id)


ROUTES: list[Any] = [add_hearing_file, add_appeal_file, download_attachment]
