"""What a provider sees of the authority's oversight: inspections, and what it has to put right."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.providers.keeping.correcting import report_correction
from registry.providers.keeping.oversight_queries import (
    InspectionRow,
    corrective_of,
    correctives,
    inspections,
    told_to,
)
from registry.shared.database import see
from registry.shared.period import local_date
from web.forms import Form, read_form
from web.page import new_key, page, redirect
from web.pages.deciding import carry_out
from web.pages.providers_own import PROVIDER
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
LONGEST: Final = 4000
DONE: Final[dict[str, str]] = {"reported": N_("Sent. The authority looks at it.")}


@get("/provider/oversight", who=PROVIDER, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """Inspections that one is told of, and what is to be put right."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        to_do = await correctives(session)
        # an inspection that has not been announced is hidden from a provider's session altogether
        await see(session, replace(actor.sight, provider=None))
        found: list[InspectionRow] = await inspections(session, told_to(actor.provider_id))
    done = request.query_params.get("done", "")
    return page(
        request,
        "keeping/own_oversight.html",
        rows=found,
        correctives=to_do,
        today=local_date(held.now()),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


async def _page(request: AnyRequest, corrective_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await corrective_of(session, corrective_id)
    return page(
        request,
        "keeping/own_corrective.html",
        status=status,
        get_path=f"/provider/oversight/corrections/{corrective_id}",
        row=row,
        today=local_date(held.now()),
        form=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/provider/oversight/corrections/{corrective_id:uuid}", who=PROVIDER, include_in_schema=False)
async def show_corrective(request: AnyRequest, corrective_id: FromPath[UUID]) -> Response[str]:
    return await _page(request, corrective_id, Form())


@post("/provider/oversight/corrections/{corrective_id:uuid}", who=PROVIDER, include_in_schema=False)
async def report(request: AnyRequest, corrective_id: FromPath[UUID]) -> Response[str]:
    """Say what was done."""
    form = await read_form(request)
    values = {"corrective_id": corrective_id, "words": form.text("report", longest=LONGEST, lines=True)}
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "corrective.report", report_correction, values, body):
        return redirect("/provider/oversight?done=reported")
    return await _page(request, corrective_id, form, 409 if "" in form.errors else 422)


ROUTES: list[Any] = [show, show_corrective, report]
