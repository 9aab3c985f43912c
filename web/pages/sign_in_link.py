"""One-time sign-in links, `/sign-in/link#code`. The code stands behind the #, so that no log of a server or a proxy
keeps it: a script puts it into the form, and without scripts one copies it there. Only sending the form uses it up,
for programs that look at links before people do must not spend them."""

from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from litestar import Request, Response, get, post

from registry.people.commands import consume_rate_limit, use_sign_in_link
from registry.shared.errors import Refused
from web.cookies import session_cookie
from web.forms import Form, read_form
from web.navigation import HOMES
from web.page import page, redirect
from web.security import PUBLIC
from web.services import services

AnyRequest = Request[Any, Any, Any]
ATTEMPTS: Final = 20
WINDOW: Final = timedelta(minutes=10)


@get("/sign-in/link", who=PUBLIC, include_in_schema=False)
async def sign_in_link(request: AnyRequest) -> Response[str]:
    """The form that signs in."""
    return _form_page(request, Form())


def _form_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "people/sign_in_link.html",
        status=status,
        get_path="/sign-in/link",
        errors=form.errors,
    )


@post("/sign-in/link", who=PUBLIC, include_in_schema=False)
async def use_link(request: AnyRequest) -> Response[str]:
    held = services(request)
    form = await read_form(request)
    code = form.text("code", longest=100)
    if not form.ok:
        return _form_page(request, form, 422)
    async with held.database.transaction() as session:
        await consume_rate_limit(
            session, bucket=_bucket(request), limit=ATTEMPTS, window=WINDOW, now=held.now()
        )
    try:
        async with held.database.transaction() as session:
            token, role = await use_sign_in_link(
                session, secret=code, now=held.now(), hours=held.settings.session_hours
            )
    except Refused as error:
        form.fail("code", error.code)
        return _form_page(request, form, 409)
    return redirect(HOMES[role], cookies=[session_cookie(token, held.settings)])


def _bucket(request: AnyRequest) -> str:
    """Attempts are counted per address, of which only a hash is kept, and that for a day."""
    address = request.client.host if request.client else ""
    return f"sign_in_link:{sha256(address.encode()).hexdigest()[:32]}"


ROUTES: list[Any] = [sign_in_link, use_link]
