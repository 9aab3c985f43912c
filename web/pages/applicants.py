"""What a register officer sees of an applicant beside the offer, and notes of its papers and its account."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.evidence.applicant import applicant_of
from registry.providers.evidence.commands import check_evidence
from registry.providers.evidence.rules import VERDICTS
from registry.shared.actor import Role
from registry.shared.errors import DomainError, NotFound
from registry.shared.period import local_date
from web.draft_answers import insurance_text, site_text
from web.draft_words import kind_label, reason_text
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.organisations import FORM_TEXTS, register_lines, stated_lines
from web.services import services, signed_in
from web.translations import N_, format_date, gettext
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})

CONCERNS: Final[dict[str, str]] = {
    "company.bankruptcy": N_("Bankruptcy"),
    "company.liquidation": N_("Liquidation"),
    "company.restructuring": N_("Restructuring"),
    "company.other": N_("Another special situation"),
    "company.ceased": N_("The company has ceased"),
    "company.situations_unclear": N_("The register does not say whether there are special situations"),
    "company.prepayment_not_in_force": N_("Not in the prepayment register"),
    "company.prepayment_unclear": N_("The register does not say whether it is in the prepayment register"),
}
DONE: Final[dict[str, str]] = {
    "checked": N_("What you found of the paper was noted."),
    "decided": N_("The bank account was decided on."),
}


async def _check_page(
    request: AnyRequest, application_id: UUID, paper_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await applicant_of(session, application_id=application_id, on=local_date(held.now()))
    paper = next((one for one in found.papers if one.id == paper_id), None)
    if paper is None:
        raise NotFound("evidence.unknown")
    back = f"/applications/{application_id}/papers"
    return page(
        request,
        "applying/paper_check.html",
        status=status,
        get_path=f"{back}/{paper_id}",
        back=back,
        applicant=found,
        paper=paper,
        label=kind_label(paper.kind),
        form=form,
        errors=form.errors,
        key=new_key(),
    )


async def _page(request: AnyRequest, application_id: UUID) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await applicant_of(session, application_id=application_id, on=local_date(held.now()))
    known, said = found.known, found.details
    done = request.query_params.get("done", "")
    insured = said.get("insurance")
    return page(
        request,
        "applying/applicant.html",
        applicant=found,
        papers=[(paper, kind_label(paper.kind)) for paper in found.papers],
        missing=[kind_label(kind) for kind in found.papers_missing],
        concerns=[gettext(CONCERNS[code]) for code in found.concerns if code in CONCERNS],
        why_unknown=reason_text(known.reason) if known and known.outcome == "unreachable" else "",
        form_text=gettext(FORM_TEXTS.get(found.form, N_("Not known"))),
        lines=register_lines(known) or stated_lines(known),
        languages_text=languages_text,
        site_texts=[site_text(site) for site in found.sites],
        insurance=insurance_text(
            insured["insurer"],
            insured["sum_cents"],
            format_date(date.fromisoformat(insured["valid_until"])),
        )
        if insured
        else "",
        price_start=date.fromisoformat(said["price_start"]) if said.get("price_start") else None,
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/applications/{application_id:uuid}/papers", who=OFFICER, include_in_schema=False)
async def show_applicant(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    return await _page(request, application_id)


@get("/applications/{application_id:uuid}/papers/{paper_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_check(
    request: AnyRequest, application_id: FromPath[UUID], paper_id: FromPath[UUID]
) -> Response[str]:
    return await _check_page(request, application_id, paper_id, Form())


@post("/applications/{application_id:uuid}/papers/{paper_id:uuid}", who=OFFICER, include_in_schema=False)
async def note_check(
    request: AnyRequest, application_id: FromPath[UUID], paper_id: FromPath[UUID]
) -> Response[str]:
    """Note that one has looked at a paper, and what one found."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    verdict = form.choice("verdict", VERDICTS)
    note = form.text("note", longest=1000, required=verdict == "not_accepted")
    key = form.key()
    if not form.ok:
        return await _check_page(request, application_id, paper_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        made = await check_evidence(
            session, actor=actor, now=held.now(), paper_id=paper_id, verdict=verdict, note=note
        )
        return {"id": str(made)}

    try:
        await once(
            request,
            operation="evidence.check",
            key=key,
            body={"paper": str(paper_id), "verdict": verdict, "note": note},
            run=run,
        )
    except DomainError as error:
        form.blame(error)
        return await _check_page(request, application_id, paper_id, form, status_of(error))
    return redirect(f"/applications/{application_id}/papers?done=checked")


ROUTES: list[Any] = [show_applicant, show_check, note_check]
