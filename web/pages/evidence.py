"""A provider's papers: uploaded, looked at, taken back, and handed out as downloads to those who may see them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.rules import EvidenceKind
from registry.catalogue.queries import organisers
from registry.erasing.unused import drop_unused, is_kept
from registry.providers.evidence.commands import (
    NewPaper,
    add_paper,
    check_paper,
    read_paper,
    withdraw_paper,
)
from registry.providers.evidence.queries import own_papers
from registry.providers.evidence.sharing import show_paper
from registry.providers.files.rules import FileKind
from registry.providers.files.store import StoredFile, open_store
from registry.providers.keeping.counting import counts_until
from registry.shared.actor import Actor, Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.period import local_date
from registry.shared.settings import Settings
from web.draft_words import DRAFT, kind_label
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.drafts import PROVIDER, flashes
from web.services import Services, services, signed_in
from web.translations import current_language

AnyRequest = Request[Any, Any, Any]
READERS: Final = PROVIDER | {Role.REGISTER_OFFICER}
MOST_SENT: Final = 32 * 1024 * 1024
"""Bytes of a form with a file. More than a file may have, so that one that is somewhat too large is told so on its own
page, filled in again; what is larger still is cut off while it arrives."""
CHUNK: Final = 256 * 1024
KINDS: Final = {kind.value: kind for kind in EvidenceKind}


# --- in ---------------------------------------------------------------------------------------------------------------


async def keep_file(settings: Settings, upload: UploadFile) -> StoredFile:
    """Put what was sent into the store, piece by piece and off the loop. Raises Refused(file.*)."""

    def put() -> StoredFile:
        upload.file.seek(0)
        return open_store(settings).put(iter(lambda: upload.file.read(CHUNK), b""))

    return await asyncio.to_thread(put)


async def entered(
    held: Services, upload: UploadFile, stored: StoredFile, enter: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Enter what the stored file is for. Where that is refused the file goes again, unless another row names it: bytes
    that nobody has a right to keep are not kept."""
    store = open_store(held.settings)
    try:
        made = await enter()
    except Exception:
        await drop_unused(held.database, store, stored.digest)
        raise
    if not await is_kept(held.database, store, stored.digest):
        await keep_file(held.settings, upload)
    return made


async def receive_paper(
    request: AnyRequest, held: Services, actor: Actor, *, key: str, paper: NewPaper, upload: UploadFile
) -> UUID:
    """Check what is said of the paper, keep its file, enter it. Sent again with its key, it is entered once."""
    async with held.database.transaction(actor.sight) as session:
        await check_paper(session, actor=actor, now=held.now(), paper=paper)
    stored = await keep_file(held.settings, upload)

    async def run(session: AsyncSession) -> Answer:
        made = await add_paper(
            session, actor=actor, now=held.now(), paper=paper, stored=stored, file_name=upload.filename
        )
        return {"id": str(made)}

    body = {
        "kind": paper.kind,
        "issued_on": paper.issued_on.isoformat(),
        "valid_until": paper.valid_until.isoformat() if paper.valid_until else None,
        "digest": stored.digest,
    }
    done = await entered(
        held,
        upload,
        stored,
        lambda: once(request, operation="evidence.add", key=key, body=body, run=run),
    )
    return UUID(done["id"])


def _kind(name: str) -> str:
    if name not in KINDS:
        raise NotFound("request.not_found")
    return name


def _after(request: AnyRequest) -> str:
    """Where one came from: an application, or the list of papers."""
    return f"{DRAFT}/papers" if request.query_params.get("for") == "application" else "/provider/offer/papers"


async def _upload_page(request: AnyRequest, kind: str, form: Form, status: int = 200) -> Response[str]:
    back = _after(request)
    query = "?for=application" if back.startswith(DRAFT) else ""
    return page(
        request,
        "applying/upload.html",
        status=status,
        get_path=f"/provider/offer/papers/new/{kind}{query}",
        action=f"/provider/offer/papers/new/{kind}{query}",
        back=back,
        kind=kind,
        title=kind_label(kind),
        ends=kind in (EvidenceKind.LIABILITY_INSURANCE, EvidenceKind.ACCIDENT_INSURANCE),
        form=form,
        errors=form.errors,
        key=new_key(),
        today=local_date(services(request).now()).isoformat(),
    )


@get("/provider/offer/papers/new/{kind:str}", who=PROVIDER, include_in_schema=False)
async def new_paper(request: AnyRequest, kind: FromPath[str]) -> Response[str]:
    return await _upload_page(request, _kind(kind), Form())


@post(
    "/provider/offer/papers/new/{kind:str}",
    who=PROVIDER,
    include_in_schema=False,
    request_max_body_size=MOST_SENT,
)
async def upload_paper(request: AnyRequest, kind: FromPath[str]) -> Response[str]:
    """Take the file, or say on its field why not; the rest of the form comes back as it was."""
    held, actor = services(request), signed_in(request)
    wanted, form = _kind(kind), await read_form(request)
    upload = form.files.get("file")
    issued, until = form.day("issued_on"), form.day("valid_until", required=False)
    key = form.key()
    if upload is None or not upload.filename:
        form.fail("file", "field.required")
    if not form.ok or upload is None or issued is None:
        return await _upload_page(request, wanted, form, 422)
    try:
        paper = NewPaper(wanted, issued, until)
        await receive_paper(request, held, actor, key=key, paper=paper, upload=upload)
    except Refused as refused:
        if not refused.code.startswith("file."):
            raise
        form.fail("file", refused.code, **refused.facts)
        status = 413 if refused.code == "file.too_large" else 422
        return await _upload_page(request, wanted, form, status)
    except Invalid as error:
        form.blame(error)
        return await _upload_page(request, wanted, form, 422)
    return redirect(f"{_after(request)}?done=uploaded")


# --- the lists --------------------------------------------------------------------------------------------------------


async def _papers_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    lang = current_language.get()
    async with held.database.transaction(actor.sight) as session:
        rows = await own_papers(session, provider_id=actor.provider_id)
        until = await counts_until(session, provider_id=actor.provider_id)
        known = {row.id: row.names[lang] for row in await organisers(session)}
    dealt_with = {one: known[one] for one in actor.sight.organisers if one in known}
    return page(
        request,
        "applying/papers.html",
        status=status,
        get_path="/provider/offer/papers",
        papers=[
            (
                row,
                kind_label(row.kind),
                {
                    one: name
                    for one, name in dealt_with.items()
                    if one not in {share.organiser_id for share in row.shares}
                },
            )
            for row in rows
        ],
        until=until,
        kinds=[(kind, kind_label(kind)) for kind in KINDS],
        errors=form.errors,
        flashes=flashes(request),
    )


@get("/provider/offer/papers", who=PROVIDER, include_in_schema=False)
async def list_papers(request: AnyRequest) -> Response[str]:
    """All papers of the organisation, whom they were shown to, and what came of it."""
    return await _papers_page(request, Form())


@post("/provider/offer/papers/{paper_id:uuid}/show", who=PROVIDER, include_in_schema=False)
async def show(request: AnyRequest, paper_id: FromPath[UUID]) -> Response[str]:
    """Show a paper to one more authority."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    organiser_id = form.identifier("organiser")
    if organiser_id is None:
        raise NotFound("evidence.unknown")
    try:
        async with held.database.transaction(actor.sight) as session:
            await show_paper(
                session, actor=actor, now=held.now(), paper_id=paper_id, organiser_id=organiser_id
            )
    except Refused as refused:
        form.blame(refused)
        return await _papers_page(request, form, 409)
    return redirect("/provider/offer/papers?done=shown")


@post("/provider/offer/papers/{paper_id:uuid}/withdraw", who=PROVIDER, include_in_schema=False)
async def take_back(request: AnyRequest, paper_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        await withdraw_paper(session, actor=actor, now=held.now(), paper_id=paper_id)
    return redirect("/provider/offer/papers?done=withdrawn")


# --- out --------------------------------------------------------------------------------------------------------------


async def file_answer(request: AnyRequest, paper_id: UUID) -> Response[bytes]:
    """The file as a download, never shown in the browser; the look at it is recorded before it goes out."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        paper = await read_paper(session, actor=actor, now=held.now(), paper_id=paper_id)
    content = await asyncio.to_thread(open_store(held.settings).read, paper.digest)
    return Response(
        content,
        media_type=FileKind(paper.file_kind).media_type,
        headers={
            "content-disposition": disposition(paper.file_name),
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "no-store",
        },
    )


def disposition(name: str) -> str:
    """RFC 6266: the name in plain letters for old readers, and whole for the others."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@get("/evidence/{paper_id:uuid}", who=READERS, include_in_schema=False)
async def download_paper(request: AnyRequest, paper_id: FromPath[UUID]) -> Response[bytes]:
    return await file_answer(request, paper_id)


ROUTES: list[Any] = [
    new_paper,
    upload_paper,
    list_papers,
    show,
    take_back,
    download_paper,
]
