"""Who acts for a provider: its office adds colleagues and says what each may do."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands.colleagues import (
    add_colleague,
    change_duty,
    colleague_sign_in_link,
    colleagues_of,
    end_colleague,
)
from registry.people.rules import DUTIES
from registry.shared.errors import DomainError
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.drafts import PROVIDER
from web.services import services, signed_in
from web.translations import LANGUAGES, N_, gettext
from web.words import language_label

AnyRequest = Request[Any, Any, Any]
HERE: Final = "/provider/offer/people"
LINK_HOURS: Final = 24
DUTY_TEXTS: Final[dict[str, str]] = {"office": N_("Office"), "coach": N_("Coach")}
DUTY_HINTS: Final[dict[str, str]] = {
    "office": N_("applies, changes prices, papers and the bank account, and adds people"),
    "coach": N_("meets clients and records visits, and nothing else"),
}
DONE: Final[dict[str, str]] = {
    "added": N_("The person was added. Make a sign-in link and hand it over in person."),
    "changed": N_("What the person may do was changed."),
    "ended": N_("The person no longer acts for the organisation."),
}


async def _page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        people = await colleagues_of(session, provider_id=actor.provider_id)
    done = request.query_params.get("done", "")
    return page(
        request,
        "applying/people.html",
        status=status,
        get_path=HERE,
        people=[(one, gettext(DUTY_TEXTS[one.duty]), new_key()) for one in people],
        own_id=actor.id,
        duty_options=[(duty, gettext(DUTY_TEXTS[duty]), gettext(DUTY_HINTS[duty])) for duty in DUTIES],
        languages=[(code, language_label(code)) for code in LANGUAGES],
        form=form,
        errors=form.errors,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get(HERE, who=PROVIDER, include_in_schema=False)
async def show_people(request: AnyRequest) -> Response[str]:
    return await _page(request, Form())


@post(HERE, who=PROVIDER, include_in_schema=False)
async def add(request: AnyRequest) -> Response[str]:
    """Add a colleague."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    body = {
        "name": form.text("name", longest=100),
        "email": form.text("email", longest=254),
        "duty": form.choice("duty", DUTIES),
        "language": form.choice("language", LANGUAGES),
    }
    key = form.key()
    if not form.ok:
        return await _page(request, form, 422)

    async def run(session: AsyncSession) -> Answer:
        return {"id": str(await add_colleague(session, actor=actor, now=held.now(), **body))}

    try:
        await once(request, operation="colleague.add", key=key, body=body, run=run)
    except DomainError as error:
        form.blame(error)
        return await _page(request, form, status_of(error))
    return redirect(f"{HERE}?done=added")


@post("/provider/offer/people/{grant_id:uuid}/{duty:str}", who=PROVIDER, include_in_schema=False)
async def set_duty(request: AnyRequest, grant_id: FromPath[UUID], duty: FromPath[str]) -> Response[str]:
    """Office, coach, or no part in it any more."""
    held, actor = services(request), signed_in(request)
    form = Form()
    try:
        async with held.database.transaction(actor.sight) as session:
            if duty == "end":
                await end_colleague(session, actor=actor, now=held.now(), role_grant_id=grant_id)
            else:
                await change_duty(session, actor=actor, now=held.now(), role_grant_id=grant_id, duty=duty)
    except DomainError as error:
        form.blame(error)
        return await _page(request, form, status_of(error))
    return redirect(f"{HERE}?done={'ended' if duty == 'end' else 'changed'}")


@post("/provider/offer/people/{grant_id:uuid}/link", who=PROVIDER, include_in_schema=False)
async def link(request: AnyRequest, grant_id: FromPath[UUID]) -> Response[str]:
    """A link that signs the colleague in once, shown this once."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> Answer:
        code = await colleague_sign_in_link(
            session, actor=actor, now=held.now(), role_grant_id=grant_id, hours=LINK_HOURS
        )
        return {"code": code}

    body = {"role_grant": str(grant_id)}
    made = await once(
        request, operation="colleague.link", key=form.key(), body=body, run=run, shown_once=("code",)
    )
    base = held.settings.base_url.rstrip("/")
    return page(
        request,
        "applying/link.html",
        get_path=HERE,
        link=f"{base}/sign-in/link#{made['code']}" if "code" in made else None,
        hours=LINK_HOURS,
    )


ROUTES: list[Any] = [show_people, add, set_duty, link]
