"""One application before the officer: all that is decided on, and the ways on from here."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.commands import ask_for_information
from registry.providers.company_register.lookups import facts_behind
from registry.providers.decisions.sheet import decision_sheet
from registry.providers.queries import application_detail
from registry.providers.rules import LONGEST_TEXT
from registry.shared.actor import Role
from registry.shared.errors import DomainError
from registry.shared.period import local_date
from web.decision_words import GROUNDS, MARKS, NOTICE, options
from web.draft_words import unverified_text
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.providers import names_of
from web.pages.providers_offers import summary
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})

DONE: Final[dict[str, str]] = {
    "approved": N_("The application was approved. The provider is in the register and has been told."),
    "rejected": N_("The application was rejected. The provider has been told."),
    "asked": N_("Your question was sent. The application waits for the answer."),
    "declared": N_("What you declared was recorded."),
    "checklist": N_("The checklist was saved."),
    "heard": N_(
        "The applicant is being heard. The application waits for the answer, or for its time to pass."
    ),
}


async def application_page(
    request: AnyRequest, application_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    """The page, also with a form that came back."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await application_detail(session, application_id)
        known = await facts_behind(session, provider_id=found.provider.id)
        sheet = await decision_sheet(session, actor=actor, application_id=application_id, now=held.now())
    if form is None:
        form = Form()
        form.set("legal_basis", "\n".join(sheet.basis))
    today = local_date(held.now())
    done = request.query_params.get("done", "")
    return page(
        request,
        "providers/application.html",
        status=status,
        get_path=f"/applications/{application_id}",
        application=found,
        sheet=sheet,
        unverified=unverified_text(known),
        days=(today - local_date(found.submitted_at)).days if found.submitted_at else 0,
        today=today,
        place_names=names_of(found.offer.municipality_codes, found.municipalities),
        languages_text=languages_text,
        marks=dict(options(MARKS)),
        grounds=options(GROUNDS),
        ground_text=lambda code: gettext(GROUNDS[code]),
        notices=options(NOTICE),
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        key=new_key(),
        longest=LONGEST_TEXT,
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/applications/{application_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_application(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    return await application_page(request, application_id)


@post("/applications/{application_id:uuid}/ask", who=OFFICER, include_in_schema=False)
async def ask(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    """Ask the applicant for more."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    said = form.text("question", longest=LONGEST_TEXT, lines=True)
    key = form.key()
    if not form.ok:
        return await application_page(request, application_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await ask_for_information(
            session, actor=actor, now=held.now(), application_id=application_id, text=said
        )
        return {"id": str(application_id)}

    body = {"application": str(application_id), "text": said}
    try:
        await once(request, operation="application.ask", key=key, body=body, run=run)
    except DomainError as error:
        form.blame(error)
        return await application_page(request, application_id, form, 409)
    return redirect(f"/applications/{application_id}?done=asked")


ROUTES: list[Any] = [show_application, ask]
