"""What a court has told of a decision, as the officer records it."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import FromPath

from registry.providers.decisions.court.commands import LONGEST, enter_court_appeal, settle_court_appeal
from registry.providers.decisions.court.rules import SETTLED, CourtState
from web.forms import read_form
from web.page import redirect
from web.pages.application_desk import OFFICER
from web.pages.deciding import carry_out
from web.pages.decisions import decision_page

AnyRequest = Request[Any, Any, Any]


@post("/decisions/{decision_id:uuid}/court", who=OFFICER, include_in_schema=False)
async def enter(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    """An appeal is before a court."""
    form = await read_form(request)
    values = {
        "decision_id": decision_id,
        "court": form.text("court"),
        "docket": form.text("docket", longest=100),
        "filed_on": form.day("filed_on"),
    }
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "court.enter", enter_court_appeal, values, body):
        return redirect(f"/decisions/{decision_id}?done=court_entered")
    return await decision_page(request, decision_id, form, 409 if "" in form.errors else 422)


@post("/decisions/{decision_id:uuid}/court/{court_appeal_id:uuid}", who=OFFICER, include_in_schema=False)
async def settle(
    request: AnyRequest, decision_id: FromPath[UUID], court_appeal_id: FromPath[UUID]
) -> Response[str]:
    """How it ended."""
    form = await read_form(request)
    outcome = form.choice("outcome", [str(state) for state in SETTLED])
    values = {
        "court_appeal_id": court_appeal_id,
        "outcome": CourtState(outcome) if outcome else None,
        "ruled_on": form.day("ruled_on"),
        "ruling": form.text("ruling", longest=LONGEST, lines=True),
    }
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "court.settle", settle_court_appeal, values, body):
        return redirect(f"/decisions/{decision_id}?done=court_settled")
    return await decision_page(request, decision_id, form, 409 if "" in form.errors else 422)


ROUTES: list[Any] = [enter, settle]
