"""Webhooks: which address of a provider's system is told of what, and what was sent there."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from registry.messages.webhooks.commands import (
    add_endpoint,
    change_events,
    enable_endpoint,
    end_endpoint,
    new_signing,
    send_again,
    send_test,
)
from registry.messages.webhooks.queries import deliveries_of, endpoint_of, endpoints_of
from registry.messages.webhooks.rules import EVENTS, LONGEST_URL
from registry.shared.actor import Role
from registry.shared.errors import DomainError
from web.forms import Form, read_form
from web.idempotency import Answer
from web.page import new_key, page, redirect
from web.schema import cursor, read_cursor
from web.services import services, signed_in
from web.shown_once import act, flashes, make_secret
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
SHOWN: Final = 20

EVENT_TEXTS: Final[dict[str, str]] = {
    "choice.made": N_("A client has chosen you"),
    "choice.ended": N_("A client’s choice has ended"),
    "application.information_asked": N_("More information is asked about an application"),
    "application.decided": N_("An application is decided"),
    "admission.changed": N_("An approval is suspended, reinstated or removed, or its term ends"),
    "change.decided": N_("A change that you asked for is decided"),
    "hearing.opened": N_("You are being heard"),
    "decision.corrected": N_("A decision has been corrected"),
    "visit.disputed": N_("A client says that a recorded visit is wrong"),
    "visit.settled": N_("A disputed visit is settled"),
    "statement.closed": N_("A month’s statement is ready to be invoiced"),
    "statement.disputed": N_("An invoice differs from its statement"),
    "invoice.rejected": N_("An invoice was sent back"),
    "payment.made": N_("A statement is paid"),
    "test": N_("Test event"),
}
PROBLEMS: Final[dict[str, str]] = {
    "status": N_("the address answered with an error"),
    "redirect": N_("the address answered with a redirect, which is not followed"),
    "timeout": N_("no answer within ten seconds"),
    "connection": N_("no connection, or no valid certificate"),
    "unknown_host": N_("the host name is not known"),
    "refused_address": N_("the host name leads to an address that is not on the open internet"),
}
DONE: Final[dict[str, str]] = {
    "test": N_("A test event is on its way. Load the page again in a moment to see how it went."),
    "again": N_("The message is on its way again."),
    "changed": N_("The events were changed."),
    "enabled": N_("The address is switched on again."),
    "ended": N_("The address was taken away."),
}


def _event_options() -> list[tuple[str, str, str]]:
    return [(event, gettext(EVENT_TEXTS[event]), event) for event in EVENTS]


@get("/provider/systems/webhooks", who=PROVIDER, include_in_schema=False)
async def webhooks(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        listed = await endpoints_of(session, provider_id=actor.provider_id)
    return page(
        request,
        "systems/webhooks.html",
        endpoints=listed,
        event_texts={event: gettext(text) for event, text in EVENT_TEXTS.items()},
        flashes=flashes(done, DONE),
    )


def _form_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "systems/new_webhook.html",
        status=status,
        get_path="/provider/systems/webhooks/new",
        form=form,
        errors=form.errors,
        key=new_key(),
        events=_event_options(),
        longest=LONGEST_URL,
    )


@get("/provider/systems/webhooks/new", who=PROVIDER, include_in_schema=False)
async def new_webhook(request: AnyRequest) -> Response[str]:
    return _form_page(request, Form())


@post("/provider/systems/webhooks/new", who=PROVIDER, include_in_schema=False)
async def make_webhook(request: AnyRequest) -> Response[str]:
    """Add an address and show its signing secret, this once."""
    held, form = services(request), await read_form(request)
    url = form.text("url", longest=LONGEST_URL)
    events = form.choices("events", EVENTS)
    key = form.key()
    if not form.ok:
        return _form_page(request, form, 422)

    try:
        made = await make_secret(
            request,
            "webhook.add",
            key,
            {"url": url, "events": events},
            add_endpoint,
            keys=held.keys,
            url=url,
            events=events,
            loopback=held.settings.webhooks_here,
        )
    except DomainError as error:
        form.blame(error)
        return _form_page(request, form, 422)
    return _secret_page(request, made)


def _secret_page(request: AnyRequest, made: Answer) -> Response[str]:
    return page(
        request,
        "systems/webhook_secret.html",
        get_path=f"/provider/systems/webhooks/{made['id']}",
        endpoint_id=made["id"],
        secret=made.get("secret"),
    )


@get("/provider/systems/webhooks/{endpoint_id:uuid}", who=PROVIDER, include_in_schema=False)
async def show_webhook(
    request: AnyRequest, endpoint_id: FromPath[UUID], done: FromQuery[str] = "", after: FromQuery[str] = ""
) -> Response[str]:
    """One address: its events, its secret, and what was sent there."""
    form = Form()
    return await _endpoint_page(request, endpoint_id, form, done=done, after=after)


async def _endpoint_page(
    request: AnyRequest,
    endpoint_id: UUID,
    form: Form,
    *,
    status: int = 200,
    done: str = "",
    after: str = "",
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    position = read_cursor(after or None, datetime.fromisoformat, UUID)
    async with held.database.transaction(actor.sight) as session:
        found = await endpoint_of(session, provider_id=actor.provider_id, endpoint_id=endpoint_id)
        sent = await deliveries_of(
            session,
            endpoint_id=endpoint_id,
            after=None if position is None else (position[0], position[1]),
            limit=SHOWN + 1,
        )
    shown = sent[:SHOWN]
    older = cursor(shown[-1].created_at.isoformat(), str(shown[-1].id)) if len(sent) > SHOWN else None
    if status == 200:
        form.set_all("events", found.events)
    return page(
        request,
        "systems/webhook.html",
        status=status,
        get_path=f"/provider/systems/webhooks/{endpoint_id}",
        endpoint=found,
        sent=shown,
        older=f"/provider/systems/webhooks/{endpoint_id}?after={older}" if older else None,
        newer=f"/provider/systems/webhooks/{endpoint_id}" if after else None,
        form=form,
        errors=form.errors,
        key=new_key(),
        events=_event_options(),
        event_texts={event: gettext(text) for event, text in EVENT_TEXTS.items()},
        problems={problem: gettext(text) for problem, text in PROBLEMS.items()},
        flashes=flashes(done, DONE),
    )


@post("/provider/systems/webhooks/{endpoint_id:uuid}/events", who=PROVIDER, include_in_schema=False)
async def set_events(request: AnyRequest, endpoint_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    events = form.choices("events", EVENTS)
    try:
        await act(request, change_events, endpoint_id=endpoint_id, events=events)
    except DomainError as error:
        form.blame(error)
        return await _endpoint_page(request, endpoint_id, form, status=422)
    return redirect(f"/provider/systems/webhooks/{endpoint_id}?done=changed")


@post("/provider/systems/webhooks/{endpoint_id:uuid}/secret", who=PROVIDER, include_in_schema=False)
async def change_signing(request: AnyRequest, endpoint_id: FromPath[UUID]) -> Response[str]:
    """A new signing secret; for a day messages are signed with both."""
    key = (await read_form(request)).key()
    made = await make_secret(
        request,
        "webhook.new_secret",
        key,
        {"endpoint": str(endpoint_id)},
        new_signing,
        keys=services(request).keys,
        endpoint_id=endpoint_id,
    )
    return _secret_page(request, made)


@post("/provider/systems/webhooks/{endpoint_id:uuid}/test", who=PROVIDER, include_in_schema=False)
async def test_webhook(request: AnyRequest, endpoint_id: FromPath[UUID]) -> Response[str]:
    await act(request, send_test, endpoint_id=endpoint_id)
    return redirect(f"/provider/systems/webhooks/{endpoint_id}?done=test")


@post("/provider/systems/webhooks/deliveries/{delivery_id:uuid}/again", who=PROVIDER, include_in_schema=False)
async def deliver_again(request: AnyRequest, delivery_id: FromPath[UUID]) -> Response[str]:
    endpoint_id = await act(request, send_again, delivery_id=delivery_id)
    return redirect(f"/provider/systems/webhooks/{endpoint_id}?done=again")


@post("/provider/systems/webhooks/{endpoint_id:uuid}/enable", who=PROVIDER, include_in_schema=False)
async def switch_on(request: AnyRequest, endpoint_id: FromPath[UUID]) -> Response[str]:
    await act(request, enable_endpoint, endpoint_id=endpoint_id)
    return redirect(f"/provider/systems/webhooks/{endpoint_id}?done=enabled")


@post("/provider/systems/webhooks/{endpoint_id:uuid}/end", who=PROVIDER, include_in_schema=False)
async def take_away(request: AnyRequest, endpoint_id: FromPath[UUID]) -> Response[str]:
    await act(request, end_endpoint, endpoint_id=endpoint_id)
    return redirect("/provider/systems/webhooks?done=ended")


ROUTES: list[Any] = [
    webhooks,
    new_webhook,
    make_webhook,
    show_webhook,
    set_events,
    change_signing,
    test_webhook,
    deliver_again,
    switch_on,
    take_away,
]
