"""The administrator's way to a client's guardians: the client is found by identity code, and the reason is said."""

from typing import Any, Final

from litestar import Request, Response, get, post

from registry.people.commands import log_read
from registry.people.queries import client_with_identity
from registry.people.rules import STATED
from registry.shared.errors import Invalid
from web.forms import Form, read_form
from web.page import page, redirect
from web.pages.people import ADMINISTRATORS
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
PATH: Final = "/admin/guardians"
KINDS: Final = ("person", "company")


def _page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request, "people/guardians.html", status=status, get_path=PATH, filled=form, errors=form.errors
    )


@get(PATH, who=ADMINISTRATORS, include_in_schema=False)
async def find_form(request: AnyRequest) -> Response[str]:
    """Whose guardians, and why. An administrator has no clients, so nobody is listed."""
    return _page(request, Form())


@post(PATH, who=ADMINISTRATORS, include_in_schema=False)
async def find(request: AnyRequest) -> Response[str]:
    """Go to the client's guardians. A POST, so that no log of addresses keeps the code; the client reads the reason."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    kind, identity = form.choice("kind", KINDS), form.text("identity", longest=20)
    reason = form.text("reason", longest=180)
    if not form.ok:
        return _page(request, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            found = await client_with_identity(
                session,
                keys=held.keys,
                organiser_id=actor.organiser_id,
                kind=kind,
                identity=identity,
                fictional=held.settings.demo,
            )
            if found is not None:
                log_read(
                    session,
                    actor=actor,
                    now=held.now(),
                    client_id=found,
                    organiser_id=actor.organiser_id,
                    what="search",
                    reason=f"{STATED}{reason}",
                )
    except Invalid as error:
        form.blame(error)
        return _page(request, form, 422)
    if found is None:
        form.fail("identity", "client.unknown")
        return _page(request, form, 404)
    return redirect(f"/clients/{found}/guardians")


ROUTES: list[Any] = [find_form, find]
