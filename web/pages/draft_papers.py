"""The papers that an application asks for, and the question whose answer decides on some of them."""

from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post

from registry.providers.drafts.commands import change_answers
from registry.providers.evidence.queries import own_papers
from registry.shared.errors import DomainError
from web.draft_words import DRAFT, kind_label, why
from web.errors import status_of
from web.forms import Form, read_form
from web.page import page, redirect
from web.pages.drafts import PROVIDER, flashes, read_draft
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


async def _asked_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    state = await read_draft(request)
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await own_papers(session, provider_id=actor.provider_id)
    newest = {row.kind: row for row in reversed(rows)}
    return page(
        request,
        "applying/asked.html",
        status=status,
        get_path=f"{DRAFT}/papers",
        state=state,
        asked=[
            (
                one.kind,
                kind_label(one.kind),
                newest.get(one.kind),
                why(state.situation.papers_lacking.get(one.kind)),
                one.max_age_months,
            )
            for one in state.asked
        ],
        form=form,
        errors=form.errors,
        flashes=flashes(request),
    )


@get("/provider/offer/draft/papers", who=PROVIDER, include_in_schema=False)
async def asked_papers(request: AnyRequest) -> Response[str]:
    """The papers that this application asks for: no others."""
    form, state = Form(), await read_draft(request)
    said = state.answers.employer
    form.set("employer", "" if said is None else "yes" if said else "no")
    return await _asked_page(request, form)


@post("/provider/offer/draft/papers", who=PROVIDER, include_in_schema=False)
async def say_employer(request: AnyRequest) -> Response[str]:
    """Whether there are employees, where the company register does not say."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    employer = form.choice("employer", ("yes", "no")) == "yes"
    if not form.ok:
        return await _asked_page(request, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await change_answers(
                session,
                actor=actor,
                now=held.now(),
                change=lambda answers: replace(answers, employer=employer),
            )
    except DomainError as error:
        form.blame(error)
        return await _asked_page(request, form, status_of(error))
    return redirect(f"{DRAFT}/papers?done=saved")


ROUTES: list[Any] = [asked_papers, say_employer]
