"""The provider's side: who asks for it, receiving a voucher, and what was redeemed on it."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refusal, Refused, TooManyAttempts
from registry.shared.identifiers import grouped
from registry.vouchers.commands import confirm, decline, present
from registry.vouchers.queries import confirmed, provider_redemptions, requests
from registry.vouchers.reading import log_listed
from web.documents.qr import read_code
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.refusals import sentence
from web.schema import cursor, read_cursor
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})

PAGE_SIZE: Final = 50
LATEST: Final = 5
TOO_MANY: Final = "presentation.too_many_attempts"

DONE: Final = {
    "confirmed": N_("You confirmed the client. Name and contact are below."),
    "proposed": N_("The client has been told that you proposed a time."),
    "declined": N_("You declined. The client has been told and chooses another provider."),
    "no_show": N_("It has been noted that the client did not come."),
}


def flash(texts: dict[str, str], done: str) -> list[dict[str, str]]:
    return [{"kind": "success", "text": gettext(texts[done])}] if done in texts else []


def page_number(request: AnyRequest) -> int:
    typed = request.query_params.get("page", "1")
    return int(typed) if typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= 10_000 else 1


async def _desk(
    request: AnyRequest, *, status: int = 200, error: str | None = None, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    number = page_number(request)
    async with held.database.transaction(actor.sight) as session:
        waiting = await requests(session, actor=actor)
        clients, total = await confirmed(session, actor=actor, page=number, size=PAGE_SIZE)
        latest = await provider_redemptions(session, actor=actor, limit=LATEST)
        await log_listed(
            session,
            actor=actor,
            now=held.now(),
            clients=[(client.client_id, client.organiser_id) for client in clients],
            what="person",
            reason="chosen_provider",
        )
    return page(
        request,
        "redemption/desk.html",
        status=status,
        get_path="/provider",
        error=error,
        waiting=[(asked, new_key()) for asked in waiting],
        clients=clients,
        total=total,
        number=number,
        last=max(1, -(-total // PAGE_SIZE)),
        redemptions=latest[:LATEST],
        languages_text=languages_text,
        grouped=grouped,
        soon=held.now() + timedelta(days=2),
        flashes=flash(DONE, done),
    )


@get("/provider", who=PROVIDER, include_in_schema=False)
async def desk(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """Requests to answer, confirmed clients, the latest redemptions."""
    return await _desk(request, done=done)


@post("/provider/requests/{assignment_id:uuid}/confirm", who=PROVIDER, include_in_schema=False)
async def confirm_request(request: AnyRequest, assignment_id: FromPath[UUID]) -> Response[str]:
    """Take the client; pressing twice takes it once."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await confirm(session, actor=actor, now=held.now(), assignment_id=assignment_id)
        return {}

    try:
        await once(
            request,
            operation="choice.confirm",
            key=form.key(),
            body={"assignment": str(assignment_id)},
            run=run,
        )
    except (Refused, Invalid) as error:
        return await _desk(request, status=status_of(error), error=sentence(error.code, error.facts))
    return redirect("/provider?done=confirmed")


async def _decline_page(
    request: AnyRequest, assignment_id: UUID, *, status: int = 200, error: str | None = None
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        asked = next((r for r in await requests(session, actor=actor) if r.id == assignment_id), None)
    if asked is None:
        said = error or sentence("choice.answered_already")
        return await _desk(request, status=409, error=said)
    return page(
        request,
        "redemption/decline.html",
        status=status,
        get_path=f"/provider/requests/{assignment_id}/decline",
        asked=asked,
        error=error,
        key=new_key(),
    )


@get("/provider/requests/{assignment_id:uuid}/decline", who=PROVIDER, include_in_schema=False)
async def decline_page(request: AnyRequest, assignment_id: FromPath[UUID]) -> Response[str]:
    """What declining means, before it is done."""
    return await _decline_page(request, assignment_id)


@post("/provider/requests/{assignment_id:uuid}/decline", who=PROVIDER, include_in_schema=False)
async def decline_request(request: AnyRequest, assignment_id: FromPath[UUID]) -> Response[str]:
    """The provider cannot take the client."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await decline(session, actor=actor, now=held.now(), assignment_id=assignment_id)
        return {}

    try:
        await once(
            request,
            operation="choice.decline",
            key=form.key(),
            body={"assignment": str(assignment_id)},
            run=run,
        )
    except (Refused, Invalid) as error:
        return await _decline_page(
            request, assignment_id, status=status_of(error), error=sentence(error.code, error.facts)
        )
    return redirect("/provider?done=declined")


def _present_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "redemption/present.html",
        status=status,
        get_path="/provider/present",
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/provider/present", who=PROVIDER, include_in_schema=False)
async def present_page(request: AnyRequest) -> Response[str]:
    """Number and code: typed, or read by the camera where there is a script."""
    return _present_page(request, Form())


@post("/provider/present", who=PROVIDER, include_in_schema=False)
async def present_voucher(request: AnyRequest) -> Response[str]:
    """Open the voucher. A wrong code is an answer, not an error: the attempt is kept, so it is committed first."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    # a hand-held scanner writes the whole code into the field that has the cursor
    number, secret = read_code(form.value("number"), form.value("secret"))
    form.set("number", number)
    form.set("secret", secret)
    number, secret = form.text("number", longest=40), form.text("secret", longest=60)
    if not form.ok:
        return _present_page(request, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        answer = await present(
            session, actor=actor, now=held.now(), keys=held.keys, number=number, secret=secret
        )
        if isinstance(answer, Refusal):
            return {"refused": answer.code}
        return {"presentation": str(answer)}

    try:
        done = await once(
            request,
            operation="voucher.present",
            key=form.key(),
            body={"number": number, "secret": secret},
            run=run,
        )
    except (Refused, Invalid) as error:
        form.blame(error)
        return _present_page(request, form, status_of(error))
    if "refused" in done:
        form.blame(refusal_of(done["refused"]))
        return _present_page(request, form, 429 if done["refused"] == TOO_MANY else 409)
    return redirect(f"/provider/vouchers/{done['presentation']}")


def refusal_of(code: str) -> Refused:
    """The refusal of a presentation as the error that it is, once the attempt has been kept."""
    return TooManyAttempts(code) if code == TOO_MANY else Refused(code)


@get("/provider/redemptions", who=PROVIDER, include_in_schema=False)
async def all_redemptions(request: AnyRequest, before: FromQuery[str | None] = None) -> Response[str]:
    """Every redemption of the provider, newest first: by voucher number, without names."""
    held, actor = services(request), signed_in(request)
    place = read_cursor(before, UUID)
    async with held.database.transaction(actor.sight) as session:
        found = await provider_redemptions(
            session, actor=actor, before=place[0] if place else None, limit=PAGE_SIZE
        )
    following = None
    if len(found) > PAGE_SIZE:
        following = f"/provider/redemptions?before={cursor(str(found[PAGE_SIZE - 1].redemption.id))}"
    return page(
        request,
        "redemption/redemptions.html",
        redemptions=found[:PAGE_SIZE],
        following=following,
        first=before is None,
        grouped=grouped,
    )


ROUTES: list[Any] = [
    desk,
    confirm_request,
    decline_page,
    decline_request,
    present_page,
    present_voucher,
    all_redemptions,
]
