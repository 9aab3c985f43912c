"""A person's messages, and in the demonstration the mail that was sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.commands import mark_read
from registry.messages.queries import Received, mailbox, messages
from registry.providers.decisions.document import DecisionText
from registry.providers.decisions.queries import decision_texts
from registry.shared.actor import EVERYONE, Actor, Role
from registry.shared.errors import NotFound
from web.message_texts import message_text
from web.page import page
from web.schema import cursor, read_cursor
from web.security import PUBLIC
from web.services import services, signed_in
from web.translations import offer_selko

AnyRequest = Request[Any, Any, Any]


def _place(after: str | None) -> tuple[datetime, UUID] | None:
    position = read_cursor(after, datetime.fromisoformat, UUID)
    return (position[0], position[1]) if position else None


def _next(path: str, place: tuple[datetime, UUID] | None) -> str | None:
    return f"{path}?after={cursor(place[0].isoformat(), str(place[1]))}" if place else None


def _decision(message: Received) -> UUID | None:
    """The decision that the message brings, if it does; a receipt only names one."""
    if message.template in ("appeal.received", "decision.correction_refused"):
        return None
    try:
        return UUID(str(message.facts.get("decision")))
    except ValueError:
        return None


async def _decisions(
    session: AsyncSession, actor: Actor, found: Sequence[Received]
) -> Mapping[UUID | None, DecisionText]:
    """The decisions that the messages bring, whole: behind sign-in the message says what the page and the paper say."""
    wanted = [decision for message in found if (decision := _decision(message))]
    if not wanted or actor.role is not Role.PROVIDER_USER:
        return {}
    return dict((await decision_texts(session, wanted)).items())


@get("/messages", who=EVERYONE, include_in_schema=False)
async def message_list(request: AnyRequest, after: FromQuery[str | None] = None) -> Response[str]:
    """The person's own messages, newest first. Being shown makes a message read: it is short and stands there whole."""
    actor, held = signed_in(request), services(request)
    if actor.id is None:
        raise NotFound("request.not_found")
    if actor.role is Role.CLIENT:
        offer_selko()
    async with held.database.transaction(actor.sight) as session:
        found, place = await messages(session, account_id=actor.id, after=_place(after))
        fresh = [message.id for message in found if message.read_at is None]
        if fresh:
            await mark_read(session, account_id=actor.id, now=held.now(), message_ids=fresh)
        decisions = await _decisions(session, actor, found)
    return page(
        request,
        "messages/messages.html",
        messages=[
            (message, message_text(message.template, message.facts), decisions.get(_decision(message)))
            for message in found
        ],
        next_href=_next("/messages", place),
        first_page=after is None,
    )


@get("/demo/mailbox", who=PUBLIC, include_in_schema=False)
async def demo_mailbox(request: AnyRequest, after: FromQuery[str | None] = None) -> Response[str]:
    """Every mail that was sent, as it was sent: only in the demonstration, where all people are made up."""
    held = services(request)
    if not held.settings.demo:
        raise NotFound("request.not_found")
    async with held.database.transaction() as session:
        mails, place = await mailbox(session, after=_place(after))
    return page(
        request,
        "messages/mailbox.html",
        mails=mails,
        next_href=_next("/demo/mailbox", place),
        handed_over=bool(held.settings.smtp_host),
    )


ROUTES: list[Any] = [message_list, demo_mailbox]
