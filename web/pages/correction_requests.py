"""An error in a decision: the provider asks that it is put right, and the officer who does not correct it says why."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import FromPath

from registry.providers.decisions.corrections.requests import LONGEST, ask_for_correction, refuse_correction
from web.forms import read_form
from web.page import redirect
from web.pages.application_desk import OFFICER
from web.pages.corrections import shown_again
from web.pages.deciding import carry_out
from web.pages.decisions import PROVIDER, decision_page

AnyRequest = Request[Any, Any, Any]


@post("/decisions/{decision_id:uuid}/correction-request", who=PROVIDER, include_in_schema=False)
async def ask(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    """What is wrong, in the provider's own words."""
    form = await read_form(request)
    values = {"decision_id": decision_id, "words": form.text("error_words", longest=LONGEST, lines=True)}
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "correction.ask", ask_for_correction, values, body):
        return redirect(f"/decisions/{decision_id}?done=error_told")
    return await decision_page(request, decision_id, form, 409 if "" in form.errors else 422)


@post("/decisions/{decision_id:uuid}/correction/refusal", who=OFFICER, include_in_schema=False)
async def refuse(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    """The decision stays as it is, for these reasons."""
    form = await read_form(request)
    values = {"decision_id": decision_id, "reasons": form.text("refusal", longest=LONGEST, lines=True)}
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "correction.refuse", refuse_correction, values, body):
        return redirect(f"/decisions/{decision_id}?done=error_answered")
    return await shown_again(request, decision_id, form)


ROUTES: list[Any] = [ask, refuse]
