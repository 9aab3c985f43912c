"""Feedback about the service, from anyone."""

from typing import Any

from litestar import Request, Response, get, post

from registry.messages.feedback import receive_feedback
from web.forms import Form, read_form
from web.page import page, redirect
from web.security import PUBLIC
from web.services import services
from web.translations import current_language

AnyRequest = Request[Any, Any, Any]
FIELDS = ("message", "email")


def _form_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    values = {name: form.value(name) for name in FIELDS}
    return page(
        request, "site/feedback.html", status=status, get_path="/feedback", values=values, errors=form.errors
    )


@get("/feedback", who=PUBLIC, include_in_schema=False)
async def feedback(request: AnyRequest) -> Response[str]:
    return _form_page(request, Form())


@post("/feedback", who=PUBLIC, include_in_schema=False)
async def send_feedback(request: AnyRequest) -> Response[str]:
    """Keep the message; what was typed comes back when something is wrong with it."""
    form = await read_form(request)
    message = form.text("message", longest=4000, lines=True)
    email = form.text("email", longest=254, required=False)
    if email and ("@" not in email.strip("@") or " " in email):
        form.fail("email", "field.invalid")
    if not form.ok:
        return _form_page(request, form, 422)
    held = services(request)
    async with held.database.transaction() as session:
        await receive_feedback(
            session, now=held.now(), message=message, email=email or None, language=current_language.get()
        )
    return redirect("/feedback/sent")


@get("/feedback/sent", who=PUBLIC, include_in_schema=False)
async def feedback_sent(request: AnyRequest) -> Response[str]:
    return page(request, "site/feedback_sent.html")


ROUTES: list[Any] = [feedback, send_feedback, feedback_sent]
