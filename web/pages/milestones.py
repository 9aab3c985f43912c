"""Pay by result: the provider claims a milestone with evidence, and its confirmer says whether it was reached."""

import asyncio
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.providers.files.rules import shown_name
from registry.providers.files.store import open_store
from registry.quality.results import decide_result
from registry.shared.actor import Role
from registry.shared.errors import ACCEPTED, Forbidden, Invalid, NotFound, Refused
from registry.shared.identifiers import grouped
from registry.shared.period import local_date
from registry.vouchers.queries import client_names, voucher_view
from registry.vouchers.queries.presented import PresentedVoucher, presented_voucher
from registry.vouchers.reading import reason_to_read
from registry.vouchers.results.commands import EvidenceFile, claim_milestone
from registry.vouchers.results.queries import MilestoneRow, claim_of, milestone_rows
from registry.vouchers.results.rules import LONGEST_WORDS, REFUSAL_REASONS, ClaimState, may_confirm
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.kind_views import kind_facts
from web.kind_words import CLAIM_REASON_TEXTS, CLAIM_TEXTS, CONFIRMER_TEXTS, MILESTONE_TEXTS, options
from web.page import new_key, page, redirect
from web.pages.clients import why_page
from web.pages.evidence import MOST_SENT, entered, keep_file
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
DECIDERS: Final = frozenset({Role.CLIENT, Role.CASE_WORKER})
READERS: Final = DECIDERS | PROVIDER
DONE: Final = {"claimed": N_("The claim was sent. You get a message when it has been decided.")}


# --- the provider -----------------------------------------------------------------------------------------------------


async def _held(request: AnyRequest, presentation_id: UUID) -> tuple[PresentedVoucher, list[MilestoneRow]]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await presented_voucher(session, actor=actor, presentation_id=presentation_id)
        rows = await milestone_rows(session, voucher_id=voucher.voucher_id)
    if not rows:
        raise NotFound("milestone.unknown")
    return voucher, rows


async def _claim_page(
    request: AnyRequest, presentation_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    voucher, rows = await _held(request, presentation_id)
    open_ones = [row for row in rows if row.open]
    return page(
        request,
        "redemption/milestones.html",
        status=status,
        get_path=f"/provider/vouchers/{presentation_id}/results",
        voucher=voucher,
        number=grouped(voucher.number),
        service=voucher.service[current_language.get()],
        milestones=rows,
        kind=kind_facts(rows, None, decides=False),
        aid_id=None,
        choices=[(row.code, gettext(MILESTONE_TEXTS[row.code])) for row in open_ones]
        if voucher.ended_at is None and voucher.state in ("chosen", "in_use")
        else [],
        today=local_date(services(request).now()),
        longest=LONGEST_WORDS,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/provider/vouchers/{presentation_id:uuid}/results", who=PROVIDER, include_in_schema=False)
async def results(
    request: AnyRequest, presentation_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """The milestones of the voucher, and a form for the next one."""
    return await _claim_page(request, presentation_id, Form(), done=done)


@post(
    "/provider/vouchers/{presentation_id:uuid}/results",
    who=PROVIDER,
    include_in_schema=False,
    request_max_body_size=MOST_SENT,
)
async def claim(request: AnyRequest, presentation_id: FromPath[UUID]) -> Response[str]:
    """Claim a milestone, with words, a file or both."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    _, rows = await _held(request, presentation_id)
    milestone = form.choice("milestone", tuple(row.code for row in rows))
    reached_on = form.day("reached_on")
    words = form.text("words", longest=LONGEST_WORDS, lines=True, required=False)
    if not form.ok or reached_on is None:
        return await _claim_page(request, presentation_id, form, 422)
    upload = form.files.get("file")
    try:
        stored = await keep_file(held.settings, upload) if upload is not None and upload.filename else None
    except Refused as error:
        form.fail("file", error.code, **error.facts)
        return await _claim_page(request, presentation_id, form, status_of(error))
    file = (
        EvidenceFile(stored.digest, shown_name(upload.filename, stored.kind)) if stored and upload else None
    )

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await claim_milestone(
            session,
            actor=actor,
            now=held.now(),
            presentation_id=presentation_id,
            milestone=milestone,
            reached_on=reached_on,
            words=words,
            file=file,
        )
        return {"claim": str(made)}

    body = {
        "presentation": str(presentation_id), "milestone": milestone, "reached_on": reached_on.isoformat(),
        "words": words, "file": file.digest if file else None,
    }  # fmt: skip
    try:
        key = form.key()

        async def enter() -> Answer:
            return await once(request, operation="milestone.claim", key=key, body=body, run=run)

        await (entered(held, upload, stored, enter) if stored and upload else enter())
    except (Refused, Invalid) as error:
        field = {"milestone.file_missing": "file", "milestone.evidence_missing": "words"}.get(error.code)
        if field:
            form.fail(field, error.code, **error.facts)
        else:
            form.blame(error)
        return await _claim_page(request, presentation_id, form, status_of(error))
    return redirect(f"/provider/vouchers/{presentation_id}/results?done=claimed")


# --- the confirmer ----------------------------------------------------------------------------------------------------


async def _decide_page(request: AnyRequest, claim_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        one, provider = await claim_of(session, claim_id=claim_id)
        view = await voucher_view(session, voucher_id=one.voucher_id)
        reason = await reason_to_read(
            session, actor=actor, now=held.now(), client_id=view.client_id, case_worker_id=view.case_worker_id
        )
        if reason is not None:
            log_read(
                session, actor=actor, now=held.now(), client_id=view.client_id,
                organiser_id=view.organiser_id, what="voucher", reason=reason,
            )  # fmt: skip
        names = await client_names(session, {view.client_id}) if actor.role is Role.CASE_WORKER else {}
    if reason is None:
        return why_page(request, view.client_id, f"/milestones/{claim_id}")
    confirmer = "staff" if one.state == ClaimState.HELD else one.confirmer
    allowed = may_confirm(confirmer, actor, own_claim=False, waited=held.now() - one.claimed_at)
    may = one.state in (ClaimState.CLAIMED, ClaimState.HELD) and allowed is ACCEPTED
    return page(
        request,
        "vouchers/milestone.html",
        status=status,
        get_path=f"/milestones/{claim_id}",
        claim=one,
        provider=provider,
        view=view,
        client_name=names.get(view.client_id),
        service=view.service[current_language.get()],
        what=gettext(MILESTONE_TEXTS[one.milestone]),
        confirmer=gettext(CONFIRMER_TEXTS[one.confirmer]),
        standing=gettext(CLAIM_TEXTS[one.state]),
        why=gettext(CLAIM_REASON_TEXTS[one.reason]) if one.reason else None,
        may_decide=may,
        reasons=options(CLAIM_REASON_TEXTS, REFUSAL_REASONS),
        holder=actor.role is Role.CLIENT,
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/milestones/{claim_id:uuid}", who=DECIDERS, include_in_schema=False)
async def milestone(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str]:
    """What the provider claims, on what evidence, and one question about it."""
    return await _decide_page(request, claim_id, Form())


@post("/milestones/{claim_id:uuid}", who=DECIDERS, include_in_schema=False)
async def decide(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str]:
    """Reached, or not and why."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    reached = form.choice("reached", ("yes", "no"))
    reason = form.choice("reason", REFUSAL_REASONS) if reached == "no" else ""
    if not form.ok:
        return await _decide_page(request, claim_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        one, _ = await claim_of(session, claim_id=claim_id)
        await decide_result(
            session, actor=actor, now=held.now(), claim_id=claim_id, reached=reached == "yes", reason=reason or None
        )  # fmt: skip
        return {"voucher": str(one.voucher_id)}

    body = {"claim": str(claim_id), "reached": reached, "reason": reason}
    try:
        done = await once(request, operation="milestone.decide", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _decide_page(request, claim_id, form, status_of(error))
    return redirect(f"/vouchers/{done['voucher']}?done=milestone_decided")


@get("/milestones/{claim_id:uuid}/file", who=READERS, include_in_schema=False)
async def evidence_file(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[bytes]:
    """The evidence, as a download."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        one, _ = await claim_of(session, claim_id=claim_id)
        if actor.role is not Role.PROVIDER_USER:
            view = await voucher_view(session, voucher_id=one.voucher_id)
            reason = await reason_to_read(
                session, actor=actor, now=held.now(), client_id=view.client_id, case_worker_id=view.case_worker_id
            )  # fmt: skip
            if reason is None:
                raise Forbidden("client.reason_missing")
            log_read(
                session, actor=actor, now=held.now(), client_id=view.client_id,
                organiser_id=view.organiser_id, what="evidence", reason=reason,
            )  # fmt: skip
    if one.file_digest is None or one.file_name is None:
        raise NotFound("milestone.unknown")
    digest = one.file_digest
    content = await asyncio.to_thread(lambda: open_store(held.settings).read(digest))
    name = quote(one.file_name)
    return Response(
        content,
        media_type="application/octet-stream",
        headers={
            "content-disposition": f"attachment; filename*=UTF-8''{name}",
            "x-content-type-options": "nosniff",
        },
    )


ROUTES: list[Any] = [results, claim, milestone, decide, evidence_file]
