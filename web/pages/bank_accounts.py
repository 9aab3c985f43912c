"""The account that a provider is paid to: one person gives it, another confirms it."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.providers.bank_accounts.commands import decide_account, request_account
from registry.providers.bank_accounts.queries import accounts_of
from registry.providers.bank_accounts.rules import BankAccountState
from registry.shared.actor import Role
from registry.shared.errors import DomainError, NotFound, Refused
from web.draft_words import DRAFT
from web.errors import status_of
from web.forms import Form, read_form
from web.page import page, redirect
from web.pages.drafts import PROVIDER, flashes
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
ACTS: Final = {
    "confirm": BankAccountState.IN_FORCE,
    "refuse": BankAccountState.REFUSED,
    "withdraw": BankAccountState.WITHDRAWN,
}
DECIDERS: Final = PROVIDER | {Role.REGISTER_OFFICER}


async def _page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await accounts_of(session, provider_id=actor.provider_id)
    return page(
        request,
        "applying/bank_account.html",
        status=status,
        get_path=f"{DRAFT}/bank-account",
        in_force=next((row for row in rows if row.state == "in_force"), None),
        waiting=next((row for row in rows if row.state == "requested"), None),
        own_id=actor.id,
        form=form,
        errors=form.errors,
        flashes=flashes(request),
    )


@get("/provider/offer/draft/bank-account", who=PROVIDER, include_in_schema=False)
async def show_account(request: AnyRequest) -> Response[str]:
    """The account in force and the one that waits, masked."""
    return await _page(request, Form())


@post("/provider/offer/draft/bank-account", who=PROVIDER, include_in_schema=False)
async def ask_account(request: AnyRequest) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    iban = form.text("iban", longest=50)
    if not form.ok:
        return await _page(request, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await request_account(session, actor=actor, now=held.now(), iban=iban)
    except DomainError as error:
        form.blame(error)
        return await _page(request, form, status_of(error))
    return redirect(f"{DRAFT}/bank-account?done=asked")


@post("/bank-accounts/{account_id:uuid}/{act:str}", who=DECIDERS, include_in_schema=False)
async def decide(request: AnyRequest, account_id: FromPath[UUID], act: FromPath[str]) -> Response[str]:
    """Confirm, refuse, or take one's own back."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    application = form.identifier("application", required=False)
    if act not in ACTS:
        raise NotFound("request.not_found")
    to = ACTS[act]
    try:
        async with held.database.transaction(actor.sight) as session:
            await decide_account(session, actor=actor, now=held.now(), account_id=account_id, to=to)
    except Refused as refused:
        if actor.role is not Role.PROVIDER_USER:
            raise
        form.blame(refused)
        return await _page(request, form, 409)
    if actor.role is Role.REGISTER_OFFICER:
        return redirect(
            f"/applications/{application}/papers?done=decided" if application else "/applications"
        )
    return redirect(f"{DRAFT}/bank-account?done=decided")


ROUTES: list[Any] = [show_account, ask_account, decide]
