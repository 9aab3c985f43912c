"""The sandbox for people: join it, and make vouchers that are not real."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.vouchers.sandbox.commands import join_sandbox
from registry.vouchers.sandbox.queries import sandbox_view
from web.api.sandbox import VOUCHERS_A_DAY, test_voucher
from web.forms import read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.services import services, signed_in
from web.translations import gettext

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})


async def _page(request: AnyRequest, *, made: Answer | None = None, done: str = "") -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        view = await sandbox_view(session, actor=actor)
    flashes = [{"kind": "success", "text": gettext("You are in the sandbox. Make a test voucher next.")}]
    return page(
        request,
        "systems/sandbox.html",
        get_path="/provider/systems/sandbox",
        sandbox=view,
        made=made,
        most=VOUCHERS_A_DAY,
        key=new_key(),
        flashes=flashes if done == "joined" else [],
    )


@get("/provider/systems/sandbox", who=PROVIDER, include_in_schema=False)
async def sandbox(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    return await _page(request, done=done)


@post("/provider/systems/sandbox/join", who=PROVIDER, include_in_schema=False)
async def join(request: AnyRequest) -> Response[str]:
    actor, held = signed_in(request), services(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> Answer:
        return {"admission": str(await join_sandbox(session, actor=actor, now=held.now()))}

    await once(request, operation="sandbox.join", key=form.key(), body={}, run=run)
    return redirect("/provider/systems/sandbox?done=joined")


@post("/provider/systems/sandbox/vouchers", who=PROVIDER, include_in_schema=False)
async def make_voucher(request: AnyRequest) -> Response[str]:
    """A test voucher with its code, shown this once: in earnest only the holder ever sees it."""
    form = await read_form(request)
    made = await test_voucher(request, form.key())
    return await _page(request, made=made)


ROUTES: list[Any] = [sandbox, join, make_voucher]
