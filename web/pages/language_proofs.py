"""A register officer says which of a provider's languages are proved."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.providers.commands.language_proofs import verify_languages
from registry.providers.queries import AdmissionRow, admission_of
from registry.shared.actor import Role
from registry.shared.errors import DomainError
from web.forms import Form, read_form
from web.page import page, redirect
from web.services import services, signed_in
from web.words import language_label

AnyRequest = Request[Any, Any, Any]
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})


async def _page(request: AnyRequest, row: AdmissionRow, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "providers/language_proofs.html",
        status=status,
        get_path=f"/applications/register/{row.id}/languages",
        row=row,
        form=form,
        errors=form.errors,
        options=[(code, language_label(code)) for code in row.languages],
    )


@get("/applications/register/{admission_id:uuid}/languages", who=OFFICER, include_in_schema=False)
async def show_language_proofs(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, organiser_id=actor.organiser_id, admission_id=admission_id)
    form = Form()
    form.set_all("languages", row.languages_verified)
    return await _page(request, row, form)


@post("/applications/register/{admission_id:uuid}/languages", who=OFFICER, include_in_schema=False)
async def set_language_proofs(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, organiser_id=actor.organiser_id, admission_id=admission_id)
    form = await read_form(request)
    languages = form.choices("languages", row.languages)
    try:
        if form.ok:
            async with held.database.transaction(actor.sight) as session:
                await verify_languages(
                    session, actor=actor, now=held.now(), admission_id=admission_id, languages=languages
                )
    except DomainError as error:
        form.blame(error)
    if not form.ok:
        return await _page(request, row, form, 422)
    return redirect(f"/applications/register/{admission_id}")


ROUTES: list[Any] = [show_language_proofs, set_language_proofs]
